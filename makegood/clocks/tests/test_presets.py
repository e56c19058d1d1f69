"""Public holidays by country and region."""

from __future__ import annotations

from datetime import date

import pytest

from makegood.clocks import api as clocks


def test_every_country_has_a_name_and_its_holidays_can_be_had() -> None:
    found = dict(clocks.countries())
    assert len(found) > 150
    assert found["DE"] == "Germany"
    for code in ("DE", "US", "BR", "IN", "JP"):
        assert clocks.holidays_of(code, "", 2027)


def test_regions_have_their_own() -> None:
    assert dict(clocks.regions("DE"))["BY"] == "Bayern"
    assert date(2027, 1, 6) in dict(clocks.holidays_of("DE", "BY", 2027)), "Epiphany, in Bavaria"
    assert date(2027, 1, 6) not in dict(clocks.holidays_of("DE", "HH", 2027)), "and not in Hamburg"
    assert clocks.regions("XX") == []


@pytest.mark.parametrize(("country", "region"), [("XX", ""), ("DE", "XX"), ("", "")])
def test_an_unknown_place_is_refused_with_a_sentence(country: str, region: str) -> None:
    with pytest.raises(ValueError, match="enter the days by hand"):
        clocks.holidays_of(country, region, 2027)


@pytest.mark.parametrize(("zone", "country"), [("Europe/Berlin", "DE"), ("Asia/Kolkata", "IN"), ("UTC", ""), ("x", "")])
def test_the_country_of_a_time_zone(zone: str, country: str) -> None:
    assert clocks.country_of(zone) == country
