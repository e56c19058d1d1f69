"""Addresses of snoozing, bulk actions, canned responses and macros."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import bulk, canned, macros, snooze

urlpatterns = [
    path("inbox/<int:pk>/snooze/", snooze.snooze, name="conversation-snooze"),
    path("inbox/<int:pk>/wake/", snooze.wake, name="conversation-wake"),
    path("inbox/<int:pk>/canned/", canned.choices, name="canned-choices"),
    path("inbox/<int:pk>/macros/", macros.choices, name="macro-choices"),
    path("inbox/<int:pk>/macros/<int:key>/", macros.run, name="macro-run"),
    path("inbox/many/", bulk.recent, name="bulk-list"),
    path("inbox/many/do/", bulk.do, name="bulk-do"),
    path("inbox/many/keys/", bulk.keys, name="bulk-keys"),
    path("inbox/many/choices/", bulk.choices, name="bulk-choices"),
    path("inbox/many/<int:pk>/undo/", bulk.undo, name="bulk-undo"),
    path("settings/canned/", canned.canned, name="canned"),
    path("settings/canned/new/", canned.new, name="canned-new"),
    path("settings/canned/preview/", canned.preview, name="canned-preview"),
    path("settings/canned/<int:pk>/", canned.edit, name="canned-edit"),
    path("settings/canned/<int:pk>/remove/", canned.remove, name="canned-remove"),
    path("settings/macros/", macros.macros, name="macros"),
    path("settings/macros/new/", macros.new, name="macro-new"),
    path("settings/macros/<int:pk>/", macros.edit, name="macro-edit"),
    path("settings/macros/<int:pk>/remove/", macros.remove, name="macro-remove"),
]
