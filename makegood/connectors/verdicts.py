"""What each thing that can go wrong with a network means: one verdict and one sentence each, for every connector.

A connector asks here, and has rules of its own only for what its network says in words of its own. `TABLE` is shown in
docs/connectors.md; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from makegood.connectors.contract import Trouble, Verdict
from makegood.kit import clock
from makegood.kit.http import NetworkError, retry_after

__all__ = [
    "AGAIN",
    "LONGEST_WAIT",
    "NOT_JSON",
    "RECONNECT",
    "TABLE",
    "USUAL_WAIT",
    "Meaning",
    "from_answer",
    "from_network",
    "meaning_of",
    "no_sense",
    "wait_of",
]

NOT_JSON = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What `msgspec.json.decode` raises for bytes from outside: no JSON or another shape, bad UTF-8, nested too deeply."""

USUAL_WAIT = 60.0
"""Seconds to wait after a 429 that does not say how long."""
LONGEST_WAIT = 86_400.0
"""A day: the longest period over which a network we know counts its limits. A wrong figure cannot silence a channel."""

SAME_CLOCK = timedelta(seconds=5)
"""Date is in whole seconds and has travelled: less than this is no skew."""
NO_CLOCK = timedelta(days=3650)
"""More than this is no clock at all."""

AGAIN = "We will try again by ourselves."
RECONNECT = "Please connect the account again."


@dataclass(frozen=True)
class Meaning:
    """One row: what was met, and what it means. `sentence` has {who} for the network's or site's name."""

    met: str
    verdict: Verdict
    sentence: str

    def trouble(self, who: str, *, retry_after: float | None = None, detail: str = "") -> Trouble:
        """This meaning, as it is raised."""
        return Trouble(self.verdict, self.sentence.format(who=who), retry_after=retry_after, detail=detail[:500])


UNWELL = Meaning("5xx, 408, 425", Verdict.RETRY, f"{{who}} has trouble of its own just now. {AGAIN}")
UNKNOWN_REQUEST = Meaning(
    "501", Verdict.BUG, "{who} does not know this request. Its version may not fit Makegood’s: please tell us about it."
)
NOT_ACCEPTED = Meaning(
    "any other status",
    Verdict.BUG,
    "{who} did not accept our request. Nothing is lost; this is a fault in Makegood: please tell us about it.",
)
GARBLED = Meaning(
    "a body that is cut off, malformed, or of another type than promised",
    Verdict.RETRY,
    f"The answer of {{who}} was garbled. {AGAIN}",
)

BY_STATUS: dict[int, Meaning] = {
    401: Meaning("401", Verdict.DISCONNECT, f"{{who}} no longer accepts our sign-in. {RECONNECT}"),
    403: Meaning(
        "403", Verdict.REFUSE, "{who} does not allow this account to do that. Please look there whether it is limited."
    ),
    404: Meaning(
        "404", Verdict.REFUSE, "{who} does not have this any more. Please check there whether it still stands."
    ),
    410: Meaning("410", Verdict.REFUSE, "{who} has taken this away for good. Please check there whether it has moved."),
    429: Meaning("429", Verdict.WAIT, "{who} asked us to slow down. We will go on as soon as it allows."),
    501: UNKNOWN_REQUEST,
    408: UNWELL,
    425: UNWELL,
}

BY_KIND: dict[str, Meaning] = {
    "timeout": Meaning("no answer in time", Verdict.RETRY, f"{{who}} took too long to answer. {AGAIN}"),
    "unreachable": Meaning("no connection", Verdict.RETRY, f"{{who}} cannot be reached right now. {AGAIN}"),
    "truncated": Meaning(
        "the connection ended in mid-answer", Verdict.RETRY, f"The answer of {{who}} broke off. {AGAIN}"
    ),
    "protocol": Meaning("not HTTP as we know it", Verdict.RETRY, f"{{who}} answered in a way we cannot read. {AGAIN}"),
    "tls": Meaning(
        "a certificate that cannot be trusted",
        Verdict.RETRY,
        f"A safe connection to {{who}} is not possible: its certificate cannot be trusted. {AGAIN}",
    ),
    "too_big": Meaning(
        "an answer of more than 10 MB",
        Verdict.BUG,
        "{who} sent more than we can read at once. Nothing is lost; if it stays so, please tell us about it.",
    ),
    "private": Meaning(
        "an address inside a private network",
        Verdict.REFUSE,
        "This address is inside a private network. Makegood only reads public addresses: please check it.",
    ),
    "bad_url": Meaning(
        "an address that cannot be read", Verdict.REFUSE, "This address cannot be read. Please check it."
    ),
}

TABLE: tuple[Meaning, ...] = (
    *dict.fromkeys([*BY_STATUS.values(), NOT_ACCEPTED]),
    *BY_KIND.values(),
    GARBLED,
)
"""Every row once, in the order in which they are shown."""


def meaning_of(status: int) -> Meaning:
    """The row for an HTTP status that is not a success."""
    if status in BY_STATUS:
        return BY_STATUS[status]
    return UNWELL if status >= 500 else NOT_ACCEPTED


def from_answer(who: str, status: int, headers: Mapping[str, str], said: str = "") -> Trouble:
    """The trouble for an answer that is not a success.

    `who` is the network's or site's name, for the sentence; `said` is what the body says about it, for the log. A 429
    has a wait, and so has any other passing fault that says for how long it lasts.
    """
    found = meaning_of(status)
    wait = None
    if found.verdict is Verdict.WAIT:
        wait = wait_of(headers) or USUAL_WAIT
    elif found.verdict is Verdict.RETRY:
        wait = wait_of(headers) or None
    return found.trouble(who, retry_after=wait, detail=f"HTTP {status} {said}".strip())


def from_network(who: str, error: NetworkError) -> Trouble:
    """The trouble for a request that brought no answer at all."""
    return BY_KIND[error.kind].trouble(who, detail=f"{error.kind}: {error.detail}")


def no_sense(who: str, what: str) -> Trouble:
    """The trouble for a success whose body is not what was promised: cut off, the page of a Wi-Fi or of a proxy.

    `what` is for the log.
    """
    return GARBLED.trouble(who, detail=what)


def wait_of(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How many seconds the server asks us to wait, at most a day; None where it does not say.

    A moment is counted from the server's own clock where it shows it (Date), so that a clock that is wrong, theirs or
    ours, does not matter: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    known = {name.lower(): value for name, value in headers.items()}
    moment = now or clock.now()
    wait = retry_after(known, moment + _skew(known.get("date", ""), moment))
    return None if wait is None else min(wait, LONGEST_WAIT)


def _skew(date: str, now: datetime) -> timedelta:
    """How far the server's clock is ahead of ours; nothing where it does not say or where it is a matter of seconds."""
    try:
        ahead = clock.to_utc(parsedate_to_datetime(date)) - now
    except (ValueError, TypeError, OverflowError):
        return timedelta()
    return ahead if SAME_CLOCK < abs(ahead) < NO_CLOCK else timedelta()
