"""The tolerant reader, which decides: every leniency and every refusal is here."""
