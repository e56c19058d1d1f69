"""The front door of winning customers back: follow-ups, what became of them, causes, messages after a purchase."""

from __future__ import annotations

from makegood.winback.aftercare.answering import AfterPage, AfterShut, AfterShutError, open_after, stop_mail, stop_page
from makegood.winback.aftercare.answering import answer as answer_after
from makegood.winback.aftercare.consents import (
    agreed_of,
    grant_list,
    grant_one,
    may_write,
    refuse_all_mail,
    wants_no_mail,
)
from makegood.winback.aftercare.consents import withdraw as withdraw_consent
from makegood.winback.aftercare.erasing import erase_customers, export_customers
from makegood.winback.aftercare.house import plan_of as aftercare_plan
from makegood.winback.aftercare.house import save_plan as save_aftercare_plan
from makegood.winback.aftercare.house import save_words as save_aftercare_words
from makegood.winback.aftercare.house import texts_of as aftercare_texts
from makegood.winback.aftercare.outbox import queue_age
from makegood.winback.aftercare.reading import (
    AftercareFigures,
    aftercare_counts,
    aftercare_figures,
    agreements,
    ready_mails,
    troubles,
    uncertain_mails,
)
from makegood.winback.aftercare.releasing import decide as decide_mail
from makegood.winback.aftercare.releasing import handle as handle_trouble
from makegood.winback.aftercare.releasing import let_one_be
from makegood.winback.aftercare.releasing import release as release_mails
from makegood.winback.aftercare.rules import AftercareError
from makegood.winback.aftercare.rules import Plan as AftercarePlan
from makegood.winback.aftercare.rules import read_answer as read_after
from makegood.winback.aftercare.step import look_after_purchases
from makegood.winback.causes.flow import Wish as CauseWish
from makegood.winback.causes.flow import accept as accept_complaints
from makegood.winback.causes.flow import begin as begin_cause
from makegood.winback.causes.flow import change as change_cause
from makegood.winback.causes.flow import decline as decline_cause
from makegood.winback.causes.flow import fix as fix_cause
from makegood.winback.causes.flow import merge as merge_causes
from makegood.winback.causes.flow import move as move_complaint
from makegood.winback.causes.flow import name as name_cause
from makegood.winback.causes.flow import open_again as open_cause_again
from makegood.winback.causes.flow import remove as remove_complaints
from makegood.winback.causes.flow import set_false_alarms
from makegood.winback.causes.reading import (
    VIEWS as CAUSE_VIEWS,
)
from makegood.winback.causes.reading import (
    CauseRow,
    Trend,
    cause_choices,
    causes_of,
    causes_page,
    complaint_in,
    cost_of_cause,
    count_to_tell,
    live_causes,
    members_page,
    one_cause,
    one_member,
    proposals,
    reason_words,
    trend_of,
)
from makegood.winback.causes.rules import PLACES as CAUSE_PLACES
from makegood.winback.causes.rules import CauseError, read_words
from makegood.winback.causes.step import look_after_causes
from makegood.winback.causes.telling import lay_ready
from makegood.winback.causes.watching import Watched, evidence_words, per_quarter_of, rises_open, watched
from makegood.winback.erasing import erase_threads, export_threads
from makegood.winback.following.answering import Asked, Shut, ShutError, give, is_own, open_page
from makegood.winback.following.asking import let_be, take
from makegood.winback.following.first_words import FIRST_WORDS
from makegood.winback.following.house import causes_to_time, plan_of, save_plan, save_words, texts_of
from makegood.winback.following.reading import (
    Card,
    Scores,
    answers_page,
    card_of,
    closing_words,
    count_ready,
    ready_page,
    satisfaction_of,
    scores,
)
from makegood.winback.following.rules import (
    FEWEST,
    LONGEST_COMMENT,
    MOST_DAYS,
    FollowUpError,
    Plan,
    days_for,
    read_answer,
    reopens,
)
from makegood.winback.following.step import follow_up
from makegood.winback.incentives.first_words import offer_words
from makegood.winback.incentives.flow import KINDS as OFFER_KINDS
from makegood.winback.incentives.flow import Moment, given_before, make_offer, moment_of, offer_of, refuse
from makegood.winback.incentives.rules import Ask as OfferAsk
from makegood.winback.incentives.rules import Rule as OfferRule
from makegood.winback.incentives.rules import breaches_in
from makegood.winback.journeys.comparing import LEAST as LEAST_TO_COMPARE
from makegood.winback.journeys.comparing import Comparison, Span, TooFew
from makegood.winback.journeys.flow import JourneyError, add_evidence, withdraw_evidence
from makegood.winback.journeys.loyalty import HORIZONS, Loyalty, loyalty_of
from makegood.winback.journeys.reading import (
    funnel,
    journey_by_key,
    journeys_page,
    journeys_with,
    moves_of,
    told_of,
)
from makegood.winback.journeys.step import follow_journeys
from makegood.winback.models import (
    AftercareAnswer,
    AftercareMessage,
    Cause,
    CauseMember,
    Complaint,
    FollowUp,
    FollowUpWords,
    Incentive,
    Journey,
    JourneyEvidence,
    JourneyMove,
    Rise,
    Satisfaction,
)

