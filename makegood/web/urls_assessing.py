"""Addresses of the response assessment and of how far a thread travels."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import assessing, travel

urlpatterns = [
    path("inbox/<int:pk>/questions/", assessing.questions, name="assess-questions"),
    path("inbox/<int:pk>/questions/answer/", assessing.answer, name="assess-answer"),
    path("inbox/<int:pk>/questions/decide/", assessing.conclude, name="assess-conclude"),
    path("inbox/<int:pk>/travel/", travel.travel, name="travel"),
    path("assessments/", assessing.records, name="assessments"),
    path("assessments/<int:pk>/", assessing.record, name="assessment-record"),
    path("assessments/<int:pk>/print/", assessing.printed, name="assessment-print"),
]
