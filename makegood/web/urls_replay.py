"""Addresses of kept posts, and of queries that look back through them."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import replay

urlpatterns = [
    path("settings/kept-posts/", replay.page, name="kept-posts"),
    path("settings/kept-posts/switch/", replay.switch, name="kept-posts-switch"),
    path("queries/<int:pk>/history/", replay.history, name="query-history"),
    path("queries/<int:pk>/history/look/", replay.look, name="query-history-look"),
    path("queries/<int:pk>/history/stop/", replay.stop, name="query-history-stop"),
]
