"""The forms for what speaks the Mastodon API."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["HashtagForm", "MastodonForm"]

SERVER = {"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class MastodonForm(forms.Form):
    """An account: the rest happens on its server's own sign-in page."""

    instance = forms.CharField(
        label=_("Your server, or your whole address"),
        max_length=300,
        help_text=_("Such as mastodon.social, or @teapot@mastodon.social."),
        widget=forms.TextInput(attrs={**SERVER, "autofocus": True}),
    )


class HashtagForm(forms.Form):
    """A hashtag, as one server hears it. No account needed."""

    tag = forms.CharField(
        label=_("Hashtag"),
        max_length=120,
        help_text=_("One word, such as #teapot."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": True}),
    )
    instance = forms.CharField(
        label=_("As heard on which server?"),
        max_length=300,
        initial="mastodon.social",
        help_text=_("A large one hears most of what is said elsewhere, too."),
        widget=forms.TextInput(attrs=SERVER),
    )
    take_all = forms.ChoiceField(
        label=_("What in it is about you?"),
        choices=[
            ("1", _("Everything. The hashtag is ours.")),
            ("0", _("Only what my queries match.")),
        ],
        initial="0",
        widget=forms.RadioSelect,
    )
