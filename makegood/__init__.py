"""Makegood: a social customer-service desk for small businesses."""

__version__ = "0.1.0"
