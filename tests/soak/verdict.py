"""What must be true after a soak, and which of it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["failures", "percentile"]

MOODS = {"working", "quiet"}
SHOWN = 5


def failures(
    posts: Mapping[str, Sequence[str]],
    answers: Mapping[str, Sequence[tuple[str, str]]],
    found: Mapping[str, Any],
    memory: Mapping[str, Mapping[str, float]],
    wanted: Mapping[str, int],
) -> list[str]:
    """What is not as it must be, in sentences; none when all is well.

    `posts` and `answers` are what the networks hold, `found` is the desk's report, `memory` the figures of the three
    processes, `wanted` how many posts, answers and kills there were to be.
    """
    return [
        *_counted(posts, answers, found, wanted),
        *_mentions(posts, found),
        *_answers(answers, found),
        *_journal(found),
        *_channels(found),
        *_memory(memory),
    ]


def _counted(
    posts: Mapping[str, Sequence[str]],
    answers: Mapping[str, Sequence[tuple[str, str]]],
    found: Mapping[str, Any],
    wanted: Mapping[str, int],
) -> list[str]:
    """That the soak was as large as it says."""
    there = {
        "mentions": sum(map(len, posts.values())),
        "replies": sum(map(len, answers.values())),
        "kills": found["kills"],
    }
    return [f"Only {there[name]} of {wanted[name]} {name}." for name in there if there[name] < wanted[name]]


def _mentions(posts: Mapping[str, Sequence[str]], found: Mapping[str, Any]) -> list[str]:
    said = [(network, one) for network, ids in posts.items() for one in ids]
    heard = [(network, one) for network, one in found["heard"]]
    opened = found["opened"]
    return [
        *_apart("mentions", said, heard),
        *_apart("messages on the desk", [one for _, one in said], opened),
        *([f"{found['new']} mentions were never sorted."] if found["new"] else []),
    ]


def _answers(answers: Mapping[str, Sequence[tuple[str, str]]], found: Mapping[str, Any]) -> list[str]:
    standing = [(network, one) for network, each in answers.items() for one, _ in each]
    sent = [(network, one) for network, one, _ in found["sent"]]
    words = Counter(_own_words(text) for each in answers.values() for _, text in each)
    twice = [text for text, times in words.items() if times > 1]
    wrong = [f"Answer {pk} is {state}: {sentence}" for pk, state, sentence in found["not_sent"]]
    return [
        *_apart("answers", standing, sent),
        *([f"{len(twice)} answers stand twice on the network: {twice[:SHOWN]}"] if twice else []),
        *([f"{len(wrong)} answers did not go out: {wrong[:SHOWN]}"] if wrong else []),
    ]


def _own_words(text: str) -> str:
    """Without the name of whom it answers, which the Mastodon API has before the text."""
    return text[text.index("Sorry!") :] if "Sorry!" in text else text


def _journal(found: Mapping[str, Any]) -> list[str]:
    verbs = found["verbs"]
    told = {
        "heard": (found["journal_heard"], len(found["heard"])),
        "opened": (verbs.get("conversation.opened", 0), found["conversations"]),
        "queued": (verbs.get("reply.queued", 0), len(found["sent"]) + len(found["not_sent"])),
    }
    wrong = [
        f"The journal tells of {has} {name}, there are {is_} of them."
        for name, (has, is_) in told.items()
        if has != is_
    ]
    return [*wrong, *_apart("answers in the journal", found["sent_rows"], found["journal_sent"])]


def _channels(found: Mapping[str, Any]) -> list[str]:
    return [
        f"The channel {name} is left {mood}: {sentence}"
        for name, (mood, sentence) in found["channels"].items()
        if mood not in MOODS
    ]


def _memory(memory: Mapping[str, Mapping[str, float]]) -> list[str]:
    missing = {"listener", "web", "worker"} - set(memory)
    grown = [
        f"The {name} grew from {each['first_mb']} to {each['last_mb']} MB; {each['allowed_mb']} are allowed."
        for name, each in memory.items()
        if each["last_mb"] > each["allowed_mb"]
    ]
    return [*grown, *(f"The {name} was never measured." for name in sorted(missing))]


def _apart(what: str, there: Iterable[Any], here: Iterable[Any]) -> list[str]:
    """What is on the network and not with us, or the other way, or twice."""
    theirs, ours = Counter(there), Counter(here)
    missing, extra = list((theirs - ours).elements()), list((ours - theirs).elements())
    found = []
    if missing:
        found.append(f"{len(missing)} {what} are missing: {missing[:SHOWN]}")
    if extra:
        found.append(f"{len(extra)} {what} are double or nobody's: {extra[:SHOWN]}")
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the sorted `values` lies; 0 where there are none."""
    return round(values[min(len(values) - 1, int(len(values) * share))], 2) if values else 0.0
