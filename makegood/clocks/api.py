"""The front door of clocks: when the shop is open, what it owes by when, and what was promised."""

from __future__ import annotations

from makegood.clocks.books import books, hours_by_key, hours_of, rules_of
from makegood.clocks.flow import (
    ask_for_recount,
    delete_hours,
    delete_policy,
    forget_day,
    move_policy,
    save_hours,
    save_policy,
    set_day,
    set_holidays,
)
from makegood.clocks.hours import DAY, Hours, HoursError, Span, add, between, is_open, next_opening, stretches
from makegood.clocks.models import BusinessHours, Recount, SlaPolicy, SpecialDay
from makegood.clocks.presets import countries, country_of, holidays_of, regions
from makegood.clocks.promises import Promised, find_promises
from makegood.clocks.reading import (
    all_hours,
    all_policies,
    days_of,
    one_hours,
    one_policy,
    recount_done,
    recounts,
)
from makegood.clocks.rules import WARN_AT, Book, Policy, Subject, Terms, fits, promise_warn_at, terms_for, warn_at

__all__ = [
    "DAY",
    "WARN_AT",
    "Book",
    "BusinessHours",
    "Hours",
    "HoursError",
    "Policy",
    "Promised",
    "Recount",
    "SlaPolicy",
    "Span",
    "SpecialDay",
    "Subject",
    "Terms",
    "add",
    "all_hours",
    "all_policies",
    "ask_for_recount",
    "between",
    "books",
    "countries",
    "country_of",
    "days_of",
    "delete_hours",
    "delete_policy",
    "find_promises",
    "fits",
    "forget_day",
    "holidays_of",
    "hours_by_key",
    "hours_of",
    "is_open",
    "move_policy",
    "next_opening",
    "one_hours",
    "one_policy",
    "promise_warn_at",
    "recount_done",
    "recounts",
    "regions",
    "rules_of",
    "save_hours",
    "save_policy",
    "set_day",
    "set_holidays",
    "stretches",
    "terms_for",
    "warn_at",
]
