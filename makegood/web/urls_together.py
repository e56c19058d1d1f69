"""Addresses of presence, sharing, notices and teams."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import teams, together

urlpatterns = [
    path("inbox/<int:pk>/presence/", together.presence, name="presence"),
    path("inbox/<int:pk>/names/", together.names, name="note-names"),
    path("inbox/<int:pk>/share/", together.share, name="conversation-share"),
    path("inbox/<int:pk>/unshare/", together.unshare, name="conversation-unshare"),
    path("notices/", together.notices, name="notices"),
    path("notices/bell/", together.bell, name="notices-bell"),
    path("notices/read/", together.read, name="notices-read"),
    path("people/<int:pk>/learning/", teams.learning, name="people-learning"),
    path("people/teams/new/", teams.create, name="team-new"),
    path("people/teams/<int:pk>/", teams.change, name="team-change"),
    path("people/teams/<int:pk>/remove/", teams.remove, name="team-remove"),
]
