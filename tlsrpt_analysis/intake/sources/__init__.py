"""Where bytes come from: disk, IMAP, remote files; `walk` is the entry point."""
