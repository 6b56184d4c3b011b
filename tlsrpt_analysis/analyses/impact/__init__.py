"""What enforce mode would cost; begin with `enforce_impact`."""
