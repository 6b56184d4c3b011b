"""Tables in, frames out: one question a file; no files, no network, no clock."""
