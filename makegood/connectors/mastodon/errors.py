"""What a server that speaks the Mastodon API means where it has words of its own; all else is in the shared table.

https://docs.joinmastodon.org/entities/Error/
"""

from __future__ import annotations

from collections.abc import Mapping

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.kit.http import NetworkError
from makegood.kit.text import excerpt

__all__ = ["DEFAULT_RESET", "Fault", "from_answer", "from_network", "no_sense", "slow_down"]

DEFAULT_RESET = 300.0
"""Seconds over which Mastodon counts requests: https://docs.joinmastodon.org/api/rate-limits/"""

# A 403 that is about the account itself. Words from Mastodon's answers, in lower case, and what to do about them.
_ACCOUNT = {
    "outside the authorized scopes": f"{{who}} did not give Makegood all it needs. {verdicts.RECONNECT}",
    "login is currently disabled": "{who} has suspended this account. Please ask its people, then connect it again.",
    "confirmed e-mail address": "{who} waits for you to confirm your e-mail address. Do that, then connect it again.",
    "pending approval": "{who} has not approved this account yet. Once it has, please connect it again.",
}
_ANONYMOUS = "{who} shows this only to people with an account there. Please connect yours, or choose another server."


class Fault(Trouble):
    """A `Trouble` that still knows the HTTP `status`, 0 where there was no answer that can be read.

    `kind` says why then: garbled, or a kind of `NetworkError`; "" where there was one.
    """

    def __init__(self, trouble: Trouble, *, status: int = 0, kind: str = "") -> None:
        super().__init__(trouble.verdict, trouble.sentence, retry_after=trouble.retry_after, detail=trouble.detail)
        self.status = status
        self.kind = kind

    @property
    def gone(self) -> bool:
        """Whether the server says that this does not exist, or no longer."""
        return self.status in {404, 410}


def from_answer(who: str, status: int, said: str, headers: Mapping[str, str], *, signed_in: bool) -> Fault:
    """The fault for an answer that is not a success. `who` is the server's name, `said` its `error`, or ""."""
    usual = verdicts.from_answer(who, status, headers, said)
    own = _own(who, status, said, signed_in=signed_in)
    if own is not None:
        verdict, sentence = own
        usual = Trouble(verdict, sentence, detail=usual.detail)
    return Fault(usual, status=status)


def _own(who: str, status: int, said: str, *, signed_in: bool) -> tuple[Verdict, str] | None:
    """What the server means where that is not what everybody means by the status."""
    if status == 401 and not signed_in:
        return Verdict.REFUSE, _ANONYMOUS.format(who=who)
    if status == 403:
        found = next((words for mark, words in _ACCOUNT.items() if mark in said.lower()), None)
        if found is not None:
            return Verdict.DISCONNECT, found.format(who=who)
    if status in {400, 413, 422}:
        words = excerpt(said, 200).rstrip(".")
        told = f": “{words}”" if words else ""
        return Verdict.REFUSE, f"{who} did not accept this{told}. Please change it and try again."
    return None


def from_network(who: str, error: NetworkError) -> Fault:
    """The fault for a request that brought no answer at all."""
    return Fault(verdicts.from_network(who, error), kind=error.kind)


def no_sense(who: str, what: str) -> Fault:
    """The fault for a success whose body is not what was promised."""
    return Fault(verdicts.no_sense(who, what), kind="garbled")


def slow_down(who: str, seconds: float) -> Fault:
    """The fault for a request that we do not make, as the server has told us that we have none left."""
    usual = verdicts.meaning_of(429).trouble(who, retry_after=max(1.0, seconds), detail="X-RateLimit-Remaining: 0")
    return Fault(usual, status=429)
