"""The forms of deciding, of limits, reasons, return policies and the shop's own words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import Role
from makegood.kit import money
from makegood.resolve import api as resolve

__all__ = [
    "AMOUNTS",
    "AwayForm",
    "CounterForm",
    "LimitForm",
    "NewLimitForm",
    "PeriodForm",
    "ReasonForm",
    "ReturnPolicyForm",
    "WordsForm",
    "read_amount",
    "show_amount",
]

Kind = resolve.Remedy.Kind
AMOUNTS = ("per_case", "per_person_year", "per_month", "four_eyes")
ASKS, UP_TO = "asks", "up_to"
_AMOUNT = re.compile(r"\d{1,15}(?:[.,]\d{1,4})?", re.ASCII)


def read_amount(text: str, currency: str) -> int:
    """Minor units from what a person wrote: "12,50" and "12.50" EUR are 1250. ValueError, a sentence, otherwise."""
    words = re.sub(r"[\s\u00a0\u202f]", "", text).removesuffix(currency)
    whole, part = words.replace(",", ".").partition(".")[::2]
    places = money.exponent(currency)
    if not _AMOUNT.fullmatch(words) or (part and not places):
        said = _("Write an amount like 12.50, without marks for thousands.")
        whole_only = _("Write a whole amount of %(currency)s, like 1200.") % {"currency": currency}
        raise ValueError(said if places else whole_only)
    if len(part) > places:
        # "1,500" is as likely fifteen hundred as one and a half: a guess about money is no help.
        raise ValueError(_("Write an amount like 12.50, without marks for thousands."))
    return money.to_minor(f"{whole}.{part or 0}", currency)


def show_amount(minor: int | None, currency: str) -> str:
    """An amount as `read_amount` reads it, with the reader's decimal mark; "" for None."""
    if minor is None:
        return ""
    shown = Decimal(money.from_minor(minor, currency))
    return str(formats.number_format(shown, use_l10n=True, force_grouping=False))


def _box(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num", **attributes})


class CounterForm(forms.Form):
    """Something else than what was asked for, in the same currency."""

    kind = forms.ChoiceField(label=gettext_lazy("Offer"))
    amount = forms.CharField(max_length=24, widget=_box())
    words = forms.CharField(
        label=gettext_lazy("What they are told"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Empty: as it was asked for. Mind the amount in it."),
    )
    note = forms.CharField(label=gettext_lazy("To who asked"), required=False, max_length=300)

    def __init__(self, remedy: resolve.Remedy, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "counter_%s", **options})
        self.currency = remedy.currency
        names = dict(Kind.choices)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(each, str(names[each])) for each in _offers(remedy)]
        self.fields["amount"].label = _("How much, in %(currency)s") % {"currency": remedy.currency}

    def clean_amount(self) -> int:
        """Minor units."""
        return _amount(self.cleaned_data["amount"], self.currency)


def _offers(remedy: resolve.Remedy) -> list[str]:
    """What a decider can offer with an amount and nothing else."""
    found = [remedy.kind] if remedy.kind in (Kind.REFUND, Kind.RETURN, Kind.VOUCHER) else []
    found += [Kind.REFUND] if remedy.charge_id else []
    return list(dict.fromkeys([*found, Kind.VOUCHER]))


def _amount(text: str, currency: str) -> int:
    try:
        return read_amount(text, currency)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error


