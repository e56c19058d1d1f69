"""Addresses of how Makegood reaches a member."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import reaching

urlpatterns = [
    path("settings/reach/", reaching.overview, name="reach"),
    path("settings/reach/mail/", reaching.mail, name="reach-mail"),
    path("settings/reach/services/new/", reaching.add_service, name="reach-service-new"),
    path("settings/reach/browsers/new/", reaching.add_browser, name="reach-browser-new"),
    path("settings/reach/<int:pk>/test/", reaching.test, name="reach-test"),
    path("settings/reach/<int:pk>/state/", reaching.state, name="reach-state"),
    path("settings/reach/<int:pk>/remove/", reaching.remove, name="reach-remove"),
    path("push-worker.js", reaching.worker, name="push-worker"),
]
