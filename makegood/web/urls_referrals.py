"""The addresses of customers' links."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import referrals, referrals_public

urlpatterns = [
    path("praise/referrals/", referrals.referrals, name="referrals"),
    path("praise/referrals/<int:pk>/", referrals.link, name="referral"),
    # Short, as people type it: without a slash at the end.
    path("r/<str:code>", referrals_public.follow, name="short-link"),
]
