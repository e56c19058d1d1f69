"""The one table that says what to do about each thing Bluesky can answer, with a sentence for the person."""

from __future__ import annotations

from collections.abc import Mapping

from makegood.connectors.contract import Trouble, Verdict
from makegood.kit import clock
from makegood.kit.http import NetworkError, retry_after

__all__ = ["Fault", "from_answer", "from_network", "no_sense"]

_AGAIN = "We will try again by ourselves."
_RECONNECT = "Please connect the account again."

# https://atproto.com/specs/xrpc and the "errors" of each method's lexicon
_BY_NAME: dict[str, tuple[Verdict, str]] = {
    "ExpiredToken": (Verdict.REFRESH, f"The Bluesky session has run out. {_RECONNECT}"),
    "InvalidToken": (Verdict.REFRESH, f"Bluesky no longer accepts our session. {_RECONNECT}"),
    "AuthMissing": (Verdict.REFRESH, f"Bluesky no longer accepts our session. {_RECONNECT}"),
    "AuthFactorTokenRequired": (
        Verdict.DISCONNECT,
        "Bluesky asks for a code sent by e-mail: this is your main password. Please use an app password.",
    ),
    "AccountTakedown": (
        Verdict.DISCONNECT,
        "Bluesky has taken this account down. Please ask Bluesky's support, then connect it again.",
    ),
    "AccountSuspended": (
        Verdict.DISCONNECT,
        "Bluesky has suspended this account. Please ask Bluesky's support, then connect it again.",
    ),
    "AccountDeactivated": (
        Verdict.DISCONNECT,
        "This Bluesky account is deactivated. Activate it in the Bluesky app, then connect it again.",
    ),
    "RepoTakendown": (Verdict.REFUSE, "Bluesky has taken this account down, so its posts cannot be read."),
    "RepoSuspended": (Verdict.REFUSE, "Bluesky has suspended this account, so its posts cannot be read."),
    "RepoDeactivated": (Verdict.REFUSE, "This account is deactivated, so its posts cannot be read."),
    "RepoNotFound": (Verdict.REFUSE, "This account no longer exists on Bluesky."),
    "RecordNotFound": (Verdict.REFUSE, "This post is no longer on Bluesky."),
    "NotFound": (Verdict.REFUSE, "This post is no longer on Bluesky."),
    "BlockedActor": (Verdict.REFUSE, "Your account blocks this person, so Bluesky does not let you answer."),
    "BlockedByActor": (
        Verdict.REFUSE,
        "This person has blocked your account, so Bluesky does not let you answer.",
    ),
    "RateLimitExceeded": (Verdict.WAIT, "Bluesky asked us to slow down. We will go on as soon as it allows."),
}


class Fault(Trouble):
    """A `Trouble` that still knows what Bluesky called it (`name`, such as RecordNotFound) and the HTTP
    `status`.
    """

    def __init__(
        self,
        verdict: Verdict,
        sentence: str,
        *,
        retry_after: float | None = None,
        detail: str = "",
        name: str = "",
        status: int = 0,
    ) -> None:
        super().__init__(verdict, sentence, retry_after=retry_after, detail=detail)
        self.name = name
        self.status = status


def from_answer(status: int, name: str, message: str, headers: Mapping[str, str]) -> Fault:
    """The fault for an answer that is not a success. `name` and `message` are the body's, or ""."""
    verdict, sentence = _judge(status, name)
    wait = (retry_after(headers, clock.now()) or 60.0) if verdict is Verdict.WAIT else None
    detail = f"HTTP {status} {name} {message}"[:500].strip()
    return Fault(verdict, sentence, retry_after=wait, detail=detail, name=name, status=status)


def _judge(status: int, name: str) -> tuple[Verdict, str]:
    if status == 429:
        return _BY_NAME["RateLimitExceeded"]
    if status in {501, 404} and name not in _BY_NAME:
        return (
            Verdict.BUG,
            "The Bluesky server does not know this request. Its version may not fit Makegood's.",
        )
    if status >= 500 or status == 408:
        return Verdict.RETRY, f"Bluesky has trouble of its own just now. {_AGAIN}"
    if name in _BY_NAME:
        return _BY_NAME[name]
    if status == 401:
        return Verdict.REFRESH, f"Bluesky no longer accepts our session. {_RECONNECT}"
    if status == 403:
        return Verdict.REFUSE, "Bluesky does not allow this account to do that."
    return Verdict.BUG, "Bluesky did not accept our request. Nothing is lost; this is a fault in Makegood."


def from_network(error: NetworkError) -> Fault:
    """The fault for a request that brought no answer at all."""
    if error.kind in {"private", "bad_url"}:
        return Fault(Verdict.REFUSE, error.sentence, detail=error.detail, name=error.kind)
    if error.kind == "too_big":
        return Fault(Verdict.BUG, error.sentence, detail=error.detail, name=error.kind)
    return Fault(Verdict.RETRY, f"{error.sentence} {_AGAIN}", detail=error.detail, name=error.kind)


def no_sense(what: str) -> Fault:
    """The fault for a success whose body is not what was promised (cut off, a login page of a Wi-Fi, a
    proxy).
    """
    return Fault(Verdict.RETRY, f"Bluesky's answer was garbled. {_AGAIN}", detail=what[:500], name="garbled")
