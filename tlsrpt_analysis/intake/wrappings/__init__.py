"""What reports are wrapped in: packings, archives, mails."""
