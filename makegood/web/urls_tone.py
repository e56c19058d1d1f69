"""Addresses of the tone guard."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import tone

urlpatterns = [
    path("inbox/<int:pk>/tone/", tone.in_draft, name="tone-in-draft"),
    path("settings/tone/", tone.settings, name="tone"),
]
