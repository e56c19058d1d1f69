"""The forms of asking again: when, and with which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from makegood.resolve.api import Remedy
from makegood.winback import api as winback

__all__ = ["FollowUpWordsForm", "PlanForm"]


def _days(label: Any, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=1,
        max_value=winback.MOST_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class PlanForm(forms.Form):
    """When customers are asked. `remedies` and `causes` name the fields that were made for each."""

    active = forms.BooleanField(
        required=False,
        label=gettext_lazy("Lay a question ready some days after something is resolved"),
        help_text=gettext_lazy("A person sends it, or lets it be."),
    )
    days = _days(gettext_lazy("Days after it was resolved"), gettext_lazy("Where nothing below says otherwise."))
    remind_days = _days(
        gettext_lazy("Days until the reminder"), gettext_lazy("There is one; after as many days again it is over.")
    )
    quiet_days = _days(
        gettext_lazy("Days of quiet after another question"),
        gettext_lazy("Such as “Did this make it right?”: nobody is asked twice in these days."),
    )

    def __init__(self, plan: winback.Plan, causes: Mapping[int, str], data: Mapping[str, Any] | None = None) -> None:
        first: dict[str, Any] = {name: getattr(plan, name) for name in ("active", "days", "remind_days", "quiet_days")}
        self.remedies = {f"remedy_{kind}": kind for kind in Remedy.Kind.values}
        self.causes = {f"cause_{key}": str(key) for key in causes}
        first |= {name: winback.days_for(plan, kind) for name, kind in self.remedies.items()}
        first |= {name: plan.by_cause.get(key) for name, key in self.causes.items()}
        super().__init__(data, initial=first)
        for name, kind in self.remedies.items():
            self.fields[name] = _days(Remedy.Kind(kind).label)
        for name, key in self.causes.items():
            self.fields[name] = _days(causes[int(key)])
            self.fields[name].required = False

    def remedy_fields(self) -> list[forms.BoundField]:
        """Those of the remedies, in order."""
        return [self[name] for name in self.remedies]

    def cause_fields(self) -> list[forms.BoundField]:
        """Those of the causes, in order."""
        return [self[name] for name in self.causes]

    def plan(self) -> winback.Plan:
        """What was entered."""
        said = self.cleaned_data
        return winback.Plan(
            active=said["active"],
            days=said["days"],
            remind_days=said["remind_days"],
            quiet_days=said["quiet_days"],
            by_remedy={kind: said[name] for name, kind in self.remedies.items()},
            by_cause={key: said[name] for name, key in self.causes.items() if said[name]},
        )


class FollowUpWordsForm(forms.Form):
    """The words of one kind, in one language; none takes the shop's own back."""

    language = forms.ChoiceField(required=False, widget=forms.HiddenInput(), choices=[("", ""), *settings.LANGUAGES])
    text = forms.CharField(
        required=False, label=gettext_lazy("Words"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 4})
    )
