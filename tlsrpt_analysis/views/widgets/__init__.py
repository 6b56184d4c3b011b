"""The widgets of the notebooks."""
