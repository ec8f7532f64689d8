"""What survives a restart: so far, what was spent."""
