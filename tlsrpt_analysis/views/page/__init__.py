"""The page to share: a notebook run, exported and printed, and the tables in it."""
