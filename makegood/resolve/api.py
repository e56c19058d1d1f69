"""Making good: the front door."""

from __future__ import annotations

from makegood.resolve.asking import ask, judge, tell_deciders, who_is_asked
from makegood.resolve.authority import limits_of, remove_limit, set_limit
from makegood.resolve.costs import chosen_lines, cost_of
from makegood.resolve.deciders import Seat, delegates_of, end_delegate, places_taken, set_delegate
from makegood.resolve.deciding import (
    approve,
    counter,
    decline,
    escalate_due,
    leave_counter,
    may_decide_on,
    take_counter,
    withdraw,
)
from makegood.resolve.doing import do_due, done, take_back, try_anew
from makegood.resolve.doing import queue_age as remedies_age
from makegood.resolve.erasing import erase_threads, export_threads, under_way
from makegood.resolve.house import OUTCOME, PLACES, policies, reasons, save_policy, save_reason, save_words, words_for
from makegood.resolve.ledger import Page as LedgerPage
from makegood.resolve.ledger import Total as LedgerTotal
from makegood.resolve.ledger import cost_in, costs_by_thread, entries_page, totals
from makegood.resolve.links import LinkError, decide_by_link, make_link, open_link
from makegood.resolve.made_right import Asking, asking_of, done_in, keep_answer, take_question
from makegood.resolve.meetings import agree, calendar_file, spans
from makegood.resolve.models import (
    ApprovalRequest,
    Delegate,
    Limit,
    Outcome,
    ReasonCode,
    Refund,
    Remedy,
    RemedyTemplate,
    ReturnCase,
    ReturnPolicy,
)
from makegood.resolve.paying import pay_due
from makegood.resolve.policies import PolicyVerdict, policy_says
from makegood.resolve.refunds import (
    RefundError,
    begin_refund,
    refund_of,
    reverse_refund,
    room,
    try_again,
    way_of,
    why_not,
)
from makegood.resolve.returns import AHEAD as RETURN_AHEAD
from makegood.resolve.returns import mark
from makegood.resolve.rules import (
    Ceiling,
    Judgement,
    Over,
    ResolveError,
    Wanted,
    amount_words,
    counted,
    may_ask,
    may_decide,
    within_words,
)
from makegood.resolve.sample import forget_sample
from makegood.resolve.saying import answers_since, made_of, told
from makegood.resolve.settling import pay_all_the_same, settle, settle_unknown
from makegood.resolve.showing import RemedyView, given_at_cost, remedies_of, view_of
from makegood.resolve.story import Facts, Figure, Story, Worth, story, story_of
from makegood.resolve.waiting import Listed, asked_page, count_waiting, waiting_page
from makegood.resolve.watching import queue_age, stuck_refunds
from makegood.resolve.wishing import keep_wish, wish_of
from makegood.resolve.wording import fill_words, in_public, ready_words, to_tell

__all__ = [
    "OUTCOME",
    "PLACES",
    "RETURN_AHEAD",
    "ApprovalRequest",
    "Asking",
    "Ceiling",
    "Delegate",
    "Facts",
    "Figure",
    "Judgement",
    "LedgerPage",
    "LedgerTotal",
    "Limit",
    "LinkError",
    "Listed",
    "Outcome",
    "Over",
    "PolicyVerdict",
    "ReasonCode",
    "Refund",
    "RefundError",
    "Remedy",
    "RemedyTemplate",
    "RemedyView",
    "ResolveError",
    "ReturnCase",
    "ReturnPolicy",
    "Seat",
    "Story",
    "Wanted",
    "Worth",
    "agree",
    "amount_words",
    "answers_since",
    "approve",
    "ask",
    "asked_page",
    "asking_of",
    "begin_refund",
    "calendar_file",
    "chosen_lines",
    "cost_in",
    "cost_of",
    "costs_by_thread",
    "count_waiting",
    "counted",
    "counter",
    "decide_by_link",
    "decline",
    "delegates_of",
    "do_due",
    "done",
    "done_in",
    "end_delegate",
    "entries_page",
    "erase_threads",
    "escalate_due",
    "export_threads",
    "fill_words",
    "forget_sample",
    "given_at_cost",
    "in_public",
    "judge",
    "keep_answer",
    "keep_wish",
    "leave_counter",
    "limits_of",
    "made_of",
    "make_link",
    "mark",
    "may_ask",
    "may_decide",
    "may_decide_on",
    "open_link",
    "pay_all_the_same",
    "pay_due",
    "places_taken",
    "policies",
    "policy_says",
    "queue_age",
    "ready_words",
    "reasons",
    "refund_of",
    "remedies_age",
    "remedies_of",
    "remove_limit",
    "reverse_refund",
    "room",
    "save_policy",
    "save_reason",
    "save_words",
    "set_delegate",
    "set_limit",
    "settle",
    "settle_unknown",
    "spans",
    "story",
    "story_of",
    "stuck_refunds",
    "take_back",
    "take_counter",
    "take_question",
    "tell_deciders",
    "to_tell",
    "told",
    "totals",
    "try_again",
    "try_anew",
    "under_way",
    "view_of",
    "waiting_page",
    "way_of",
    "who_is_asked",
    "why_not",
    "wish_of",
    "withdraw",
    "within_words",
    "words_for",
]
