"""Every address of the product."""

from __future__ import annotations

from django.urls import include, path

from makegood.site.health import healthz
from makegood.site.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("", include("makegood.api.urls")),
    path("", include("makegood.web.urls")),
]