class LimitForm(forms.Form):
    """How much one role may give by itself of one kind, or of all kinds without a limit of their own."""

    mode = forms.ChoiceField(required=False)
    currency = forms.CharField(max_length=3, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    per_case = forms.CharField(max_length=24, required=False, widget=_box())
    per_person_year = forms.CharField(max_length=24, required=False, widget=_box())
    per_month = forms.CharField(max_length=24, required=False, widget=_box())
    four_eyes = forms.CharField(max_length=24, required=False, widget=_box())
    LABELS = {
        "mode": gettext_lazy("may give"),
        "currency": gettext_lazy("currency"),
        "per_case": gettext_lazy("a case"),
        "per_person_year": gettext_lazy("a person and year"),
        "per_month": gettext_lazy("a month"),
        "four_eyes": gettext_lazy("two must agree above"),
    }

    def __init__(self, role: str, kind: str, *args: Any, row: resolve.Limit | None = None, **options: Any) -> None:
        self.role, self.kind, self.row = role, kind, row
        options.setdefault("prefix", f"{role}-{kind or 'all'}")
        super().__init__(*args, **options)
        mode = self.fields["mode"]
        assert isinstance(mode, forms.ChoiceField)
        mode.choices = [(UP_TO, _("up to these amounts")), (ASKS, self._without())]
        for name, words in self.LABELS.items():
            self.fields[name].widget.attrs["aria-label"] = f"{self.who}: {words}"

    def _without(self) -> str:
        if self.kind:
            return _("as for all kinds")
        return _("everything") if self.role == "owner" else _("nothing without asking")

    @property
    def who(self) -> str:
        """The role, and the kind where the limit is for one."""
        role = str(dict(Role.choices)[self.role])
        return f"{role}, {dict(Kind.choices)[self.kind]}" if self.kind else role

    @property
    def kind_name(self) -> str:
        """What it is for."""
        return str(dict(Kind.choices)[self.kind]) if self.kind else _("all kinds")

    @property
    def amounts(self) -> list[Any]:
        """The bound fields of the four amounts."""
        return [self[name] for name in AMOUNTS]

    @staticmethod
    def as_now(row: resolve.Limit | None, currency: str) -> dict[str, Any]:
        """What stands in the boxes."""
        if row is None:
            return {"mode": ASKS, "currency": currency}
        shown = {name: show_amount(getattr(row, f"{name}_minor"), row.currency) for name in AMOUNTS}
        return {"mode": UP_TO, "currency": row.currency, **shown}

    def clean_currency(self) -> str:
        """Three capitals."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise forms.ValidationError(_("A currency has three letters, such as EUR."))
        return currency

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units. Without any amount there would be no limit at all, which nobody wants to mistype."""
        data = super().clean() or {}
        if data.get("mode") != UP_TO:
            if self.row is None and any(data.get(name) for name in AMOUNTS):
                self.add_error("per_case", _("Choose “up to these amounts”, or empty the fields."))
            return data
        if "currency" not in data:
            return data
        for name in AMOUNTS:
            words = data.get(name, "")
            try:
                data[name] = read_amount(words, data["currency"]) if words else None
            except ValueError as error:
                self.add_error(name, str(error))
        if not self.errors and all(data.get(name) is None for name in AMOUNTS):
            self.add_error("per_case", _("Fill in at least one amount. 0 is nothing without asking."))
        return data

    def ceiling(self) -> resolve.Ceiling | None:
        """The limit that was written; None where there is to be none."""
        data = self.cleaned_data
        if data["mode"] != UP_TO:
            return None
        return resolve.Ceiling(data["currency"], *(data[name] for name in AMOUNTS))


class NewLimitForm(LimitForm):
    """A limit for one kind of remedy. Left empty it is none."""

    for_role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        required=False,
        choices=[
            ("", gettext_lazy("Role …")),
            *((each.value, each.label) for each in (Role.AGENT, Role.MANAGER, Role.OWNER)),
        ],
    )
    for_kind = forms.ChoiceField(
        label=gettext_lazy("Remedy"), required=False, choices=[("", gettext_lazy("Remedy …")), *Kind.choices]
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__("agent", "", *args, prefix="new", **options)
        for name in ("for_role", "for_kind"):
            self.fields[name].widget.attrs["aria-label"] = f"{_('One kind more')}: {self.fields[name].label}"
        for name, words in self.LABELS.items():
            self.fields[name].widget.attrs["aria-label"] = f"{_('One kind more')}: {words}"

    @property
    def wanted(self) -> bool:
        """Whether anything was chosen or written."""
        return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("for_role", "for_kind", *AMOUNTS))

    def clean(self) -> dict[str, Any]:
        """The role and the kind it is for."""
        self.cleaned_data["mode"] = UP_TO
        data = super().clean()
        self.role, self.kind = data.get("for_role", ""), data.get("for_kind", "")
        if not self.role or not self.kind:
            self.add_error("for_role", _("Choose the role and the remedy it is for."))
        return data


