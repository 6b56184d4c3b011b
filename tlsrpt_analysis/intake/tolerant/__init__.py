"""The tolerant reader, which decides what a report is: all leniencies and refusals are here."""
