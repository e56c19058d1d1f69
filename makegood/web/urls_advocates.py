"""The addresses of advocates."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import advocates

urlpatterns = [
    path("praise/advocates/", advocates.advocates, name="advocates"),
    path("praise/advocates/<int:pk>/decide/", advocates.decide, name="advocate-decide"),
    path("praise/advocates/<int:pk>/thank/", advocates.thank, name="advocate-thank"),
]
