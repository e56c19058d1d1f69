"""The form of the outside model."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.kit import money
from makegood.triage.api import outside

__all__ = ["HEAD_NAMES", "OutsideForm"]

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
HEAD_NAMES = {
    "intent": gettext_lazy("what they want"),
    "severity": gettext_lazy("how hard they complain"),
    "urgency": gettext_lazy("how urgent it is"),
    "sentiment": gettext_lazy("the tone"),
    "topic": gettext_lazy("the topic"),
    "flag": gettext_lazy("abuse, threats, spam, sarcasm, asking for a person"),
}
MOST = 10**12
COUNTS = ("requests_day", "requests_month", "tokens_day", "tokens_month")
SPENDS = ("spend_day", "spend_month")


def _price(label: Any, hint: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=hint, required=False, min_value=0, max_value=100_000, max_digits=12, decimal_places=6
    )


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST)


def _spend(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_value=10**9, max_digits=12, decimal_places=2
    )


class OutsideForm(forms.Form):
    """Which outside model is asked, how, and what it may cost."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=outside.OutsideModel.Kind.choices, initial="classifier"
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy(
            "Of a classifier the whole address. Of a chat model the part up to /v1, such as http://127.0.0.1:11434/v1."
        ),
        max_length=500,
        widget=forms.TextInput(attrs={**PLAIN, "inputmode": "url"}),
    )
    model = forms.CharField(
        label=gettext_lazy("Name of the model"),
        help_text=gettext_lazy("As its server knows it. A classifier has it in its address."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        help_text=gettext_lazy("Kept encrypted, shown to nobody. Models on your own machines often need none."),
        max_length=2000,
        required=False,
        widget=forms.PasswordInput(attrs=PLAIN),
    )
    no_key = forms.BooleanField(label=gettext_lazy("It needs no key: forget the one that is known"), required=False)
    heads = forms.MultipleChoiceField(
        label=gettext_lazy("What a chat model is asked about"),
        choices=list(HEAD_NAMES.items()),
        initial=list(HEAD_NAMES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ask = forms.ChoiceField(
        label=gettext_lazy("When it is asked"), choices=outside.OutsideModel.Ask.choices, initial="doubt"
    )
    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds that sorting waits for it at most"),
        help_text=gettext_lazy("What it has not answered by then, Makegood’s own model reads."),
        min_value=1,
        max_value=60,
        initial=10,
    )
    currency = forms.CharField(label=gettext_lazy("Currency of its prices"), max_length=3, initial="USD")
    price_in = _price(gettext_lazy("For a million tokens sent"))
    price_out = _price(gettext_lazy("For a million tokens received"))
    price_request = _price(gettext_lazy("For a thousand requests"))
    requests_day = _count(gettext_lazy("Requests a day"))
    requests_month = _count(gettext_lazy("Requests a month"))
    tokens_day = _count(gettext_lazy("Tokens a day"))
    tokens_month = _count(gettext_lazy("Tokens a month"))
    spend_day = _spend(gettext_lazy("Money a day"))
    spend_month = _spend(gettext_lazy("Money a month"))

    def __init__(self, data: Any = None, *, row: outside.OutsideModel | None = None) -> None:
        super().__init__(data, initial=_initial(row))
        if row is not None and row.secret:
            self.fields["key"].help_text = _("Leave it empty to keep the one that is known.")
        else:
            del self.fields["no_key"]

    def clean_currency(self) -> str:
        """Three capitals."""
        code = str(self.cleaned_data["currency"]).strip().upper()
        try:
            money.exponent(code)
        except ValueError as error:
            raise forms.ValidationError(_("Three letters, such as USD or EUR.")) from error
        return code

    @property
    def prices(self) -> list[forms.BoundField]:
        """What it costs."""
        return [self[name] for name in ("price_in", "price_out", "price_request", "currency")]

    @property
    def limits(self) -> list[forms.BoundField]:
        """What it may cost."""
        return [self[name] for name in (*COUNTS, *SPENDS)]

    def wish(self) -> outside.Wish:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        places = money.exponent(said["currency"])
        limits = {name: int(said[name]) for name in COUNTS if said[name] is not None}
        limits |= {name: int(said[name].scaleb(places)) for name in SPENDS if said[name] is not None}
        key = "" if said.get("no_key") else said["key"].strip() or None
        return outside.Wish(
            kind=said["kind"],
            url=said["url"].strip(),
            model=said["model"].strip(),
            key=key,
            heads=tuple(said["heads"]),
            ask=said["ask"],
            seconds=said["seconds"],
            currency=said["currency"],
            price_in=_fine(said["price_in"], places + 3),
            price_out=_fine(said["price_out"], places + 3),
            price_request=_fine(said["price_request"], places + 6),
            limits=limits,
        )


def _fine(price: Decimal | None, places: int) -> int:
    return int(price.scaleb(places)) if price is not None else 0


def _initial(row: outside.OutsideModel | None) -> dict[str, Any]:
    if row is None:
        return {"requests_day": 1_000}
    places = money.exponent(row.currency)
    known: dict[str, Any] = {
        name: getattr(row, name) for name in ("kind", "url", "model", "heads", "ask", "seconds", "currency")
    }
    for name, finer in (("price_in", 3), ("price_out", 3), ("price_request", 6)):
        price = Decimal(getattr(row, name)).scaleb(-places - finer)
        known[name] = _plain(price) if price else None
    known |= {name: row.limits.get(name) for name in COUNTS}
    for name in SPENDS:
        spend = row.limits.get(name)
        known[name] = None if spend is None else _plain(Decimal(spend).scaleb(-places))
    return known


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
