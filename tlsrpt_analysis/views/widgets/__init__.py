"""The widgets of the notebooks; each shows charts and tables of what is chosen."""
