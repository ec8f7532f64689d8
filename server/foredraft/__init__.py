"""Foredraft: a language server that drafts your next edit before you get there."""

__version__ = "0.0.1"
