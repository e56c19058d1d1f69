"""The addresses of the wall."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import wall, wall_public

urlpatterns = [
    path("praise/wall/", wall.wall, name="wall"),
    path("praise/wall/<int:pk>/show/", wall.show, name="wall-show"),
    path("praise/wall/<int:pk>/hide/", wall.hide, name="wall-hide"),
    path("praise/wall/<int:pk>/move/", wall.move, name="wall-move"),
    path("wall/<str:slug>/", wall_public.page, name="wall-public"),
    path("wall/<str:slug>/snippet/", wall_public.snippet, name="wall-snippet"),
    path("wall/<str:slug>/data/", wall_public.data, name="wall-data"),
]
