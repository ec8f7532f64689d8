"""Models off and on this machine: one method each, `stream`, whatever the provider."""
