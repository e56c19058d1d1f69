"""The forms of business hours and policies."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import timezones
from makegood.clocks import api as clocks
from makegood.connectors.registry import CONNECTORS
from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.triage.api import Intent, Urgency
from makegood.web.spans import SpanField
from makegood.web.templatetags.makegood import BADGES, network_name

__all__ = ["DayForm", "HolidaysForm", "HoursForm", "PolicyForm", "parse_day", "show_day", "show_hours"]

SPAN = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to|bis)\s*(\d{1,2})(?:[:.h](\d{2}))?", re.IGNORECASE)


def parse_day(text: str) -> list[clocks.Span]:
    """Opening spans from "9:00-12:30, 14:00-18:00"; empty for a closed day; "20:00-2:00" runs past midnight.

    ValueError, a sentence, when it can't be read.
    """
    found: list[clocks.Span] = []
    for part in re.split(r"[,;]", text.strip()):
        words = part.strip()
        if not words:
            continue
        match = SPAN.fullmatch(words)
        if match is None:
            raise ValueError(_("Write hours like 9:00–18:00; several with a comma between. Leave closed days empty."))
        hours = [int(match[1]), int(match[3])]
        minutes = [int(match[2] or 0), int(match[4] or 0)]
        start, end = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
        if max(minutes) > 59 or start >= clocks.DAY or end > clocks.DAY:
            raise ValueError(_("“%s” is no span of hours: a day goes from 0:00 to 24:00.") % words)
        found.append((start, end if end > start else end + clocks.DAY))
    return sorted(found)


def show_day(spans: Any) -> str:
    """Opening spans as `parse_day` reads them."""
    return ", ".join(f"{_hour(start)}–{_hour(end)}" for start, end in spans)


def _hour(minutes: int) -> str:
    shown = minutes if minutes <= clocks.DAY else minutes - clocks.DAY
    return f"{shown // 60}:{shown % 60:02d}"


def show_hours(minutes: int) -> str:
    """Minutes of opening time in hours, never in days: 2700 -> "45 h"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part) or "0 min"


class DayField(forms.CharField):
    """One day's opening hours, written as people write them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=120, **options)

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box."""
        return value if isinstance(value, str) or value is None else show_day(value)

    def clean(self, value: Any) -> Any:
        """The spans."""
        try:
            return parse_day(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class TargetField(SpanField):
    """A length of time, or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=40, **options)

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box: hours, as a day of opening time is no day."""
        return show_hours(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Minutes, or None where nothing was written."""
        return super().clean(value) if value and str(value).strip() else None


class HoursForm(forms.Form):
    """A week of opening hours."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    is_default = forms.BooleanField(
        label=gettext_lazy("Count the shop’s own answer times in these hours"),
        required=False,
        help_text=gettext_lazy("Else they are counted around the clock, unless a policy says otherwise."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zone = self.fields["timezone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name) for name in timezones()]
        for number, name in WEEKDAYS.items():
            attributes = {"placeholder": _("closed"), "autocomplete": "off"}
            self.fields[f"day{number}"] = DayField(label=str(name), widget=forms.TextInput(attrs=attributes))

    def week(self) -> list[Any]:
        """The fields of the seven days, Monday first."""
        return [self[f"day{number}"] for number in range(7)]

    def values(self) -> dict[str, Any]:
        """What `clocks.save_hours` takes."""
        data = self.cleaned_data
        week = [data[f"day{number}"] for number in range(7)]
        return {"name": data["name"], "timezone": data["timezone"], "is_default": data["is_default"], "week": week}


class HolidaysForm(forms.Form):
    """Whose public holidays to close on."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)

    def __init__(self, *args: Any, country: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        where, region = self.fields["country"], self.fields["region"]
        assert isinstance(where, forms.ChoiceField)
        assert isinstance(region, forms.ChoiceField)
        where.choices = clocks.countries()
        region.choices = [("", _("The whole country")), *clocks.regions(country)]


class DayForm(forms.Form):
    """One day unlike its weekday."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(label=gettext_lazy("What it is"), max_length=120, required=False)
    spans = DayField(label=gettext_lazy("Open"), help_text=gettext_lazy("Like 10:00–14:00. Empty: closed all day."))


class PolicyForm(forms.Form):
    """What is owed by when, and to which conversations."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    first_answer = TargetField(
        label=gettext_lazy("First answer within"),
        help_text=gettext_lazy("From their post. Empty: the shop’s own answer time."),
    )
    next_update = TargetField(
        label=gettext_lazy("Each later answer within"),
        help_text=gettext_lazy("From what they wrote next. Empty: as the first answer."),
    )
    resolution = TargetField(
        label=gettext_lazy("Closed within"),
        help_text=gettext_lazy("From their first post until you close it. Empty: no target."),
    )
    hours = forms.ChoiceField(label=gettext_lazy("Counted in"), required=False)
    pause_waiting = forms.BooleanField(
        label=gettext_lazy("Clocks rest while you wait for the customer"), required=False, initial=True
    )
    _several = {"required": False, "widget": forms.CheckboxSelectMultiple}
    urgencies = forms.MultipleChoiceField(label=gettext_lazy("Urgency"), **_several)  # type: ignore[arg-type]
    intents = forms.MultipleChoiceField(label=gettext_lazy("What it is"), **_several)  # type: ignore[arg-type]
    labels = forms.MultipleChoiceField(label=gettext_lazy("Label"), **_several)  # type: ignore[arg-type]
    networks = forms.MultipleChoiceField(label=gettext_lazy("Network"), **_several)  # type: ignore[arg-type]
    channels = forms.TypedMultipleChoiceField(label=gettext_lazy("Channel"), coerce=int, **_several)  # type: ignore[arg-type]

    CONDITIONS = ("urgencies", "intents", "labels", "networks", "channels")

    def __init__(self, workspace: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = {str(row.pk): row for row in clocks.all_hours(workspace)}
        named = [(key, row.name) for key, row in self.rows.items()]
        channels = listen.Channel.objects.within(workspace).order_by("name")[:200]
        choices: dict[str, list[tuple[Any, Any]]] = {
            "hours": [("", _("Around the clock")), *named],
            "urgencies": [(each.value, BADGES["urgency"][each.value][1]) for each in Urgency],
            "intents": [(each.value, BADGES["intent"][each.value][1]) for each in Intent],
            "labels": [(label.name, label.name) for label in desk.labels(workspace)],
            "networks": [(name, network_name(name)) for name in sorted(CONNECTORS)],
            "channels": [(row.pk, row.name) for row in channels],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered
        # A label or channel that is gone stays chosen, so that saving does not widen a policy unseen.
        for name in ("labels", "networks", "channels"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            known = {str(key) for key, _words in choices[name]}
            gone = [each for each in self.initial.get(name) or [] if str(each) not in known]
            field.choices = [*choices[name], *((each, _("%s (gone)") % each) for each in gone)]

    def conditions(self) -> list[Any]:
        """The fields that say which conversations it is for, without those that offer nothing."""
        return [self[name] for name in self.CONDITIONS if list(getattr(self.fields[name], "choices", []))]

    def values(self) -> dict[str, Any]:
        """What `clocks.save_policy` takes."""
        data = dict(self.cleaned_data)
        data["hours"] = self.rows.get(data["hours"])
        return data
