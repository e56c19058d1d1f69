"""Files as large as one likes, written without holding them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["COLUMNS", "posts", "write"]

COLUMNS = ("id", "text", "created_at", "author", "handle", "url")
SAID = (
    "My parcel from Zimtwerk never arrived. Three weeks, nobody answers, I want my money back! Order {}",
    "I love the cinnamon buns of Zimtwerk, thank you so much! {}",
    "Does Zimtwerk ship to Austria? Question number {}",
    "Zimtwerk has opened a second shop in Graz, the paper says. {}",
    "Mein Paket von Zimtwerk ist kaputt angekommen.\nIch möchte bitte „Ersatz“, Nummer {}",
)


def posts(count: int, first: int = 0) -> Iterator[tuple[str, ...]]:
    """So many different posts of the last twenty days, each by somebody else, always the same ones."""
    dice = random.Random(first)
    now = datetime.now(UTC)
    for number in range(first, first + count):
        moment = now - timedelta(seconds=dice.randrange(20 * 86_400))
        text = dice.choice(SAID).format(number)
        who = f"Person {number}"
        yield f"p{number}", text, moment.isoformat(), who, f"person{number}", f"https://example.org/{number}"


def write(path: Path, count: int, first: int = 0) -> Path:
    """A CSV file of `count` posts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(posts(count, first))
    return path
