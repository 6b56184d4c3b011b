"""The way to enforce mode, step by step and with dates: `EnforceImpact.plan`."""
