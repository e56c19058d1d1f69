"""What can go wrong when an outside model is asked, and what follows from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.connectors.verdicts import wait_of
from makegood.kit.http import NetworkError

__all__ = ["MEANINGS", "AskError", "Meaning", "from_answer", "from_network"]

HOUR = 3600.0
BUSY_WAIT = 60.0


@dataclass(frozen=True)
class Meaning:
    """What follows: `again` at once, once, where there is time; `pause` for so many seconds without asking anybody;
    `ours` when it says nothing about whether the model works, so that it does not count against it.
    """

    sentence: object
    again: bool = False
    pause: float = 0.0
    ours: bool = False


MEANINGS: Final[Mapping[str, Meaning]] = {
    "slow": Meaning(gettext_lazy("It took too long to answer.")),
    "unreachable": Meaning(gettext_lazy("It cannot be reached."), again=True),
    "broken_off": Meaning(gettext_lazy("Its answer broke off in the middle."), again=True),
    "protocol": Meaning(gettext_lazy("It answered in a way Makegood cannot read.")),
    "too_big": Meaning(gettext_lazy("It sent far more than an answer needs.")),
    "tls": Meaning(
        gettext_lazy("A safe connection to it is not possible: its certificate cannot be trusted."), pause=HOUR
    ),
    "private": Meaning(
        gettext_lazy(
            "This address is inside a private network. If the model runs there, whoever runs Makegood can allow it:"
            " MAKEGOOD_PRIVATE_HOSTS names it, as host:port."
        ),
        pause=HOUR,
    ),
    "bad_url": Meaning(gettext_lazy("This address cannot be read. Please check it."), pause=HOUR),
    "busy": Meaning(gettext_lazy("It asked us to slow down."), again=True, pause=BUSY_WAIT),
    "unwell": Meaning(gettext_lazy("It has trouble of its own just now."), again=True),
    "key": Meaning(gettext_lazy("It refuses our key. Please enter a new one."), pause=HOUR),
    "quota": Meaning(gettext_lazy("Its account has no credit left. Please look there."), pause=HOUR),
    "gone": Meaning(
        gettext_lazy("There is no such model at this address. Please check the address and the name."), pause=HOUR
    ),
    "too_long": Meaning(gettext_lazy("The text was too long for it."), ours=True),
    "refused": Meaning(gettext_lazy("It did not accept the request.")),
    "nonsense": Meaning(gettext_lazy("Its answer was not what was asked for.")),
    "cut_off": Meaning(gettext_lazy("It ran out of words before its answer was whole.")),
    "labels": Meaning(gettext_lazy("It answered with labels nobody has explained: say below what they mean.")),
    "declined": Meaning(gettext_lazy("It declined to judge this text."), ours=True),
    "limit": Meaning(gettext_lazy("A limit you set is reached."), ours=True),
    "turn": Meaning(gettext_lazy("There was no time left to ask."), ours=True),
}
_BY_NETWORK: Final = {
    "timeout": "slow",
    "unreachable": "unreachable",
    "truncated": "broken_off",
    "protocol": "protocol",
    "too_big": "too_big",
    "tls": "tls",
    "private": "private",
    "bad_url": "bad_url",
}
_BY_STATUS: Final = {
    401: "key",
    402: "quota",
    403: "key",
    404: "gone",
    405: "gone",
    408: "unwell",
    409: "unwell",
    413: "too_long",
    422: "too_long",
    425: "unwell",
    429: "busy",
}


class AskError(Exception):
    """Asking that brought no answer. `kind` is one of `MEANINGS`; `wait` are the seconds they ask us to wait."""

    def __init__(self, kind: str, detail: str = "", wait: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = " ".join(detail.split())[:300]
        self.wait = wait

    @property
    def meaning(self) -> Meaning:
        """What follows."""
        return MEANINGS[self.kind]

    @property
    def sentence(self) -> str:
        """What happened, for a person, with their own words where they gave some."""
        said = str(self.meaning.sentence)
        return f"{said} {_('It said: “%(words)s”') % {'words': self.detail[:160]}}" if self.detail else said

    @property
    def pause(self) -> float:
        """Seconds during which nobody is asked; 0 where that does not follow."""
        return max(self.meaning.pause if self.wait is None else self.wait, 0.0)


def from_network(error: NetworkError) -> AskError:
    """For a request without an answer. What the network said is for the log, and may name inner addresses: left out."""
    return AskError(_BY_NETWORK.get(error.kind, "protocol"))


def from_answer(status: int, headers: Mapping[str, str], said: str = "") -> AskError:
    """For an answer that is no success. `said` are its own words. 429 and 5xx may say how long to wait
    (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
    """
    kind = _BY_STATUS.get(status) or ("unwell" if status >= 500 else "refused")
    if status == 429 and "quota" in said.lower():
        kind = "quota"
    return AskError(kind, said, wait_of(headers) if kind in ("busy", "unwell") else None)
