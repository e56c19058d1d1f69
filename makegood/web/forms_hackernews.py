"""The form that adds Hacker News: nothing to fill in."""

from __future__ import annotations

from django import forms

__all__ = ["HackerNewsForm"]


class HackerNewsForm(forms.Form):
    """All of Hacker News is read, so only what a query matches can be about the shop."""

    take_all = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_take_all(self) -> str:
        """Never everything."""
        return "0"
