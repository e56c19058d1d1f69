"""Addresses of orders and remedies beside a thread."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import making_good, money_settings, order_side

urlpatterns = [
    path("inbox/<int:pk>/orders/", order_side.order_side, name="order-side"),
    path("inbox/<int:pk>/orders/find/", order_side.order_find, name="order-find"),
    path("inbox/<int:pk>/orders/link/", order_side.order_link, name="order-link"),
    path("inbox/<int:pk>/orders/unlink/", order_side.order_unlink, name="order-unlink"),
    path("inbox/<int:pk>/orders/<int:order>/policy/", order_side.order_policy, name="order-policy"),
    path("inbox/<int:pk>/good/", making_good.remedy_side, name="remedy-side"),
    path("inbox/<int:pk>/good/wish/", making_good.wish, name="remedy-wish"),
    path("inbox/<int:pk>/good/outcome/", making_good.keep_outcome, name="outcome-keep"),
    path("inbox/<int:pk>/good/outcome/ask/", making_good.ask_outcome, name="outcome-ask"),
    path("inbox/<int:pk>/good/<slug:kind>/", making_good.remedy_form, name="remedy-form"),
    path("inbox/<int:pk>/good/<slug:kind>/judge/", making_good.remedy_judge, name="remedy-judge"),
    path("remedies/<int:pk>/tell/", making_good.tell, name="remedy-tell"),
    path("remedies/<int:pk>/calendar.ics", making_good.calendar, name="remedy-calendar"),
    path("remedies/<int:pk>/<slug:act>/", making_good.do, name="remedy-do"),
    path("settings/money/", money_settings.money_settings, name="money-settings"),
]
