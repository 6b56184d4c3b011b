"""The page that is shared."""
