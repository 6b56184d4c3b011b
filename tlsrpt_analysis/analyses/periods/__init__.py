"""Two periods side by side; begin with `compare`."""
