"""The form of each remedy, and what it asks for."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.identify import api as identify
from makegood.kit import money
from makegood.kit.amounts import amount_words
from makegood.resolve import api as resolve
from makegood.winback import api as winback

__all__ = ["RemedyContext", "RemedyForm", "read_amount"]

Kind = resolve.Remedy.Kind
WITH_LINES = (Kind.REPLACEMENT, Kind.RETURN, Kind.GIFT)
WITH_COST = (Kind.GIFT, Kind.COURIER, Kind.CALL)
TIMES = 3
LONGEST_WORDS = 10_000


@dataclass(frozen=True)
class RemedyContext:
    """What a remedy can be about: `orders` and `charges` beside the conversation, the shop's money and reasons."""

    zone: str
    money: identify.MoneySettings
    orders: list[identify.OrderView] = field(default_factory=list)
    charges: list[identify.Charge] = field(default_factory=list)
    doubles: frozenset[int] = frozenset()
    """Charges that are one too many."""
    reasons: list[resolve.ReasonCode] = field(default_factory=list)

    def order(self, key: str) -> identify.OrderView | None:
        """The order of this id."""
        return next((each for each in self.orders if str(each.order.pk) == key), None)

    def charge(self, key: str) -> identify.Charge | None:
        """The payment of this id."""
        return next((each for each in self.charges if str(each.pk) == key), None)


def read_amount(text: str, currency: str) -> int:
    """What a person typed as minor units: "35", "35,00", "1 234.50", "1.234,50 EUR". Raises ValueError, also for
    "1.234", which one may read as a thousand and another as one.
    """
    bare = re.sub(rf"(?:{currency}|[€$£¥\s\u202f\u00a0'’])", "", text.strip(), flags=re.IGNORECASE)
    marks = [mark for mark in bare if mark in ",."]
    if marks:
        last = max(bare.rfind(","), bare.rfind("."))
        whole, part = bare[:last], bare[last + 1 :]
        if len(set(marks)) == 1 and (len(marks) > 1 or (len(part) == 3 and money.exponent(currency) < 3)):
            raise ValueError(text)
        if len(part) > money.exponent(currency):
            raise ValueError(text)
        bare = f"{re.sub('[,.]', '', whole) or '0'}.{part}"
    if not re.fullmatch(r"\d{1,12}(?:\.\d*)?", bare, flags=re.ASCII):
        raise ValueError(text)
    return money.to_minor(bare, currency)


def _text(label: Any, *, longest: int = 300, hint: Any = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, max_length=longest, help_text=hint, widget=widget)


def _amount(label: Any, hint: Any = "") -> forms.CharField:
    return _text(label, longest=30, hint=hint, inputmode="decimal")


def _needed(field: forms.CharField) -> forms.CharField:
    field.required = True
    field.error_messages["required"] = _("Say how much.")
    return field


def _moment(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=16, widget=forms.TextInput(attrs={"type": "datetime-local"})
    )


