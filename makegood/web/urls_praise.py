"""The addresses of praise: the queue, permission, and what was shared."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import praise, praise_sharing

urlpatterns = [
    path("praise/", praise.praise, name="praise"),
    path("praise/settings/", praise_sharing.settings, name="praise-settings"),
    path("praise/shares/", praise_sharing.shares, name="shares"),
    path("praise/shares/<int:pk>/", praise_sharing.change, name="share-change"),
    path("praise/shares/<int:pk>/picture/", praise_sharing.shared_picture, name="share-picture"),
    path("praise/<int:pk>/", praise.one, name="praise-one"),
    path("praise/<int:pk>/thank/", praise.thank, name="praise-thank"),
    path("praise/<int:pk>/ask/", praise.ask, name="praise-ask"),
    path("praise/<int:pk>/stand/", praise.stand, name="praise-stand"),
    path("praise/<int:pk>/grant/", praise.grant, name="praise-grant"),
    path("praise/<int:pk>/share/", praise_sharing.share, name="praise-share"),
    path("praise/<int:pk>/picture/", praise_sharing.preview, name="praise-picture"),
    path("praise/asks/<int:pk>/", praise.answer, name="praise-answer"),
    path("praise/permissions/<int:pk>/", praise.permission, name="praise-permission"),
    path("inbox/<int:pk>/praise/", praise.side, name="praise-side"),
]
