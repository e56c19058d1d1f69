"""Addresses of deciding, the ledger, returns, and the settings of making good."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import away, deciding, ledger, resolve_settings, returns

urlpatterns = [
    path("decide/", deciding.decide, name="decide"),
    path("decide/count/", deciding.count, name="decide-count"),
    path("decide/<int:pk>/", deciding.one, name="decide-one"),
    path("d/<str:secret>/", deciding.by_link, name="decide-by-link"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/csv/", ledger.download, name="ledger-csv"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<int:pk>/", returns.one, name="return-one"),
    path("settings/authority/", resolve_settings.authority, name="authority"),
    path("settings/reasons/", resolve_settings.reasons, name="reasons"),
    path("settings/reasons/<int:pk>/", resolve_settings.reason, name="reason-change"),
    path("settings/returns/", resolve_settings.return_policies, name="return-policies"),
    path("settings/returns/new/", resolve_settings.return_policy, name="return-policy-new"),
    path("settings/returns/<int:pk>/", resolve_settings.return_policy, name="return-policy"),
    path("settings/returns/<int:pk>/move/", resolve_settings.move_return_policy, name="return-policy-move"),
    path("settings/remedy-words/", resolve_settings.words, name="remedy-words"),
    path("settings/remedy-words/preview/", resolve_settings.words_preview, name="remedy-words-preview"),
    path("settings/away/", away.away, name="away"),
    path("settings/away/<int:pk>/end/", away.away_end, name="away-end"),
]
