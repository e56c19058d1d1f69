"""Addresses of corrections, of what counts as a complaint, of own topics, and of how well it reads."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import correcting, learning

urlpatterns = [
    path("inbox/<int:pk>/correct/", correcting.correct, name="desk-correct"),
    path("inbox/<int:pk>/correct/undo/", correcting.undo, name="desk-correct-undo"),
    path("settings/what-counts/", learning.what_counts, name="what-counts"),
    path("settings/what-counts/undo/", learning.undo_counts, name="what-counts-undo"),
    path("settings/topics/", learning.topics, name="topics"),
    path("settings/topics/add/", learning.add_topic, name="topic-add"),
    path("settings/topics/change/", learning.change_topic, name="topic-change"),
    path("settings/topics/<int:pk>/", learning.topic, name="topic"),
    path("settings/topics/<int:pk>/teach/", learning.example_add, name="topic-teach"),
    path("settings/topics/<int:pk>/forget/", learning.example_remove, name="topic-forget"),
    path("settings/how-well/", learning.how_well, name="how-well"),
    path("settings/how-well/retrain/", learning.retrain, name="retrain"),
    path("settings/how-well/back/", learning.retrain_back, name="retrain-back"),
]
