"""What a member can add to a customer's way."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.winback.api import JourneyEvidence

__all__ = ["EvidenceForm"]


class EvidenceForm(forms.Form):
    """What they know of somebody from elsewhere, and how."""

    kind = forms.ChoiceField(label=_("What you know"), choices=JourneyEvidence.Kind.choices)
    on = forms.DateField(label=_("When it was"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(
        label=_("How you know"),
        max_length=300,
        help_text=_("“She told us on the phone”, say. Your colleagues read it; nobody else does."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
