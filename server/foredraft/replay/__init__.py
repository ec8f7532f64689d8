"""How good Foredraft is, measured by repeating what happened: recorded typing, and providers that are simulated."""
