"""Addresses of queries, channels, imports and the first queries of a shop."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import brand, channels, connecting, imports, queries

urlpatterns = [
    path("start/brand/", brand.start_brand, name="start-brand"),
    path("queries/", queries.queries, name="queries"),
    path("queries/new/", queries.new, name="query-new"),
    path("queries/try/", queries.try_out, name="query-try"),
    path("queries/estimate/", queries.estimate, name="query-estimate"),
    path("queries/<int:pk>/", queries.edit, name="query-edit"),
    path("queries/<int:pk>/switch/", queries.switch, name="query-switch"),
    path("queries/<int:pk>/delete/", queries.delete, name="query-delete"),
    path("channels/", channels.channels, name="channels"),
    path("channels/new/", channels.new, name="channel-new"),
    path("channels/new/public/", channels.listen_publicly, name="channel-public"),
    path("channels/new/<str:network>/", channels.connect, name="channel-connect"),
    path("channels/new/<str:network>/back/", connecting.back, name="channel-back"),
    path("channels/<int:pk>/", channels.detail, name="channel-detail"),
    path("channels/<int:pk>/pause/", channels.pause, name="channel-pause"),
    path("channels/<int:pk>/resume/", channels.resume, name="channel-resume"),
    path("channels/<int:pk>/remove/", channels.remove, name="channel-remove"),
    path("channels/<int:pk>/take-all/", channels.take_all, name="channel-take-all"),
    path("imports/new/", imports.new, name="import-new"),
    path("imports/<int:pk>/", imports.detail, name="import-detail"),
    path("imports/<int:pk>/columns/", imports.columns, name="import-map"),
    path("imports/<int:pk>/preview/", imports.preview, name="import-preview"),
    path("imports/<int:pk>/cancel/", imports.cancel, name="import-cancel"),
]
