"""Every address of the product."""

from __future__ import annotations

from django.urls import include, path

from makegood.site.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("makegood.web.urls")),
]
