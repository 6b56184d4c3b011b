"""From bytes to reports: no pandas; only `sources` touches the disk."""
