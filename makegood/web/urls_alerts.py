"""Addresses of alerts and of the page that tells how Makegood is doing."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import alerts, health

urlpatterns = [
    path("health/", health.health, name="health"),
    path("settings/alerts/", alerts.overview, name="alerts"),
    path("settings/alerts/propose/", alerts.propose, name="alerts-propose"),
    path("settings/alerts/rules/new/", alerts.rule_new, name="alert-rule-new"),
    path("settings/alerts/rules/<int:pk>/", alerts.rule, name="alert-rule"),
    path("settings/alerts/rules/<int:pk>/switch/", alerts.switch, name="alert-rule-switch"),
    path("settings/alerts/rules/<int:pk>/remove/", alerts.remove_rule, name="alert-rule-remove"),
    path("settings/alerts/preview/<slug:trigger>/", alerts.preview, name="alert-preview"),
    path("settings/alerts/mail/new/", alerts.add_mail, name="alert-mail-new"),
    path("settings/alerts/services/new/", alerts.add_service, name="alert-service-new"),
    path("settings/alerts/places/<int:pk>/test/", alerts.test, name="alert-test"),
    path("settings/alerts/places/<int:pk>/state/", alerts.test_state, name="alert-test-state"),
    path("settings/alerts/places/<int:pk>/remove/", alerts.remove_destination, name="alert-place-remove"),
]
