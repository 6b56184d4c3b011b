"""Whether a mailed report was sent by whom it names."""
