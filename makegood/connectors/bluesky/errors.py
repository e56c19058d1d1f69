"""What Bluesky means where it has words of its own; all else is in the table that connectors share."""

from __future__ import annotations

from collections.abc import Mapping

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.kit.http import NetworkError

__all__ = ["Fault", "from_answer", "from_network", "no_sense"]

TITLE = "Bluesky"
_RECONNECT = verdicts.RECONNECT

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
    usual = verdicts.from_answer(TITLE, status, headers, f"{name} {message}")
    verdict, sentence = _judge(status, name) or (usual.verdict, usual.sentence)
    wait = usual.retry_after if verdict is usual.verdict else None
    return Fault(verdict, sentence, retry_after=wait, detail=usual.detail, name=name, status=status)


def _judge(status: int, name: str) -> tuple[Verdict, str] | None:
    """What Bluesky means where that is not what everybody means by the status."""
    if status == 429 or (status >= 500 and status != 501):
        return None
    if name in _BY_NAME:
        return _BY_NAME[name]
    if status == 401:
        return Verdict.REFRESH, f"Bluesky no longer accepts our session. {verdicts.RECONNECT}"
    if status == 404:
        # What is gone has a name; this is a server that does not have the method.
        unknown = verdicts.meaning_of(501)
        return unknown.verdict, unknown.sentence.format(who="The Bluesky server")
    return None


def from_network(error: NetworkError) -> Fault:
    """The fault for a request that brought no answer at all."""
    return _named(verdicts.from_network(TITLE, error), error.kind)


def no_sense(what: str) -> Fault:
    """The fault for a success whose body is not what was promised (cut off, a login page of a Wi-Fi, a
    proxy).
    """
    return _named(verdicts.no_sense(TITLE, what), "garbled")


def _named(trouble: Trouble, name: str) -> Fault:
    return Fault(trouble.verdict, trouble.sentence, retry_after=trouble.retry_after, detail=trouble.detail, name=name)
