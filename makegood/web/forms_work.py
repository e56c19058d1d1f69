"""The forms of canned responses and macros."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["CannedForm"]


class CannedForm(forms.Form):
    """A canned response."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What your team calls it, such as “Parcel is late”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shortcut = forms.CharField(
        label=_("Shortcut"),
        max_length=31,
        required=False,
        help_text=_("One word. Typing / and this word in an answer finds it at once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=_("What it says"),
        max_length=5_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 9, "dir": "auto"}),
    )
