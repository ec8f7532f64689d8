"""The heart: one function that answers every question, and what it needs."""
