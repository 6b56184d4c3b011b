"""What is new since the last check: pure, from counts, a day and what was known; begin with `new_alerts`."""
