"""Addresses of cases."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import case_work, cases

urlpatterns = [
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", case_work.new, name="case-new"),
    path("cases/choose/", cases.choose_case, name="case-choose"),
    path("cases/join/", case_work.join, name="case-join"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/edit/", case_work.edit, name="case-edit"),
    path("cases/<int:pk>/end/", case_work.end, name="case-end"),
    path("cases/<int:pk>/reopen/", case_work.reopen, name="case-reopen"),
    path("cases/<int:pk>/find/", cases.case_find, name="case-find"),
    path("cases/<int:pk>/add/", case_work.add, name="case-add"),
    path("cases/<int:pk>/take-out/", case_work.take_out, name="case-take-out"),
    path("cases/<int:pk>/merge/", case_work.merge, name="case-merge"),
    path("cases/<int:pk>/undo-merge/", case_work.undo_merge, name="case-undo-merge"),
    path("cases/<int:pk>/split/", case_work.split, name="case-split"),
    path("cases/suggestions/<int:pk>/take/", case_work.take, name="case-suggestion-take"),
    path("cases/suggestions/<int:pk>/decline/", case_work.decline, name="case-suggestion-decline"),
    path("inbox/<int:pk>/case/", cases.case_side, name="case-side"),
]