__all__ = [
    "CAUSE_PLACES",
    "CAUSE_VIEWS",
    "FEWEST",
    "FIRST_WORDS",
    "HORIZONS",
    "LEAST_TO_COMPARE",
    "LONGEST_COMMENT",
    "MOST_DAYS",
    "OFFER_KINDS",
    "AfterPage",
    "AfterShut",
    "AfterShutError",
    "AftercareAnswer",
    "AftercareError",
    "AftercareFigures",
    "AftercareMessage",
    "AftercarePlan",
    "Asked",
    "Card",
    "Cause",
    "CauseError",
    "CauseMember",
    "CauseRow",
    "CauseWish",
    "Comparison",
    "Complaint",
    "FollowUp",
    "FollowUpError",
    "FollowUpWords",
    "Incentive",
    "Journey",
    "JourneyError",
    "JourneyEvidence",
    "JourneyMove",
    "Loyalty",
    "Moment",
    "OfferAsk",
    "OfferRule",
    "Plan",
    "Rise",
    "Satisfaction",
    "Scores",
    "Shut",
    "ShutError",
    "Span",
    "TooFew",
    "Trend",
    "Watched",
    "accept_complaints",
    "add_evidence",
    "aftercare_counts",
    "aftercare_figures",
    "aftercare_plan",
    "aftercare_texts",
    "agreed_of",
    "agreements",
    "answer_after",
    "answers_page",
    "begin_cause",
    "breaches_in",
    "card_of",
    "cause_choices",
    "causes_of",
    "causes_page",
    "causes_to_time",
    "change_cause",
    "closing_words",
    "complaint_in",
    "cost_of_cause",
    "count_ready",
    "count_to_tell",
    "days_for",
    "decide_mail",
    "decline_cause",
    "erase_customers",
    "erase_threads",
    "evidence_words",
    "export_customers",
    "export_threads",
    "fix_cause",
    "follow_journeys",
    "follow_up",
    "funnel",
    "give",
    "given_before",
    "grant_list",
    "grant_one",
    "handle_trouble",
    "is_own",
    "journey_by_key",
    "journeys_page",
    "journeys_with",
    "lay_ready",
    "let_be",
    "let_one_be",
    "live_causes",
    "look_after_causes",
    "look_after_purchases",
    "loyalty_of",
    "make_offer",
    "may_write",
    "members_page",
    "merge_causes",
    "moment_of",
    "move_complaint",
    "moves_of",
    "name_cause",
    "offer_of",
    "offer_words",
    "one_cause",
    "one_member",
    "open_after",
    "open_cause_again",
    "open_page",
    "per_quarter_of",
    "plan_of",
    "proposals",
    "queue_age",
    "read_after",
    "read_answer",
    "read_words",
    "ready_mails",
    "ready_page",
    "reason_words",
    "refuse",
    "refuse_all_mail",
    "release_mails",
    "remove_complaints",
    "reopens",
    "rises_open",
    "satisfaction_of",
    "save_aftercare_plan",
    "save_aftercare_words",
    "save_plan",
    "save_words",
    "scores",
    "set_false_alarms",
    "stop_mail",
    "stop_page",
    "take",
    "texts_of",
    "told_of",
    "trend_of",
    "troubles",
    "uncertain_mails",
    "wants_no_mail",
    "watched",
    "withdraw_consent",
    "withdraw_evidence",
]