class ReasonForm(forms.Form):
    """Why something was given, and the cause it counts under."""

    name = forms.CharField(label=gettext_lazy("Reason"), max_length=80)
    cause = forms.CharField(label=gettext_lazy("Cause it counts under"), max_length=80, required=False)
    active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False)


class ReturnPolicyForm(forms.Form):
    """How long and on what conditions something can be sent back."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    returnable = forms.BooleanField(
        label=gettext_lazy("Can be sent back"),
        required=False,
        help_text=gettext_lazy("Off for what you take back as an exception only: food, or what is made to measure."),
    )
    window_days = forms.IntegerField(label=gettext_lazy("For how many days"), min_value=0, max_value=3_650)
    counts_from = forms.ChoiceField(label=gettext_lazy("Counted from"), choices=resolve.ReturnPolicy.From.choices)
    categories = forms.CharField(
        label=gettext_lazy("Categories"),
        required=False,
        max_length=2_000,
        help_text=gettext_lazy("As your shop calls them, with commas between."),
    )
    skus = forms.CharField(
        label=gettext_lazy("Article numbers that begin with"),
        required=False,
        max_length=2_000,
        help_text=gettext_lazy("Like TEA-, with commas between. Both empty: every product."),
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("In your own words; shown to whoever decides."),
    )
    customer_pays_return = forms.BooleanField(
        label=gettext_lazy("The customer pays for sending it back"), required=False
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    @staticmethod
    def as_now(row: resolve.ReturnPolicy) -> dict[str, Any]:
        """What stands in the boxes."""
        names = ("name", "returnable", "window_days", "counts_from", "conditions", "customer_pays_return", "active")
        matched = {"categories": row.matches.get("category", []), "skus": row.matches.get("sku", [])}
        return {name: getattr(row, name) for name in names} | {key: ", ".join(each) for key, each in matched.items()}

    def values(self) -> dict[str, Any]:
        """What `resolve.save_policy` takes."""
        data = dict(self.cleaned_data)
        matches = {"category": _several(data.pop("categories")), "sku": _several(data.pop("skus"))}
        return data | {"matches": matches}


def _several(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]


class WordsForm(forms.Form):
    """What customers are told of one kind of remedy, in one language."""

    language = forms.ChoiceField(required=False, widget=forms.HiddenInput(), choices=[("", ""), *settings.LANGUAGES])
    text = forms.CharField(
        label=gettext_lazy("What they are told"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 5})
    )


def _day(label: Any) -> forms.DateField:
    # Browsers take a date input's value as ISO 8601, whatever the reader's language.
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), input_formats=["%Y-%m-%d"]
    )


class AwayForm(forms.Form):
    """Who decides in somebody's place, from day to day."""

    user = forms.ChoiceField(label=gettext_lazy("Who is away"))
    starts_on = _day(gettext_lazy("From"))
    ends_on = _day(gettext_lazy("Until"))
    to = forms.ChoiceField(label=gettext_lazy("Who decides in the meantime"))

    def __init__(
        self, away: list[tuple[int, str]], stand_ins: list[tuple[int, str]], *args: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for name, choices in (("user", away), ("to", stand_ins)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(str(key), words) for key, words in choices]
        if len(away) == 1:
            self.fields["user"].widget = forms.HiddenInput()


class PeriodForm(forms.Form):
    """A span of days of one's own choice."""

    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        """The last day comes after the first."""
        data = super().clean() or {}
        first, last = data.get("since"), data.get("until")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            raise forms.ValidationError(_("The last day comes after the first."))
        return data
