"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path

from makegood.web import (
    urls_accounts,
    urls_alerts,
    urls_assessing,
    urls_cases,
    urls_clocks,
    urls_contacts,
    urls_identify,
    urls_learning,
    urls_listen,
    urls_outside,
    urls_reaching,
    urls_reply,
    urls_resolve,
    urls_resolve_desk,
    urls_routing,
    urls_together,
    urls_tone,
    urls_work,
)
from makegood.web.views import inbox, live, today, work

urlpatterns = [
    path("", today.today, name="today"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/list/", inbox.inbox_list, name="inbox-list"),
    path("inbox/<int:pk>/", inbox.conversation, name="conversation"),
    path("inbox/<int:pk>/assess/", work.assess, name="desk-assess"),
    path("inbox/<int:pk>/assign/", work.assign, name="desk-assign"),
    path("inbox/<int:pk>/close/", work.close, name="desk-close"),
    path("inbox/<int:pk>/reopen/", work.reopen, name="desk-reopen"),
    path("inbox/<int:pk>/note/", work.note, name="desk-note"),
    path("inbox/<int:pk>/label/", work.label, name="desk-label"),
    path("sample/add/", today.sample_add, name="sample-add"),
    path("sample/remove/", today.sample_remove, name="sample-remove"),
    path("live/", live.live, name="live"),
    *urls_accounts.urlpatterns,
    *urls_alerts.urlpatterns,
    *urls_assessing.urlpatterns,
    *urls_contacts.urlpatterns,
    *urls_identify.urlpatterns,
    *urls_learning.urlpatterns,
    *urls_listen.urlpatterns,
    *urls_outside.urlpatterns,
    *urls_reaching.urlpatterns,
    *urls_reply.urlpatterns,
    *urls_resolve_desk.urlpatterns,
    *urls_resolve.urlpatterns,
    *urls_routing.urlpatterns,
    *urls_cases.urlpatterns,
    *urls_clocks.urlpatterns,
    *urls_together.urlpatterns,
    *urls_tone.urlpatterns,
    *urls_work.urlpatterns,
]
