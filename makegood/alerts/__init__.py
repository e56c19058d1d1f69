"""Telling the team at once what can't wait, and the rest in a digest."""
