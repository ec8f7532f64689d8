"""Which models do what, in which order, and what of it is shown."""
