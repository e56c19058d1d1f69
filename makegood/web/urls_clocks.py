"""Addresses of business hours, policies and promises."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import hours, policies, promises

urlpatterns = [
    path("settings/hours/", hours.hours, name="hours"),
    path("settings/hours/new/", hours.new, name="hours-new"),
    path("settings/hours/regions/", hours.regions, name="hours-regions"),
    path("settings/hours/<int:pk>/", hours.edit, name="hours-edit"),
    path("settings/hours/<int:pk>/delete/", hours.delete, name="hours-delete"),
    path("settings/hours/<int:pk>/holidays/", hours.holidays, name="hours-holidays"),
    path("settings/hours/<int:pk>/day/", hours.day, name="hours-day"),
    path("settings/hours/<int:pk>/day/<int:day>/forget/", hours.forget_day, name="hours-forget-day"),
    path("settings/policies/", policies.policies, name="policies"),
    path("settings/policies/new/", policies.new, name="policy-new"),
    path("settings/policies/preview/", policies.preview, name="policy-preview"),
    path("settings/policies/<int:pk>/", policies.edit, name="policy-edit"),
    path("settings/policies/<int:pk>/delete/", policies.delete, name="policy-delete"),
    path("settings/policies/<int:pk>/move/", policies.move, name="policy-move"),
    path("inbox/<int:pk>/promise/find/", promises.find_in_draft, name="promise-find"),
    path("inbox/<int:pk>/promise/add/", promises.add, name="promise-add"),
    path("inbox/<int:pk>/promise/<int:promise>/keep/", promises.keep, name="promise-keep"),
    path("inbox/<int:pk>/promise/<int:promise>/move/", promises.move, name="promise-move"),
    path("inbox/<int:pk>/promise/<int:promise>/withdraw/", promises.withdraw, name="promise-withdraw"),
]
