"""Why sessions failed, and the cure; begin with `diagnose`."""
