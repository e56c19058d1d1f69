"""How far each connector has come: bronze, silver, gold, platinum, by rules of our own.

A grade is reached when all its rules and those of the grades below are met, or do not apply for a stated reason.
`python -m makegood.connectors.quality` writes the grades into the connectors' README.md. Tests hold those to this file,
and this file to the connectors: a rule is not met because somebody says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from makegood.connectors.contract import Arrival, Capability, Connector, RouteKind
from makegood.connectors.registry import CONNECTORS, connector

__all__ = ["CLAIMS", "RULES", "Grade", "QualityRule", "folder_of", "grade_of", "main", "section", "sources_of"]


class Grade(StrEnum):
    """In the order in which they are reached; NONE comes before the first."""

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


def folder_of(network: str) -> Path:
    """The connector's folder."""
    file = import_module(CONNECTORS[network]).__file__
    assert file is not None
    return Path(file).parent


def sources_of(capability: Capability) -> Iterator[str]:
    """The page behind each limit and rule that a capability states."""
    yield from (fact.source for fact in capability.rate_limits)
    stated = (
        capability.text,
        capability.window,
        capability.who,
        capability.price,
        capability.media,
        capability.private,
        capability.reshare,
        capability.own_posts,
    )
    yield from (rule.source for rule in stated if rule is not None)


def _by_api(found: Connector) -> bool:
    return found.capability.route is RouteKind.API


def _has_tests(network: str) -> bool:
    return any((folder_of(network) / "tests").glob("test_*.py"))


def _says_how_it_is_tested(network: str) -> bool:
    readme = folder_of(network) / "README.md"
    text = readme.read_text("utf-8") if readme.exists() else ""
    return "## Tests" in text or "## What is tested against what" in text


def _has_sources(network: str) -> bool:
    return all(source.startswith("https://") for source in sources_of(connector(network).capability))


def _counts(network: str) -> bool:
    found = connector(network)
    return not _by_api(found) or (found.count is not None and found.capability.text is not None)


def _sends_once(network: str) -> bool:
    found = connector(network)
    return not _by_api(found) or (found.find is not None and found.new_key is not None)


def _has_pairs(network: str) -> bool:
    return any((folder_of(network) / "tests" / "pairs").glob("*.json"))


@dataclass(frozen=True)
class QualityRule:
    """One rule of a grade. `met(network)` is what a machine can see of it; None where only people can tell."""

    name: str
    grade: Grade
    text: str
    met: Callable[[str], bool] | None = None


RULES: tuple[QualityRule, ...] = (
    QualityRule("standard", Grade.BRONZE, "passes the standard suite of tests/connectors"),
    QualityRule("tests", Grade.BRONZE, "has tests of its own, in its folder", _has_tests),
    QualityRule(
        "honest", Grade.BRONZE, "its README says what was tested against what, and what was not", _says_how_it_is_tested
    ),
    QualityRule("sources", Grade.BRONZE, "each limit it states has the page it was taken from", _has_sources),
    QualityRule(
        "reconnect", Grade.SILVER, "a sign-in that is refused leads to connecting again; nothing is lost meanwhile"
    ),
    QualityRule(
        "limits",
        Grade.SILVER,
        "states the network’s rate limits",
        lambda name: bool(connector(name).capability.rate_limits),
    ),
    QualityRule("count", Grade.SILVER, "counts an answer’s length as the network does, before it is sent", _counts),
    QualityRule(
        "thread", Grade.SILVER, "shows the whole thread around a post", lambda name: connector(name).thread is not None
    ),
    QualityRule("real server", Grade.GOLD, "is tested against a real server of its network"),
    QualityRule("pairs", Grade.GOLD, "shows the network’s shapes beside ours, recorded", _has_pairs),
    QualityRule("edits", Grade.GOLD, "follows edits"),
    QualityRule("deletions", Grade.GOLD, "follows deletions"),
    QualityRule("send once", Grade.GOLD, "asks the network before anything is sent again", _sends_once),
    QualityRule(
        "at once",
        Grade.PLATINUM,
        "hears of news within seconds, by a stream",
        lambda name: Arrival.STREAM in connector(name).capability.arrival,
    ),
    QualityRule(
        "media",
        Grade.PLATINUM,
        "sends pictures with descriptions",
        lambda name: connector(name).capability.media is not None,
    ),
    QualityRule(
        "chains",
        Grade.PLATINUM,
        "sends an answer too long for one post as several",
        lambda name: connector(name).capability.chains,
    ),
)

