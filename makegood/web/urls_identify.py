"""Addresses of shops and payments."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import order_files, sources

urlpatterns = [
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.new, name="source-new"),
    path("sources/new/file/", order_files.new, name="order-file-new"),
    path("sources/new/<str:side>/<str:kind>/", sources.connect, name="source-connect"),
    path("sources/<int:pk>/", sources.detail, name="source-detail"),
    path("sources/<int:pk>/again/", sources.again, name="source-again"),
    path("sources/<int:pk>/pause/", sources.pause, name="source-pause"),
    path("sources/<int:pk>/resume/", sources.resume, name="source-resume"),
    path("sources/<int:pk>/remove/", sources.remove, name="source-remove"),
    path("sources/<int:pk>/subscribe/", sources.subscribe, name="source-subscribe"),
    path("sources/<int:pk>/columns/", order_files.columns, name="order-file-map"),
    path("sources/<int:pk>/preview/", order_files.preview, name="order-file-preview"),
    path("sources/<int:pk>/forget/", order_files.forget, name="order-file-forget"),
]
