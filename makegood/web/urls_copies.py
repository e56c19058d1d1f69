"""Addresses of the copies that were folded under something somebody said."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import copies

urlpatterns = [
    path("inbox/<int:pk>/copies/<int:mention>/", copies.copies, name="copies"),
    path("inbox/<int:pk>/copies/<int:mention>/own/", copies.take_out, name="copy-own"),
]
