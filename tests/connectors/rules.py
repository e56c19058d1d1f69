"""The rules of the standard: each a name, what it needs of a connector, and what is done and must come of it."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.connectors.contract import Verdict
from tests import faults
from tests.connectors.bearing import (
    PATIENCE,
    Check,
    bears,
    bears_a_clock_that_is_wrong,
    bears_a_lost_sign_in,
    bears_a_server_that_is_down,
    bears_half_a_body,
    bears_trouble_in_the_middle,
    reads_a_huge_page,
    sends_once,
)
from tests.connectors.doing import (
    connects,
    finds_what_it_sent,
    follows_a_deletion,
    follows_an_edit,
    pages,
    reads_on,
    refuses_a_wrong_form,
    refuses_what_cannot_be_answered,
    refuses_what_is_too_long,
    replies,
    says_nothing_twice,
)
from tests.connectors.sharing import (
    finds_a_post_of_its_own,
    finds_what_it_shared,
    posts_of_its_own,
    refuses_to_share_what_is_gone,
    shares,
    shares_once,
    takes_a_post_down,
    takes_a_share_back,
    takes_it_back_in_spite_of,
)

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True)
class Rule:
    """One rule of the standard."""

    name: str
    needs: tuple[str, ...]
    check: Check


READ = ("read",)
WRITE = ("read", "reply", "find")
SIGNED = (*WRITE, "account")
SHARE = ("read", "share")
POST = ("post", "find")
AFTER = {"retry_after": "30"}
RULES: tuple[Rule, ...] = (
    Rule("connect", ("sign in",), connects),
    Rule("connect: refuse", ("sign in",), refuses_a_wrong_form),
    Rule("read on", READ, reads_on),
    Rule("page", READ, pages),
    Rule("dedupe", READ, says_nothing_twice),
    Rule("edit", ("read", "edits"), follows_an_edit),
    Rule("delete", ("read", "look"), follows_a_deletion),
    Rule("reply", ("read", "reply"), replies),
    Rule("reply: find", WRITE, finds_what_it_sent),
    Rule("reply: refuse, gone", ("read", "reply"), refuses_what_cannot_be_answered),
    Rule("reply: refuse, too long", ("read", "reply"), refuses_what_is_too_long),
    Rule("401, connect again", ("read", "account"), bears_a_lost_sign_in),
    Rule("403", READ, bears(lambda: faults.answer(403), Verdict.REFUSE, Verdict.RETRY, Verdict.WAIT)),
    Rule("404", READ, bears(lambda: faults.answer(404), Verdict.REFUSE, Verdict.RETRY, Verdict.BUG)),
    Rule("410", READ, bears(lambda: faults.answer(410), Verdict.REFUSE, Verdict.DISCONNECT)),
    Rule("429 with Retry-After", READ, bears(lambda: faults.answer(429, retry_after="7"), Verdict.WAIT, wait=(6, 8))),
    Rule("429 without", READ, bears(lambda: faults.answer(429), Verdict.WAIT, wait=(1, 3600))),
    Rule("500", READ, bears(lambda: faults.answer(500), Verdict.RETRY)),
    Rule("502", READ, bears(lambda: faults.answer(502), Verdict.RETRY)),
    Rule("503 with Retry-After", READ, bears(lambda: faults.answer(503, None, **AFTER), Verdict.RETRY, wait=(29, 31))),
    Rule("time-out", READ, bears(lambda: faults.slow(PATIENCE + 1), Verdict.RETRY, impatient=True)),
    Rule("reset", READ, bears(faults.reset, Verdict.RETRY)),
    Rule("answer lost", READ, bears(faults.lost, Verdict.RETRY)),
    Rule("server down", READ, bears_a_server_that_is_down),
    Rule("truncated body", READ, bears(faults.truncated, Verdict.RETRY)),
    Rule("malformed body", READ, bears_half_a_body),
    Rule("wrong content type", READ, bears(faults.wrong_type, Verdict.RETRY)),
    Rule("trouble in the middle", READ, bears_trouble_in_the_middle),
    Rule("clock skew", READ, bears_a_clock_that_is_wrong),
    Rule("huge page", READ, reads_a_huge_page),
    Rule("endless page", READ, bears(lambda: faults.huge(21 * 2**20), Verdict.BUG, Verdict.REFUSE)),
    Rule("reply: 429", WRITE, sends_once(lambda: faults.answer(429, retry_after="7"), Verdict.WAIT)),
    Rule("reply: 500", WRITE, sends_once(lambda: faults.answer(500), Verdict.RETRY)),
    Rule("reply: 401", SIGNED, sends_once(lambda: faults.answer(401), Verdict.REFRESH, Verdict.DISCONNECT)),
    Rule("reply: reset", WRITE, sends_once(faults.reset, Verdict.RETRY)),
    Rule("reply: answer lost", WRITE, sends_once(faults.lost, Verdict.RETRY)),
    Rule("reply: answer late", WRITE, sends_once(lambda: faults.late(PATIENCE + 1), Verdict.RETRY, impatient=True)),
    Rule("reply: truncated", WRITE, sends_once(faults.truncated, Verdict.RETRY)),
    Rule("reply: malformed", WRITE, sends_once(faults.malformed, Verdict.RETRY)),
    Rule("share", SHARE, shares),
    Rule("share: find", SHARE, finds_what_it_shared),
    Rule("share: refuse, gone", SHARE, refuses_to_share_what_is_gone),
    Rule("share: 429", SHARE, shares_once(lambda: faults.answer(429, retry_after="7"), Verdict.WAIT)),
    Rule("share: 500", SHARE, shares_once(lambda: faults.answer(500), Verdict.RETRY)),
    Rule(
        "share: 401", (*SHARE, "account"), shares_once(lambda: faults.answer(401), Verdict.REFRESH, Verdict.DISCONNECT)
    ),
    Rule("share: reset", SHARE, shares_once(faults.reset, Verdict.RETRY)),
    Rule("share: answer lost", SHARE, shares_once(faults.lost, Verdict.RETRY)),
    Rule("share: answer late", SHARE, shares_once(lambda: faults.late(PATIENCE + 1), Verdict.RETRY, impatient=True)),
    Rule("share: malformed", SHARE, shares_once(faults.malformed, Verdict.RETRY)),
    Rule("share: take back", SHARE, takes_a_share_back),
    Rule("share: take back, 429", SHARE, takes_it_back_in_spite_of(lambda: faults.answer(429), Verdict.WAIT)),
    Rule("share: take back, 500", SHARE, takes_it_back_in_spite_of(lambda: faults.answer(500), Verdict.RETRY)),
    Rule("share: take back, answer lost", SHARE, takes_it_back_in_spite_of(faults.lost, Verdict.RETRY)),
    Rule("post", POST, posts_of_its_own),
    Rule("post: find", POST, finds_a_post_of_its_own),
    Rule("post: take down", (*POST, "unpost"), takes_a_post_down),
)
