"""What the shop says of its money: its currency, its margin, what money a year away is worth less."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from makegood.accounts.api import Right
from makegood.identify import api as identify
from makegood.web.permissions import needs, require
from makegood.web.request import MemberRequest

__all__ = ["money_settings"]


class MoneyForm(forms.Form):
    """The three things it says."""

    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        min_length=3,
        help_text=gettext_lazy("The one you sell in, such as EUR. Amounts in others are never converted."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    margin_percent = forms.IntegerField(
        label=gettext_lazy("Margin in percent"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "Of each sale, what is left after what it cost. Used where an order’s own cost isn’t known."
        ),
    )
    discount_percent = forms.IntegerField(
        label=gettext_lazy("Discount in percent a year"),
        min_value=0,
        max_value=50,
        help_text=gettext_lazy("What money a year away is worth less to you than money today. Ten is usual."),
    )


@require_http_methods(["GET", "POST"])
@needs(Right.READ)
def money_settings(request: MemberRequest) -> HttpResponse:
    """Everybody who sees figures sees what they were reckoned with; owners change it."""
    row = identify.money_of(request.workspace)
    now = {name: getattr(row, name) for name in MoneyForm.base_fields}
    form = MoneyForm(request.POST or None, initial=now)
    if request.method == "POST":
        require(request, Right.SETTINGS)
        if form.is_valid():
            try:
                identify.save_money(request.workspace, request.user, **form.cleaned_data)
            except identify.MoneyError as error:
                form.add_error(None, error.sentence)
            else:
                messages.success(request, _("Saved."))
                return redirect("money-settings")
    context = {"section": "settings", "form": form, "money": row}
    return render(request, "remedies/money_settings.html", context, status=422 if form.errors else 200)
