"""Which MX host carries the failures; begin with `failure_share_by_mx`."""
