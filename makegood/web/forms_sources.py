"""The forms for connecting shops and processors, and what to do in each of them beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["WAYS", "SourceForm", "Way"]

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
ADDRESS = {**PLAIN, "inputmode": "url"}


def _text(label: Any, hint: Any = "", *, required: bool = True, attrs: Mapping[str, str] = PLAIN) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=500, widget=forms.TextInput(attrs=dict(attrs))
    )


def _secret(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=2000, widget=forms.PasswordInput(attrs=dict(PLAIN))
    )


class SourceForm(forms.Form):
    """What one kind of shop or processor asks for.

    `advanced` are fields that few need. With `before`, what was typed when it was connected, secrets that are left
    empty stay as they were; `instead` says which of them another one makes superfluous.
    """

    advanced: tuple[str, ...] = ()
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(self, *args: Any, before: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        for name, one in self.fields.items() if before is not None else ():
            if self._is_secret(name):
                one.required = False
                one.help_text = _("Leave it empty to keep the one that is known.")
            elif before and name in before:
                one.initial = before[name]

    def _is_secret(self, name: str) -> bool:
        return isinstance(self.fields[name].widget, forms.PasswordInput)

    def clean(self) -> dict[str, Any]:
        """What was typed, with what is kept."""
        found = dict(super().clean() or {})
        typed = {name: "1" if value is True else str(value or "") for name, value in found.items()}
        known = self.before or {}
        given = {name for name, value in typed.items() if value and self._is_secret(name)}
        for name in typed:
            if self._is_secret(name) and not typed[name] and not given & set(self.instead.get(name, ())):
                typed[name] = known.get(name, "")
        return typed

    @property
    def usual_fields(self) -> list[forms.BoundField]:
        """Those that everybody fills in."""
        return [each for each in self if each.name not in self.advanced]

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        """Those that few need."""
        return [each for each in self if each.name in self.advanced]


class VendureForm(SourceForm):
    """A Vendure shop."""

    url = _text(_("Address of the Admin API"), _("Such as https://shop.example/admin-api."), attrs=ADDRESS)
    key = _secret(_("API key"), _("Vendure 3.6 and newer, under Settings, API keys."), required=False)
    username = _text(_("Or an administrator’s name"), required=False)
    password = _secret(_("and password"), required=False)
    channel = _text(_("Token of the channel"), _("Only where the shop has several."), required=False)
    dashboard = _text(_("Address of the back office"), _("Where links to orders lead."), required=False, attrs=ADDRESS)
    noted = _text(
        _("Payment methods whose refunds move no money in Vendure"),
        _("Their codes, with commas between them: those that Stripe or PayPal pays back."),
        required=False,
    )

    advanced = ("channel", "dashboard", "noted")
    instead = {"key": ("password",), "password": ("key",)}


class WooCommerceForm(SourceForm):
    """A WooCommerce shop."""

    address = _text(_("Address of the shop"), _("Such as https://shop.example."), attrs=ADDRESS)
    key = _secret(_("Consumer key"), _("It begins with ck_."))
    secret = _secret(_("Consumer secret"), _("It begins with cs_."))
    webhook_secret = _secret(
        _("Secret of the webhooks"), _("Leave it empty: one is made up, and shown afterwards."), required=False
    )

    advanced = ("webhook_secret",)


class ShopifyForm(SourceForm):
    """A Shopify shop."""

    shop = _text(_("Name of the shop"), _("Such as teapot or teapot.myshopify.com."), attrs=ADDRESS)
    client_id = _text(_("Client ID of the app"), required=False)
    client_secret = _secret(_("Client secret of the app"), _("It also signs the webhooks."), required=False)
    token = _secret(
        _("Or an Admin API access token"), _("Of an app that was made in the shop’s own admin."), required=False
    )

    advanced = ("token",)


class StripeForm(SourceForm):
    """A Stripe account."""

    key = _secret(_("Restricted or secret key"), _("It begins with rk_ or sk_."))
    webhook_secret = _secret(
        _("Signing secret of the webhook"), _("It begins with whsec_. You can add it later."), required=False
    )
    api_base = _text(_("Address of the API"), _("Only for a test server of your own."), required=False, attrs=ADDRESS)

    advanced = ("webhook_secret", "api_base")


class PayPalForm(SourceForm):
    """A PayPal business account."""

    client_id = _text(_("Client ID"))
    secret = _secret(_("Secret"))
    sandbox = forms.BooleanField(label=_("It is a sandbox account"), required=False)
    webhook_id = _text(_("ID of the webhook"), _("PayPal shows it once the webhook is made."), required=False)
    api_base = _text(_("Address of the API"), _("Only for a test server of your own."), required=False, attrs=ADDRESS)

    advanced = ("sandbox", "webhook_id", "api_base")


@dataclass(frozen=True)
class Way:
    """How a kind is connected: its form, what it brings, where its keys are made, and how its webhooks are set up."""

    form: type[SourceForm]
    what: Any
    keys: Any
    steps: tuple[Any, ...] = ()
    secret_shown: bool = False
    """The webhook's secret is ours, and typed in there."""
    besides: Any = ""
    """What has to be set up by hand in any case."""
    icon: str = "shop"


WAYS: dict[tuple[str, str], Way] = {
    ("shop", "vendure"): Way(
        VendureForm,
        _("Customers, orders, parcels and refunds; vouchers are made there."),
        _("In Vendure, make a role that may read orders and customers, and an API key or an administrator with it."),
    ),
    ("shop", "woocommerce"): Way(
        WooCommerceForm,
        _("Customers, orders and refunds; coupons are made there."),
        _("In WooCommerce: Settings, Advanced, REST API, Add key, with read and write permissions."),
        (
            _(
                "In WooCommerce open Settings, Advanced, Webhooks, and add one for each: Order created, Order updated, "
                "Order deleted, Customer created, Customer updated."
            ),
            _("Status: Active. Paste the address as the delivery URL, and the secret shown here as the secret."),
        ),
        secret_shown=True,
    ),
    ("shop", "shopify"): Way(
        ShopifyForm,
        _("Customers, orders, parcels and refunds; discount codes are made there."),
        _("In Shopify make an app for your own shop, let it read orders and customers, and install it."),
        (
            _("In the app’s settings subscribe to orders/create, orders/updated, refunds/create and customers/update."),
            _("Paste the address as the URL. Shopify signs with the app’s client secret, which is known here."),
        ),
        besides=_(
            "Paste the address also for the three privacy webhooks (customers/data_request, customers/redact, "
            "shop/redact): Shopify lets them be set in the app’s own settings only. "
            "What they ask to be erased is erased."
        ),
    ),
    ("payments", "stripe"): Way(
        StripeForm,
        _("Payments and refunds; money is given back through it."),
        _("In Stripe: Developers, API keys, a restricted key that reads charges and writes refunds."),
        (
            _("In Stripe: Developers, Webhooks, Add endpoint. Paste the address."),
            _("Choose the events of charges, refunds and disputes, and save."),
            _("Copy the signing secret (whsec_…) and give it here, under “Change the connection”."),
        ),
        icon="key",
    ),
    ("payments", "paypal"): Way(
        PayPalForm,
        _("Payments and refunds; money is given back through it, or sent to an address."),
        _("In PayPal’s developer pages: Apps & Credentials, an app with Transaction search."),
        (
            _("In the app’s page add a webhook with this address, for payments, captures and refunds."),
            _("Copy the ID of the webhook and give it here, under “Change the connection”."),
        ),
        icon="key",
    ),
}
