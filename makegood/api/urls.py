"""The addresses that machines use."""

from __future__ import annotations

from django.urls import path

from makegood.api import hooks

urlpatterns = [
    path("hooks/<str:key>/", hooks.hook, name="hook"),
]