class RemedyForm(forms.Form):
    """What to do for them, of one kind. Valid, it has `wanted`, all but what the page adds to it."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, kind: str, context: RemedyContext, data: Mapping[str, Any] | None, **kwargs: Any) -> None:
        """`kind` is one of Remedy.Kind; `initial` may hold any of the fields, as typed."""
        super().__init__(data, auto_id="remedy-%s", **kwargs)
        self.kind, self.context = kind, context
        self.initial.setdefault("request_key", secrets.token_hex(16))
        self._fields_of_order()
        self._fields_of_kind()
        self._fields_of_all()
        if self.offer:
            self._fields_of_offer()

    @property
    def view(self) -> identify.OrderView | None:
        """The order that is chosen now."""
        return self.context.order(self._given("order"))

    @property
    def currency(self) -> str:
        """The currency of the payment, of the order, or of the shop."""
        charge = self.context.charge(self._given("charge")) if self.kind == Kind.REFUND else None
        if charge is not None:
            return charge.currency
        return self.view.order.currency if self.view else self.context.money.currency

    @property
    def lines(self) -> list[Any]:
        """The fields of the order's products."""
        return [self[name] for name in self.fields if name.startswith("line-")]

    @property
    def times(self) -> list[Any]:
        """The fields of the times that are proposed."""
        return [self[name] for name in self.fields if name.startswith("time-")]

    @property
    def offer(self) -> str:
        """Which offer to win them back it is, beside what makes good what went wrong; "" for none."""
        given = self._given("offer")
        return given if winback.OFFER_KINDS.get(given) == self.kind else ""

    def _given(self, name: str) -> str:
        source: Mapping[str, Any] = self.data if self.is_bound else self.initial
        return str(source.get(name) or "")

    def _fields_of_order(self) -> None:
        orders = self.context.orders
        if not self._given("order") and not self.is_bound:
            linked = next((each for each in orders if each.link), None)
            self.initial["order"] = str(linked.order.pk) if linked else ""
        if orders:
            none = _("Without an order")
            choices = [("", none), *((str(each.order.pk), _order_words(each)) for each in orders)]
            self.fields["order"] = forms.ChoiceField(label=_("Order"), required=False, choices=choices)

    def _fields_of_kind(self) -> None:
        kind = self.kind
        if kind == Kind.REFUND:
            self._fields_of_refund()
        if kind == Kind.VOUCHER:
            self.fields["percent"] = forms.IntegerField(
                label=_("Percent"), required=False, min_value=1, max_value=100, help_text=_("Empty for a fixed amount.")
            )
            self.fields["amount"] = _needed(
                _amount(
                    _("Amount in %(currency)s") % {"currency": self.currency},
                    gettext_lazy("Of a discount in percent: the most it can be worth."),
                )
            )
        if kind in WITH_LINES and self.view is not None:
            self._fields_of_lines(self.view)
        if kind == Kind.GIFT:
            self.fields["item"] = _text(_("What you send"), hint=gettext_lazy("Such as “a tin of Assam”."))
        if kind == Kind.CALL:
            for number in range(TIMES):
                label = _("Time %(n)d") % {"n": number + 1}
                self.fields[f"time-{number}"] = _moment(label)
        if kind == Kind.COURIER:
            self.fields["since"] = _moment(_("Between"))
            self.fields["until"] = _moment(_("and"))
        if kind in WITH_COST:
            label = _("What it costs you, in %(currency)s") % {"currency": self.currency}
            self.fields["cost"] = _amount(label) if kind == Kind.CALL or self.lines else _needed(_amount(label))

    def _fields_of_refund(self) -> None:
        chosen = self._given("order")
        mine = [each for each in self.context.charges if not chosen or str(each.order_id or "") in (chosen, "")]
        charges = mine or self.context.charges
        if not self.is_bound and not self._given("charge") and charges:
            self.initial["charge"] = str(charges[0].pk)
        choices = [(str(each.pk), _charge_words(each, self.context)) for each in charges]
        self.fields["charge"] = forms.ChoiceField(label=_("Payment"), choices=choices, widget=forms.RadioSelect)
        self.fields["charge"].error_messages["required"] = _("Choose the payment that is to be paid back.")
        chosen_charge = self.context.charge(self._given("charge"))
        hint = ""
        if chosen_charge is not None:
            left = chosen_charge.amount_minor - chosen_charge.refunded_minor
            hint = _("All of it: %(amount)s") % {"amount": amount_words(max(left, 0), chosen_charge.currency)}
            if not self.is_bound and not self._given("amount") and left > 0:
                self.initial["amount"] = money.from_minor(left, chosen_charge.currency)
        self.fields["amount"] = _needed(_amount(_("How much, in %(currency)s") % {"currency": self.currency}, hint))
        ways = [("original", _("The way it was paid")), ("payout", _("By PayPal, to an address they give"))]
        self.initial.setdefault("way", "original")
        self.fields["way"] = forms.ChoiceField(
            label=_("Which way"), choices=ways, required=False, widget=forms.RadioSelect
        )
        self.fields["email"] = forms.EmailField(
            label=_("Their PayPal address"), required=False, help_text=_("Only for PayPal.")
        )

    def _fields_of_lines(self, view: identify.OrderView) -> None:
        for line in view.lines:
            most = max(line.quantity, 1)
            label = line.name if most == 1 else _("%(name)s (of %(n)d)") % {"name": line.name, "n": most}
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=most, initial=0
            )

    def _fields_of_all(self) -> None:
        reasons = [("", _("Choose a reason")), *((str(each.pk), each.name) for each in self.context.reasons)]
        self.fields["reason"] = forms.ChoiceField(label=_("Reason"), choices=reasons)
        self.fields["reason"].error_messages["required"] = _("Choose a reason: it shows later what goodwill went into.")
        self.fields["reason_words"] = _text(_("In a few words"), hint=gettext_lazy("Whoever decides reads it."))
        if self.kind in (Kind.REFUND, Kind.REPLACEMENT):
            self.fields["exception"] = forms.BooleanField(label=_("It is an exception from the policy"), required=False)
        self.fields["words"] = forms.CharField(
            label=_("What they are told"),
            required=False,
            max_length=LONGEST_WORDS,
            help_text=_("You send it yourself. What stands in {braces} is filled in."),
            widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        )

    def _fields_of_offer(self) -> None:
        self.fields["offer"] = forms.CharField(max_length=20, widget=forms.HiddenInput)
        self.fields["ask"] = forms.ChoiceField(
            label=_("What do they have to do for it?"),
            choices=[
                (winback.OfferAsk.NOTHING, _("Nothing at all")),
                (winback.OfferAsk.REVIEW, _("Write a review")),
                (winback.OfferAsk.GOOD_WORD, _("Say something kind about us")),
                (winback.OfferAsk.TAKE_BACK, _("Delete or change what they said")),
                (winback.OfferAsk.SILENCE, _("Not speak of it")),
                (winback.OfferAsk.PERMISSION, _("Let us show their words")),
            ],
        )

    def _minor(self, name: str) -> int:
        typed = str(self.cleaned_data.get(name) or "")
        if not typed:
            return 0
        try:
            return read_amount(typed, self.currency)
        except ValueError:
            words = _("“%(typed)s” can’t be read as an amount. Write it like %(like)s.")
            like = amount_words(3550, "EUR").removesuffix(" EUR")
            self.add_error(name, words % {"typed": typed[:30], "like": like})
            return 0

    def _at(self, name: str) -> str:
        """A moment in the shop's time as UTC in ISO 8601; "" where none was typed."""
        typed = self.cleaned_data.get(name) or ""
        if not typed:
            return ""
        try:
            moment = datetime.fromisoformat(typed)
        except ValueError:
            self.add_error(name, _("Choose a day and a time."))
            return ""
        here = moment.replace(tzinfo=moment.tzinfo or ZoneInfo(self.context.zone))
        return here.astimezone(UTC).isoformat()

    @property
    def chosen_lines(self) -> list[list[int]]:
        """[line, count] of what was chosen of the order."""
        found = []
        for name, count in self.cleaned_data.items():
            if name.startswith("line-") and count:
                found.append([int(name.removeprefix("line-")), int(count)])
        return found

    def clean(self) -> dict[str, Any]:
        """Reads the amounts and what belongs to the kind."""
        data = self.cleaned_data
        data["amount_minor"], data["cost_minor"] = self._minor("amount"), self._minor("cost")
        data["details"] = self._details()
        return data

    def _details(self) -> dict[str, Any]:
        data, kind = self.cleaned_data, self.kind
        if kind == Kind.REFUND and data.get("way") == "payout":
            if not data.get("email") and "email" not in self.errors:
                self.add_error("email", _("Say to which address it is to be paid."))
            return {"way": "payout", "email": data.get("email") or ""}
        if kind == Kind.REFUND:
            return {"way": "original"}
        if kind == Kind.VOUCHER:
            return {"percent": data["percent"]} if data.get("percent") else {}
        found: dict[str, Any] = {"lines": self.chosen_lines} if self.chosen_lines else {}
        if kind in (Kind.REPLACEMENT, Kind.RETURN) and not found:
            self.add_error(None, _("Choose what of the order it is about."))
        if kind == Kind.GIFT and data.get("item"):
            found["item"] = data["item"]
        if kind == Kind.CALL:
            found["times"] = [at for number in range(TIMES) if (at := self._at(f"time-{number}"))]
            if not found["times"] and not self.errors:
                self.add_error("time-0", _("Propose at least one time."))
        if kind == Kind.COURIER:
            found["window"] = self._window()
        return found

    def _window(self) -> list[str]:
        since, until = self._at("since"), self._at("until")
        if not self.errors and not (since and until and since < until):
            self.add_error("since", _("Say between when and when it comes; the end lies after the beginning."))
        return [since, until]


def _order_words(view: identify.OrderView) -> str:
    order = view.order
    return _("%(number)s, %(day)s, %(total)s") % {
        "number": order.number,
        "day": date_format(timezone.localtime(order.placed_at), "SHORT_DATE_FORMAT"),
        "total": amount_words(order.total_minor, order.currency),
    }


def _charge_words(charge: identify.Charge, context: RemedyContext) -> str:
    here = timezone.localtime(charge.at)
    said = _("%(amount)s on %(at)s") % {
        "amount": amount_words(charge.amount_minor, charge.currency),
        "at": date_format(here, "SHORT_DATETIME_FORMAT"),
    }
    parts = [said, charge.method]
    if charge.refunded_minor:
        parts.append(_("%(back)s given back") % {"back": amount_words(charge.refunded_minor, charge.currency)})
    if charge.pk in context.doubles:
        parts.append(_("one too many"))
    return ", ".join(part for part in parts if part)
