"""Addresses of what became of those who complained, and of the loyalty report."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import journeys, journeys_loyalty

urlpatterns = [
    path("winback/customers/", journeys.journeys, name="winback-journeys"),
    path("winback/customers/<int:pk>/", journeys.journey, name="journey"),
    path("winback/customers/<int:pk>/tell/", journeys.tell, name="journey-tell"),
    path("winback/customers/told/<int:pk>/withdraw/", journeys.withdraw, name="journey-withdraw"),
    path("winback/loyalty/", journeys_loyalty.loyalty, name="loyalty"),
    path("inbox/<int:pk>/journey/", journeys.side, name="journey-side"),
    path("cases/<int:pk>/journey/", journeys.in_case, name="journey-case"),
]
