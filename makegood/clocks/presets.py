"""Public holidays by country and region, from the `holidays` library, as dates the shop can then edit."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["countries", "country_of", "holidays_of", "regions"]


def _library() -> Any:
    """`holidays`, imported when a page of opening hours first asks: it takes 9 MB of every process else."""
    import holidays

    return holidays


@lru_cache(maxsize=4)
def _table(name: str) -> list[list[str]]:
    """The rows of one of the time zone database's tables."""
    text = (files("tzdata") / "zoneinfo" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def countries() -> list[tuple[str, str]]:
    """(code, English name) of every country whose public holidays are known, by name."""
    supported = _library().list_supported_countries(include_aliases=False)
    names = {code: name for code, name, *_rest in _table("iso3166.tab")}
    return sorted(((code, names[code]) for code in supported if code in names), key=lambda pair: pair[1])


def country_of(zone: str) -> str:
    """The country that a time zone lies in, if its holidays are known; else ""."""
    known = dict(countries())
    return next((code for code, _place, name, *_rest in _table("zone.tab") if name == zone and code in known), "")


def regions(country: str) -> list[tuple[str, str]]:
    """(code, name) of the regions of a country that have holidays of their own; empty where all share them."""
    holidays = _library()
    found = holidays.list_supported_countries(include_aliases=False).get(country)
    if not found:
        return []
    aliases: dict[str, str] = getattr(getattr(holidays, country, None), "subdivisions_aliases", {}) or {}
    names = {code: name for name, code in aliases.items()}
    return sorted(((code, names.get(code, code)) for code in found), key=lambda pair: pair[1])


def holidays_of(country: str, region: str, year: int) -> list[tuple[date, str]]:
    """The public holidays of a year, in order. Raises `ValueError`, a sentence, for a place that is not known."""
    if country not in dict(countries()) or (region and region not in dict(regions(country))):
        raise ValueError("The holidays of this place are not known. Choose another, or enter the days by hand.")
    found = _library().country_holidays(country, subdiv=region or None, years=[year])
    return sorted((day, name) for day, name in found.items() if day.year == year)
