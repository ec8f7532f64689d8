"""The files there are: which may be read, their index, and what changed on disk."""
