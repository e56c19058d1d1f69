"""The forms of thanks, of rewards, and of what managers look after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import User
from makegood.rewards import api as rewards
from makegood.web.forms_resolve import read_amount, show_amount

__all__ = ["BudgetForm", "KudosForm", "RewardForm", "RulesForm", "request_key"]

_KEY = re.compile(r"[0-9a-f]{32}")


def request_key(said: str) -> str:
    """The key that a page gave its form, so that one click counts once. ValueError, a sentence, for anything else."""
    if not _KEY.fullmatch(said):
        raise ValueError(_("The form was not whole. Open it again."))
    return said


def _currency(said: str) -> str:
    return said.strip().upper()


def _box(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **attributes})


class KudosForm(forms.Form):
    """Thanks to a colleague, in the giver's own words."""

    receiver = forms.TypedChoiceField(label=gettext_lazy("Whom do you thank?"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("What did they do?"),
        max_length=rewards.LONGEST_REASON,
        help_text=gettext_lazy("In your own words. What they did, and whom it helped."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    value = forms.ChoiceField(label=gettext_lazy("Which of your values does it show?"), required=False)
    public = forms.BooleanField(
        label=gettext_lazy("The whole team may read it"),
        required=False,
        help_text=gettext_lazy("Without it only the two of you see it."),
    )

    def __init__(self, people: Sequence[User], values: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "kudos_%s", "initial": {"public": True}, **options})
        receiver, value = self.fields["receiver"], self.fields["value"]
        assert isinstance(receiver, forms.ChoiceField)
        assert isinstance(value, forms.ChoiceField)
        receiver.choices = [("", _("Choose a colleague")), *((each.pk, str(each)) for each in people)]
        value.choices = [("", _("None of them")), *((each, each) for each in values)]
        if not values:
            del self.fields["value"]


class BudgetForm(forms.Form):
    """What rewards may cost in a month."""

    amount = forms.CharField(
        label=gettext_lazy("Money a month"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("Empty: no limit. 0: no reward that costs money."),
        widget=_box(inputmode="decimal"),
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, widget=_box(size=4))
    points = forms.IntegerField(
        label=gettext_lazy("Points a month"),
        required=False,
        min_value=0,
        max_value=rewards.MOST_PRICE,
        help_text=gettext_lazy("How many points may be turned into rewards. Empty: no limit."),
    )

    @staticmethod
    def as_now(row: rewards.ThanksSettings) -> dict[str, Any]:
        """What holds now, as the form shows it."""
        amount = show_amount(row.budget_minor, row.currency)
        return {"amount": amount, "currency": row.currency, "points": row.budget_points}

    def clean(self) -> dict[str, Any]:
        """`minor` is the amount in minor units, None for no limit."""
        found: dict[str, Any] = self.cleaned_data
        found["currency"] = _currency(found.get("currency", ""))
        found["minor"] = _minor(self, "amount", found["currency"], None)
        return found


def _minor(form: forms.Form, name: str, currency: str, otherwise: int | None) -> int | None:
    said = form.cleaned_data.get(name, "").strip()
    if not said:
        return otherwise
    try:
        return read_amount(said, currency)
    except ValueError as error:
        wrong_currency = not re.fullmatch("[A-Z]{3}", currency)
        sentence = _("Write the currency as three capitals, such as EUR.") if wrong_currency else str(error)
        form.add_error("currency" if wrong_currency else name, sentence)
        return otherwise


class RewardForm(forms.Form):
    """A reward of the catalogue."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=_box())
    text = forms.CharField(
        label=gettext_lazy("What it is"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1, max_value=rewards.MOST_PRICE)
    cost = forms.CharField(
        label=gettext_lazy("What it costs the shop"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("Empty: nothing, as a day off or the choice of the music."),
        widget=_box(inputmode="decimal"),
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, required=False, widget=_box(size=4))
    stock = forms.IntegerField(
        label=gettext_lazy("How many there are"),
        min_value=0,
        max_value=rewards.MOST_PRICE,
        required=False,
        help_text=gettext_lazy("Empty: as many as are asked for."),
    )
    active = forms.BooleanField(label=gettext_lazy("Can be asked for"), required=False)

    @staticmethod
    def as_now(row: rewards.Reward) -> dict[str, Any]:
        """A reward as the form shows it."""
        cost = show_amount(row.cost_minor or None, row.currency)
        names = ("name", "text", "points", "currency", "stock", "active")
        return {name: getattr(row, name) for name in names} | {"cost": cost}

    def clean(self) -> dict[str, Any]:
        """`cost_minor` is the cost in minor units."""
        found: dict[str, Any] = self.cleaned_data
        found["currency"] = _currency(found.get("currency", "")) or "EUR"
        found["cost_minor"] = _minor(self, "cost", found["currency"], 0)
        return found

    def values(self) -> dict[str, Any]:
        """As `rewards.save_reward` takes it."""
        names = ("name", "text", "points", "cost_minor", "currency", "stock", "active")
        return {name: self.cleaned_data[name] for name in names}


KINDS = {
    "satisfied": gettext_lazy("A customer is satisfied after a complaint"),
    "returned": gettext_lazy("A customer who had complained buys again"),
    "promise": gettext_lazy("A promise to a customer is kept in time"),
    "cause": gettext_lazy("A cause of complaints is fixed"),
    "hard": gettext_lazy("A hard conversation is taken on"),
    "kudos": gettext_lazy("Kudos from a colleague"),
}


class RulesForm(forms.Form):
    """What counts, and for how much."""

    kudos_a_day = forms.IntegerField(
        label=gettext_lazy("Kudos that each can give a day"), min_value=1, max_value=rewards.MOST_KUDOS
    )
    values = forms.CharField(
        label=gettext_lazy("What your shop stands for"),
        required=False,
        max_length=1_000,
        help_text=gettext_lazy("One a line. Whoever gives kudos may name one."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    board = forms.BooleanField(
        label=gettext_lazy("Show a leader board"),
        required=False,
        help_text=gettext_lazy("Everybody who takes part sees who earned most this month. Each can stay off it."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind, words in KINDS.items():
            self.fields[kind] = forms.IntegerField(label=words, min_value=0, max_value=rewards.MOST_POINTS)

    @staticmethod
    def as_now(row: rewards.ThanksSettings) -> dict[str, Any]:
        """What holds now, as the form shows it."""
        points = {kind: rewards.points_for(kind, row.points) for kind in KINDS}
        return points | {"kudos_a_day": row.kudos_a_day, "values": "\n".join(row.values), "board": row.board}

    def kinds(self) -> list[Any]:
        """The fields of the points."""
        return [self[kind] for kind in KINDS]

    def rules(self) -> dict[str, Any]:
        """As `rewards.save_rules` takes it."""
        found = self.cleaned_data
        points = {kind: found[kind] for kind in KINDS}
        values = found["values"].splitlines()
        return {"kudos_a_day": found["kudos_a_day"], "values": values, "board": found["board"], "points": points}
