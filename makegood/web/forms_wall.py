"""The forms of the wall and of customers' links."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.amplify import api as amplify

__all__ = ["LinkForm", "WallForm"]


class WallForm(forms.Form):
    """Whether there is a wall, and what kind of wall."""

    is_open = forms.BooleanField(label=_("The wall is open"), required=False)
    mode = forms.ChoiceField(label=_("It shows"), choices=amplify.Wall.Mode.choices)
    heading = forms.CharField(
        label=_("Heading"), required=False, max_length=100, help_text=_("Empty: “What customers say about us”.")
    )
    slug = forms.CharField(
        label=_("End of its address"),
        required=False,
        max_length=60,
        help_text=_("Letters from a to z, digits and dashes. Empty: one that nobody guesses."),
    )
    noindex = forms.BooleanField(label=_("Ask search engines to leave it out"), required=False)
    sites = forms.CharField(
        label=_("Sites that may show it in a frame"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("One a line, such as https://shop.example. Empty: none may."),
    )

    @classmethod
    def of(cls, row: amplify.Wall) -> WallForm:
        """The form with what holds now."""
        known = {name: getattr(row, name) for name in ("is_open", "mode", "heading", "slug", "noindex")}
        return cls(initial=known | {"sites": "\n".join(row.frame_sites)})

    def wish(self) -> amplify.WallWish:
        """What the member wants, once it is valid."""
        return amplify.WallWish(**self.cleaned_data)


class LinkForm(forms.Form):
    """A new link."""

    name = forms.CharField(label=_("Whose link it is"), required=False, max_length=120)
    target = forms.CharField(
        label=_("The page it leads to"),
        max_length=1800,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("A page of your shop. It cannot be changed later: what was passed on stays what it was."),
    )
    coupon = forms.CharField(
        label=_("Discount code for their friends"),
        required=False,
        max_length=60,
        help_text=_("One that you have made in your shop for this link alone: orders are known by it."),
    )
