"""The forms of alert rules and of where alerts go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.alerts import api as alerts
from makegood.alerts.api import AlertDestination, AlertRule, Wish

__all__ = ["MailForm", "RuleForm", "ServiceForm"]

NUMBER = {"inputmode": "numeric", "class": "input-number"}
CLOCK = {"type": "time"}


class MailForm(forms.Form):
    """A mail address."""

    address = forms.CharField(
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("A colleague’s, or one that several of you read."),
    )
    name = forms.CharField(label=_("Name"), max_length=70, required=False, help_text=_("What you call it."))


class ServiceForm(forms.Form):
    """A service that Apprise knows."""

    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Whoever has it can write there, so it is kept encrypted and never shown again."),
    )
    name = forms.CharField(label=_("Name"), max_length=70, required=False, help_text=_("What you call it."))


class RuleForm(forms.Form):
    """An alert rule. The fields of its trigger are those the trigger asks for, as "p_" and their name."""

    name = forms.CharField(label=_("Name"), max_length=120)
    destinations = forms.MultipleChoiceField(label=_("Tell"), widget=forms.CheckboxSelectMultiple)
    digest_minutes = forms.IntegerField(
        label=_("Collect for minutes"),
        min_value=0,
        max_value=1440,
        help_text=_("0: tell at once. Otherwise what comes within that time is one message."),
        widget=forms.NumberInput(attrs=NUMBER),
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=forms.TimeInput(CLOCK, "%H:%M"))
    quiet_until = forms.TimeField(label=_("until"), required=False, widget=forms.TimeInput(CLOCK, "%H:%M"))
    even_at_night = forms.BooleanField(label=_("So bad that it may wake somebody: tell it then, too"), required=False)
    most_an_hour = forms.IntegerField(
        label=_("Messages an hour at most"),
        min_value=1,
        max_value=1000,
        help_text=_("What goes over it comes together when the hour is over."),
        widget=forms.NumberInput(attrs=NUMBER),
    )
    repeat_minutes = forms.IntegerField(
        label=_("Minutes before the same is told again"),
        min_value=1,
        max_value=43_200,
        widget=forms.NumberInput(attrs=NUMBER),
    )

    def __init__(self, trigger: str, places: Sequence[AlertDestination], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.trigger = trigger
        chosen: forms.MultipleChoiceField = self.fields["destinations"]  # type: ignore[assignment]
        chosen.choices = [(str(place.pk), place.name) for place in places]
        for each in alerts.TRIGGERS[trigger].parameters:
            self.fields[f"p_{each.name}"] = (
                forms.ChoiceField(label=each.label, choices=each.choices)
                if each.choices
                else forms.IntegerField(
                    label=each.label,
                    min_value=each.least,
                    max_value=each.most,
                    help_text=each.hint,
                    widget=forms.NumberInput(attrs=NUMBER),
                )
            )

    @property
    def parameter_fields(self) -> list[forms.BoundField]:
        """The fields of the trigger."""
        return [self[name] for name in self.fields if name.startswith("p_")]

    @classmethod
    def first(cls, trigger: str, rule: AlertRule | None, places: Sequence[AlertDestination], name: str) -> RuleForm:
        """The form of a rule that is there, or of a new one with what is usual."""
        usual = alerts.TRIGGERS[trigger]
        parameters = rule.parameters if rule else usual.usual()
        chosen = rule.destinations.all() if rule else places
        facts: dict[str, Any] = {
            "name": rule.name if rule else name,
            "destinations": [str(place.pk) for place in chosen],
            "digest_minutes": rule.digest_minutes if rule else 0,
            "quiet_from": rule.quiet_from if rule else "22:00",
            "quiet_until": rule.quiet_until if rule else "07:00",
            "even_at_night": rule.even_at_night if rule else False,
            "most_an_hour": rule.most_an_hour if rule else 10,
            "repeat_minutes": rule.repeat_minutes if rule else usual.repeat_minutes,
        }
        return cls(trigger, places, initial=facts | {f"p_{key}": value for key, value in parameters.items()})

    def parameters(self) -> dict[str, Any]:
        """What was filled in for the trigger."""
        return {name[2:]: value for name, value in self.cleaned_data.items() if name.startswith("p_")}

    def wish(self) -> Wish:
        """The rule as it was filled in."""
        data = self.cleaned_data
        return Wish(
            name=data["name"],
            trigger=self.trigger,
            parameters=self.parameters(),
            destinations=[int(key) for key in data["destinations"]],
            digest_minutes=data["digest_minutes"],
            quiet=(data["quiet_from"], data["quiet_until"]),
            even_at_night=data["even_at_night"],
            most_an_hour=data["most_an_hour"],
            repeat_minutes=data["repeat_minutes"],
        )
