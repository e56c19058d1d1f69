"""Addresses of the rules that give work, and of what members take."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import routing

urlpatterns = [
    path("settings/routing/", routing.overview, name="routing"),
    path("settings/routing/try/", routing.try_out, name="routing-try"),
    path("settings/routing/rules/new/", routing.rule_new, name="routing-rule-new"),
    path("settings/routing/rules/<int:pk>/", routing.rule, name="routing-rule"),
    path("settings/routing/rules/<int:pk>/test/", routing.test, name="routing-test"),
    path("settings/routing/rules/<int:pk>/switch/", routing.switch, name="routing-switch"),
    path("settings/routing/rules/<int:pk>/move/", routing.move, name="routing-move"),
    path("settings/routing/rules/<int:pk>/remove/", routing.remove, name="routing-remove"),
    path("settings/routing/members/<int:pk>/", routing.member, name="routing-member"),
]
