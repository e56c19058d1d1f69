"""The forms of queries, channels, imports and the first queries of a shop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.listen import api as listen
from makegood.listen.api import QueryError

__all__ = ["BlueskyForm", "BrandForm", "FeedForm", "QueryForm", "UploadForm"]

MOST_UPLOADED = 2 * 2**30


class BrandForm(forms.Form):
    """How people call the shop."""

    brand = forms.CharField(
        label=_("Name of your shop"),
        max_length=120,
        help_text=_("The name as customers write it, without Ltd or GmbH."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    website = forms.CharField(
        label=_("Website"),
        max_length=300,
        required=False,
        help_text=_("So that links to you are found too, such as teapot.example."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )


class QueryForm(forms.Form):
    """A saved query. `query_error` says what is wrong with the text, and where."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("What you call it. Empty: the query itself."),
    )
    text = forms.CharField(label=_("Query"), strip=False, widget=forms.Textarea(attrs={"rows": 3}))
    active = forms.BooleanField(label=_("Listen for it"), required=False, initial=True)

    query_error: QueryError | None = None

    def clean_text(self) -> str:
        """The text with plain line ends; an error with its sentence when it is no query."""
        text = plain_lines(self.cleaned_data["text"])
        self.query_error = listen.explain(text).error
        if self.query_error is not None:
            raise forms.ValidationError(self.query_error.message)
        return text


def plain_lines(text: str) -> str:
    """`text` with each line end of a browser made one character, so that positions in it count right."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class BlueskyForm(forms.Form):
    """An account on Bluesky."""

    identifier = forms.CharField(
        label=_("Your Bluesky name"),
        max_length=300,
        help_text=_("Such as teapot.bsky.social."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("App password"),
        max_length=300,
        strip=True,
        help_text=_("Not the password you sign in with, but one made for Makegood that you can take back."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    service = forms.CharField(
        label=_("Address of its server"),
        max_length=300,
        required=False,
        help_text=_("Only for an account on a server of its own, such as https://pds.teapot.example."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )


class FeedForm(forms.Form):
    """A feed: RSS, Atom or JSON Feed."""

    url = forms.CharField(
        label=_("Address of the feed"),
        max_length=2000,
        help_text=_("RSS, Atom or JSON Feed: a blog, a forum, news, a Google Alert."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    take_all = forms.ChoiceField(
        label=_("What in it is about you?"),
        choices=[
            ("1", _("Everything. It is an alert or a page about my shop.")),
            ("0", _("Only what my queries match.")),
        ],
        initial="1",
        widget=forms.RadioSelect,
    )


class UploadForm(forms.Form):
    """A file of posts, reviews or messages."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A table (CSV, TSV) with a heading line, or JSON Lines. Up to 2 GB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Choose one with something in it."),
        },
    )

    def clean_file(self) -> Any:
        """Refuses what is too large to be meant."""
        file = self.cleaned_data["file"]
        if file.size > MOST_UPLOADED:
            raise forms.ValidationError(_("This file is larger than 2 GB. Divide it and import the parts."))
        return file
