"""The fast reader: what is exactly as reporters write it; anything else is left to `tolerant`."""
