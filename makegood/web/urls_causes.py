"""Addresses of causes, and of rises in how many complain."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import causes, causes_doing, causes_side

urlpatterns = [
    path("winback/causes/", causes.causes, name="causes"),
    path("winback/causes/new/", causes_doing.cause_new, name="cause-new"),
    path("winback/causes/rises/", causes.rises, name="rises"),
    path("winback/causes/<int:pk>/", causes.cause, name="cause"),
    path("winback/causes/<int:pk>/edit/", causes_doing.cause_edit, name="cause-edit"),
    path("winback/causes/<int:pk>/decline/", causes_doing.cause_decline, name="cause-decline"),
    path("winback/causes/<int:pk>/complaints/", causes_doing.cause_complaints, name="cause-complaints"),
    path("winback/causes/<int:pk>/merge/", causes_doing.cause_merge, name="cause-merge"),
    path("winback/causes/<int:pk>/fix/", causes_doing.cause_fix, name="cause-fix"),
    path("winback/causes/<int:pk>/open/", causes_doing.cause_open, name="cause-open"),
    path("winback/causes/tell/<int:pk>/", causes_doing.cause_write, name="cause-write"),
    path("inbox/<int:pk>/cause/", causes_side.cause_side, name="cause-side"),
    path("inbox/<int:pk>/cause/put/", causes_side.cause_put, name="cause-put"),
]
