"""The forms of cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from makegood.accounts.api import User

__all__ = ["CaseForm", "EndForm"]


class CaseForm(forms.Form):
    """What a case is about, and who looks after it."""

    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_("A few words by which your team knows the problem."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    problem = forms.CharField(
        label=_("Problem"),
        required=False,
        max_length=5000,
        help_text=_("What went wrong, and what would put it right."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    owner = forms.ChoiceField(label=_("Who looks after it"), required=False)

    def __init__(self, people: Sequence[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Nobody yet")), *((key, str(person)) for key, person in self.people.items())]

    def chosen_owner(self) -> User | None:
        """The member who was chosen, None for nobody."""
        return self.people.get(self.cleaned_data["owner"])


class EndForm(forms.Form):
    """How a case ended."""

    how = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[("solved", _("Solved")), ("unsolved", _("Ended without a solution"))],
        widget=forms.RadioSelect,
        initial="solved",
        error_messages={"required": _("Say whether it is solved.")},
    )
    outcome = forms.CharField(
        label=_("Outcome"),
        max_length=5000,
        help_text=_("One sentence helps whoever meets this problem next."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say how it ended: one sentence helps whoever meets this problem next.")},
    )
    close_all = forms.BooleanField(
        label=_("Close its conversations as well"),
        required=False,
        initial=True,
        help_text=_("Otherwise each stays where it is, with its clock."),
    )
