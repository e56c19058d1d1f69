"""The front door of thanking the team: kudos, points, the catalogue and its ledger."""

from __future__ import annotations

from makegood.rewards.erasing import erase_threads, export_threads
from makegood.rewards.evidence import give_points
from makegood.rewards.giving import give_kudos, left_today
from makegood.rewards.ledger import balance_of
from makegood.rewards.models import Kudos, PointLine, Reward, RewardRequest, ThanksSettings
from makegood.rewards.people import (
    Seat,
    let_take_part,
    save_rules,
    seat_of,
    seats,
    set_budget,
    settings_of,
    show_on_board,
)
from makegood.rewards.reading import (
    KudosRow,
    Line,
    Standing,
    board,
    catalogue,
    colleagues,
    feed,
    kudos_about,
    points_page,
    requests_of,
    requests_page,
    reward,
)
from makegood.rewards.rules import (
    DEFAULTS,
    LONGEST_REASON,
    MOST_KUDOS,
    MOST_POINTS,
    MOST_PRICE,
    RewardError,
    day_end,
    points_for,
)
from makegood.rewards.spending import (
    Budget,
    ask_for,
    budget_now,
    decline_request,
    fulfil,
    save_reward,
    withdraw_request,
)
from makegood.rewards.wording import weighed_words

__all__ = [
    "DEFAULTS",
    "LONGEST_REASON",
    "MOST_KUDOS",
    "MOST_POINTS",
    "MOST_PRICE",
    "Budget",
    "Kudos",
    "KudosRow",
    "Line",
    "PointLine",
    "Reward",
    "RewardError",
    "RewardRequest",
    "Seat",
    "Standing",
    "ThanksSettings",
    "ask_for",
    "balance_of",
    "board",
    "budget_now",
    "catalogue",
    "colleagues",
    "day_end",
    "decline_request",
    "erase_threads",
    "export_threads",
    "feed",
    "fulfil",
    "give_kudos",
    "give_points",
    "kudos_about",
    "left_today",
    "let_take_part",
    "points_for",
    "points_page",
    "requests_of",
    "requests_page",
    "reward",
    "save_reward",
    "save_rules",
    "seat_of",
    "seats",
    "set_budget",
    "settings_of",
    "show_on_board",
    "weighed_words",
    "withdraw_request",
]
