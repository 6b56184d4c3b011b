"""Servers for the tests of probes: domains with one fault each, in Python and on Debian's programs."""
