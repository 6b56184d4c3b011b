"""Where bytes come from: disk, IMAP, remote files; begin with `walk`."""
