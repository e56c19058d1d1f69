"""Praise that was heard: ranked, thanked, and asked whether it may be shown."""
