"""Addresses of the first run, sign-in, people and settings."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from makegood.web.views import people, settings, start

urlpatterns = [
    path("start/", start.start, name="start"),
    path("invitation/<str:secret>/", people.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="people-invite"),
    path("people/<int:pk>/role/", people.change_role, name="people-role"),
    path("people/<int:pk>/remove/", people.remove, name="people-remove"),
    path("people/invitations/<int:pk>/revoke/", people.revoke, name="people-revoke"),
    path("workspace/switch/", people.switch, name="workspace-switch"),
    path("settings/", settings.settings, name="settings"),
    path("settings/profile/", settings.profile, name="settings-profile"),
    path("settings/journal/", settings.journal, name="settings-journal"),
    # A changed address would have to be proved by mail, which not every Makegood can send.
    path("account/email/", RedirectView.as_view(pattern_name="mfa_index"), name="account_email"),
    path("account/security/", include("allauth.mfa.urls")),
    path("account/", include("allauth.account.urls")),
]
