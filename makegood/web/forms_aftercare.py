"""The forms of asking after a purchase: when, with which words, and who agreed to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.kit import clock
from makegood.winback import api as winback

__all__ = ["AftercareForm", "AftercareWordsForm", "AgreedListForm", "AgreedOneForm"]


def _days(label: Any, hint: Any = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, help_text=hint, min_value=1, max_value=365, widget=widget)


class AftercareForm(forms.Form):
    """When customers are asked."""

    active = forms.BooleanField(
        required=False,
        label=gettext_lazy("Lay a mail ready some days after a purchase"),
        help_text=gettext_lazy("For customers who agreed to it. A person sends it."),
    )
    after_delivery = _days(gettext_lazy("Days after it was delivered"))
    after_shipping = _days(
        gettext_lazy("Days after it was sent"), gettext_lazy("Where nobody knows whether it was delivered.")
    )
    after_order = _days(gettext_lazy("Days after it was ordered"), gettext_lazy("Where nothing else is known."))
    quiet_days = _days(
        gettext_lazy("Days of quiet for each customer"),
        gettext_lazy("Nobody is asked after another purchase in these days."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("For those of whom no language is known."),
        choices=settings.LANGUAGES,
    )

    def plan(self) -> winback.AftercarePlan:
        """What was entered."""
        return winback.AftercarePlan(**self.cleaned_data)


class AftercareWordsForm(forms.Form):
    """The words in one language; both empty takes the shop's own back."""

    language = forms.ChoiceField(widget=forms.HiddenInput(), choices=settings.LANGUAGES)
    subject = forms.CharField(required=False, max_length=120, label=gettext_lazy("Subject"))
    body = forms.CharField(
        required=False, max_length=2_000, label=gettext_lazy("Words"), widget=forms.Textarea(attrs={"rows": 9})
    )


class _Where(forms.Form):
    where = forms.CharField(
        max_length=300,
        label=gettext_lazy("Where they agreed"),
        help_text=gettext_lazy("“A box at the checkout”, say. It is kept as the proof."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    on = forms.DateField(
        label=gettext_lazy("When they agreed"), initial=clock.now, widget=forms.DateInput(attrs={"type": "date"})
    )


class AgreedListForm(_Where):
    """A pasted list of addresses."""

    text = forms.CharField(
        max_length=500_000,
        label=gettext_lazy("Addresses"),
        help_text=gettext_lazy(
            "One a line; after it, if you like, the day (2026-03-31) and the language (en, de, fr or es), with commas"
            " between. 5,000 lines at most."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )


class AgreedOneForm(_Where):
    """One customer: what is known of their address, or what they said."""

    ACTS = (
        ("look", gettext_lazy("See what is known")),
        ("agreed", gettext_lazy("They agreed")),
        ("withdrawn", gettext_lazy("They don’t agree any more")),
        ("no_mail", gettext_lazy("They want no mail, ever")),
    )
    address = forms.EmailField(
        max_length=320, label=gettext_lazy("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    act = forms.ChoiceField(label=gettext_lazy("What"), choices=ACTS)
    field_order = ("address", "act", "where", "on")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        agreed = self.data.get("act") == "agreed"
        for name in ("where", "on"):
            self.fields[name].required = agreed
        self.fields["where"].help_text = _("If they agreed: “asked on the phone”, say. It is kept as the proof.")
