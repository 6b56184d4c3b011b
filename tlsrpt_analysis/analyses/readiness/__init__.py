"""How ready a domain was, week by week: `readiness`."""