DONE = "done"
_NO_ACCOUNT = "n/a: nobody signs in there"
_NO_ANSWERS = "n/a: it takes no answers"

CLAIMS: dict[str, dict[str, str]] = {
    "bluesky": {
        **dict.fromkeys(["standard", "tests", "honest", "sources", "reconnect", "limits", "count", "thread"], DONE),
        **dict.fromkeys(["real server", "pairs", "deletions", "send once", "at once", "media", "chains"], DONE),
        "edits": "n/a: posts cannot be changed there",
    },
    "feed": {
        **dict.fromkeys(["standard", "tests", "honest", "sources", "edits"], DONE),
        "reconnect": _NO_ACCOUNT,
        "limits": "n/a: each publisher has its own, which are read from its answers",
        "count": _NO_ANSWERS,
        "thread": "n/a: an entry stands alone",
        "real server": DONE,
        "pairs": "to do",
        "deletions": "n/a: an entry that leaves a feed has only grown old",
        "send once": _NO_ANSWERS,
        "at once": "to do: WebSub",
        "media": _NO_ANSWERS,
        "chains": _NO_ANSWERS,
    },
    "file": {
        **dict.fromkeys(["standard", "tests", "honest", "sources"], DONE),
        "reconnect": _NO_ACCOUNT,
        "limits": "n/a: nothing is asked of anybody",
        "count": _NO_ANSWERS,
        "thread": "n/a: a row stands alone",
        "real server": "n/a: it is no server",
        "pairs": "to do",
        "edits": "n/a: a file does not change",
        "deletions": "n/a: a file does not change",
        "send once": _NO_ANSWERS,
        "at once": "n/a: people bring files",
        "media": _NO_ANSWERS,
        "chains": _NO_ANSWERS,
    },
    "mastodon": {
        **dict.fromkeys(["standard", "tests", "honest", "sources", "reconnect", "limits", "count", "thread"], DONE),
        **dict.fromkeys(["real server", "edits", "deletions", "send once", "at once"], DONE),
        **dict.fromkeys(["pairs", "media", "chains"], DONE),
    },
    "hackernews": {
        **dict.fromkeys(["standard", "tests", "honest", "sources", "limits", "thread", "edits", "deletions"], DONE),
        "reconnect": _NO_ACCOUNT,
        "count": _NO_ANSWERS,
        "real server": "to do: there is none to be had but the live one",
        "pairs": DONE,
        "send once": _NO_ANSWERS,
        "at once": "to do",
        "media": _NO_ANSWERS,
        "chains": _NO_ANSWERS,
    },
}
"""What each connector says of itself, by rule: done, "to do", or "n/a: why". The sample shop is no network."""


def grade_of(network: str) -> Grade:
    """The highest grade all of whose rules, and those below, are done or do not apply."""
    reached = Grade.NONE
    for grade in list(Grade)[1:]:
        rules = [rule.name for rule in RULES if rule.grade is grade]
        if any(CLAIMS[network][name].startswith("to do") for name in rules):
            return reached
        reached = grade
    return reached


START, END = "<!-- grade: python -m makegood.connectors.quality writes this -->", "<!-- /grade -->"


def section(network: str) -> str:
    """The README's section about the grade, from its first mark to its last."""
    rows = [f"| {rule.grade} | {rule.text} | {CLAIMS[network][rule.name]} |" for rule in RULES]
    table = "\n".join(["| grade | rule | |", "|---|---|---|", *rows])
    return f"{START}\n## Grade: {grade_of(network)}\n\n{table}\n{END}"


def with_section(readme: str, network: str) -> str:
    """The README with its section as it is to be: replaced where it is, else put at the end."""
    if START in readme and END in readme:
        before, rest = readme.split(START, 1)
        return before + section(network) + rest.split(END, 1)[1]
    return f"{readme.rstrip()}\n\n{section(network)}\n"


def main() -> None:
    """Writes the section into every README there is."""
    for network in CLAIMS:
        readme = folder_of(network) / "README.md"
        if readme.exists():
            readme.write_text(with_section(readme.read_text("utf-8"), network), "utf-8")


if __name__ == "__main__":
    main()
