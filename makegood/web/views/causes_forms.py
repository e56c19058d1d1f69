"""The form of a cause: what it is called, its rule, who mends it and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.accounts.api import User, Workspace, members
from makegood.winback import api as winback

__all__ = ["CauseForm", "form_for", "wish_of"]


class CauseForm(forms.Form):
    """A cause as a member wants it."""

    name = forms.CharField(
        label=_("What goes wrong?"),
        max_length=120,
        help_text=_("As you would say it to a colleague: “Delivery estimate missing at checkout”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    owner = forms.ChoiceField(label=_("Who mends it"), required=False)
    fix_by = forms.DateField(label=_("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    product = forms.CharField(
        label=_("Product"),
        required=False,
        max_length=300,
        help_text=_("Its name as it stands in your orders."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    place = forms.ChoiceField(label=_("Place in the journey"), required=False)
    words = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=500,
        help_text=_("One of these words must be in it. Other endings of a word count too."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    joins = forms.BooleanField(
        label=_("What fits belongs to it at once"),
        required=False,
        help_text=_("Otherwise it is only suggested, and one of you says yes."),
    )
    again_after = forms.IntegerField(
        label=_("Complaints after the fix that open it again"), min_value=1, max_value=100, initial=3
    )

    def __init__(self, people: Sequence[User], topics: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = [("", _("Nobody yet")), *((str(person.pk), str(person)) for person in people)]
        any_topic = [("", _("Any")), *topics.items()]
        places = [("", _("Any")), *winback.CAUSE_PLACES.items()]
        for field, choices in (("owner", nobody), ("topic", any_topic), ("place", places)):
            chosen = self.fields[field]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = choices

    def clean_words(self) -> tuple[str, ...]:
        """The words of the rule."""
        try:
            return winback.read_words(self.cleaned_data["words"])
        except winback.CauseError as error:
            raise forms.ValidationError(error.sentence) from error

    def wish(self) -> winback.CauseWish:
        """What was filled in."""
        data = self.cleaned_data
        return winback.CauseWish(
            name=data["name"],
            topic=data["topic"],
            product=data["product"],
            place=data["place"],
            words=data["words"],
            joins=data["joins"],
            owner_id=int(data["owner"]) if data["owner"] else None,
            fix_by=data["fix_by"],
            again_after=data["again_after"],
        )


def form_for(workspace: Workspace, data: Any = None, initial: dict[str, Any] | None = None) -> CauseForm:
    """The form with the workspace's members and topics. 2 queries."""
    people = [each.user for each in members(workspace)]
    return CauseForm(people, winback.cause_choices(workspace), data, initial=initial)


def wish_of(cause: winback.Cause) -> dict[str, Any]:
    """What the form begins with."""
    return {
        "name": cause.name,
        "owner": str(cause.owner_id or ""),
        "fix_by": cause.fix_by,
        "topic": cause.topic,
        "product": cause.product,
        "place": cause.place,
        "words": ", ".join(cause.words),
        "joins": cause.joins,
        "again_after": cause.again_after,
    }
