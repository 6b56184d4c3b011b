"""Read months of SMTP TLS reports (RFC 8460) and learn what MTA-STS enforce mode would cost."""
