"""What a user knows besides reports, read from files: mail counts, MX records, traffic of MX hosts."""
