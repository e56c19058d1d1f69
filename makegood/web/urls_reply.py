"""Addresses of answering and approving."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import approvals, media, reply

urlpatterns = [
    path("inbox/<int:pk>/draft/", reply.draft, name="reply-draft"),
    path("inbox/<int:pk>/options/", reply.options, name="reply-options"),
    path("inbox/<int:pk>/send/", reply.send, name="reply-send"),
    path("inbox/<int:pk>/propose/", reply.propose, name="reply-propose"),
    path("inbox/<int:pk>/pictures/", media.add, name="media-add"),
    path("replies/<int:pk>/undo/", reply.undo, name="reply-undo"),
    path("replies/<int:pk>/replan/", reply.replan, name="reply-replan"),
    path("replies/<int:pk>/retry/", reply.retry, name="reply-retry"),
    path("replies/<int:pk>/discard/", reply.discard, name="reply-discard"),
    path("replies/<int:pk>/approve/", approvals.approve, name="reply-approve"),
    path("replies/<int:pk>/decline/", approvals.decline, name="reply-decline"),
    path("pictures/<int:pk>/", media.show, name="media-show"),
    path("pictures/<int:pk>/remove/", media.remove, name="media-remove"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/count/", approvals.count, name="approvals-count"),
]
