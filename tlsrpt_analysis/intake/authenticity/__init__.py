"""Whether a report that came by mail was sent by the organisation it names."""
