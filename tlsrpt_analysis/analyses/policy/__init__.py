"""The policy that reporters saw, and the one to serve; begin with `suggest_policy`."""
