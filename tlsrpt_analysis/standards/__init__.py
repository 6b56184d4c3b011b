"""What the RFCs say, as pure functions and frozen types: no files, no network, no pandas."""
