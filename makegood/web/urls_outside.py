"""Addresses of the outside model."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import outside

urlpatterns = [
    path("settings/outside-model/", outside.page, name="outside-model"),
    path("settings/outside-model/edit/", outside.edit, name="outside-model-edit"),
    path("settings/outside-model/labels/", outside.labels, name="outside-model-labels"),
    path("settings/outside-model/preview/", outside.preview, name="outside-model-preview"),
    path("settings/outside-model/try/", outside.try_out, name="outside-model-try"),
    path("settings/outside-model/switch/", outside.switch, name="outside-model-switch"),
    path("settings/outside-model/remove/", outside.remove, name="outside-model-remove"),
]
