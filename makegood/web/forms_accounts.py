"""The forms of the first run, invitations, people and settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from makegood.accounts.api import Role, User, mail_works, may_give, timezones
from makegood.web.spans import SpanField

__all__ = ["InviteForm", "JoinForm", "ProfileForm", "StartForm", "WorkspaceForm"]


class JoinForm(forms.Form):
    """A new person: name, e-mail, password."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least 10 characters. A few unrelated words are easy to remember and hard to guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 10}),
    )

    def clean(self) -> dict[str, Any] | None:
        """Adds what is wrong with the password to its field."""
        data = super().clean() or {}
        if "password" in data:
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                validate_password(data["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class StartForm(JoinForm):
    """The first run: the shop as well."""

    shop = forms.CharField(
        label=_("Name of your shop"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    field_order = ("shop", "name", "email", "password")


class InviteForm(forms.Form):
    """Whom to invite as what. Offers only the roles that the one who invites may give."""

    role = forms.ChoiceField(label=_("Role"))
    email = forms.EmailField(
        label=_("For whom"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, own_role: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, role.label) for role in Role if may_give(own_role, role)]
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.initial = Role.AGENT
        self.fields["email"].help_text = (
            _("An e-mail address: the link is sent there. Leave it empty to hand the link over yourself.")
            if mail_works()
            else _("An e-mail address, so that you remember whose link it is. No mail is sent.")
        )


class WorkspaceForm(forms.Form):
    """The workspace's settings; targets are kept in minutes."""

    name = forms.CharField(label=_("Name"), max_length=120)
    brand = forms.CharField(
        label=_("Brand"),
        max_length=120,
        required=False,
        help_text=_("What people call you when they talk about you."),
    )
    timezone = forms.ChoiceField(label=_("Time zone"))
    answer_now = SpanField(label=_("When it is urgent"), help_text=_("From the customer’s post, such as 1 h."))
    answer_today = SpanField(label=_("When it should be today"), help_text=_("Such as 4 h."))
    answer_whenever = SpanField(label=_("When it can wait"), help_text=_("Such as 1 d."))
    undo_seconds = forms.IntegerField(
        label=_("Seconds to undo a reply"),
        min_value=0,
        max_value=120,
        help_text=_("A reply waits this long before it leaves, so that you can take it back."),
    )
    outcome_days = forms.IntegerField(
        label=_("Days to say whether it is right now"),
        min_value=1,
        max_value=60,
        help_text=_("Who was asked and has not answered by then comes back under “Closing line due”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["timezone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.replace("_", " ")) for name in timezones()]


class ProfileForm(forms.Form):
    """How a person is called, and their language."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The workspace's form on the same page has a name as well.
        super().__init__(*args, **{"auto_id": "profile_%s"} | kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("As my browser asks")), *settings.LANGUAGES]
