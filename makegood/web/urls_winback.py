"""Addresses of winning back: asking again, and the page where a customer answers."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import winback, winback_said, winback_settings, winback_side

urlpatterns = [
    path("winback/", winback.winback_page, name="winback"),
    path("winback/settings/", winback_settings.followup_settings, name="followup-settings"),
    path("winback/words/", winback_settings.followup_words, name="followup-words"),
    path("inbox/<int:pk>/followup/", winback_side.followup_side, name="followup-side"),
    path("inbox/<int:pk>/followup/take/", winback_side.followup_take, name="followup-take"),
    path("inbox/<int:pk>/followup/let-be/", winback_side.followup_let_be, name="followup-let-be"),
    path("inbox/<int:pk>/followup/closing/", winback_side.followup_closing, name="followup-closing"),
    path("said/<str:secret>/", winback_said.said, name="said"),
]
