"""Who fails where others do not; begin with `selective_failures`."""
