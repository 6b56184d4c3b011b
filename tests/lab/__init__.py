"""The servers that tests of probes ask: domains with one fault each, in pure Python and on Debian's programs."""
