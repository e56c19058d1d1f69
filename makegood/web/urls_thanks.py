"""Addresses of thanks: kudos and points, rewards, and what managers look after."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import thanks, thanks_manage, thanks_rewards, thanks_side

urlpatterns = [
    path("thanks/", thanks.thanks, name="thanks"),
    path("thanks/give/", thanks.give, name="thanks-give"),
    path("thanks/points/", thanks.points, name="thanks-points"),
    path("thanks/board/", thanks.board, name="thanks-board"),
    path("thanks/rewards/", thanks_rewards.rewards_page, name="thanks-rewards"),
    path("thanks/rewards/<int:pk>/ask/", thanks_rewards.ask, name="reward-ask"),
    path("thanks/requests/<int:pk>/withdraw/", thanks_rewards.withdraw, name="reward-withdraw"),
    path("thanks/requests/<int:pk>/decide/", thanks_manage.decide, name="reward-decide"),
    path("thanks/manage/", thanks_manage.manage, name="thanks-manage"),
    path("thanks/manage/budget/", thanks_manage.budget, name="thanks-budget"),
    path("thanks/manage/catalogue/", thanks_manage.catalogue, name="thanks-catalogue"),
    path("thanks/manage/catalogue/<int:pk>/", thanks_manage.reward, name="reward-change"),
    path("thanks/manage/rules/", thanks_manage.rules, name="thanks-rules"),
    path("thanks/manage/people/<int:pk>/", thanks_manage.takes_part, name="thanks-takes-part"),
    path("inbox/<int:pk>/thanks/", thanks_side.side, name="thanks-side"),
    path("inbox/<int:pk>/thanks/form/", thanks_side.form, name="thanks-form"),
]
