"""The fast reader: reads what is exactly as reporters write it; `tolerant` reads the rest."""
