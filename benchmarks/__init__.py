"""Speed, memory and quality, measured against named peers in the same run; see `RESULTS.md`."""
