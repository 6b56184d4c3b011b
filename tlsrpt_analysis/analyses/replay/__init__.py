"""What another policy would have refused: `replay`."""
