"""The grades: what can be checked of them is true, and each README shows its connector's."""

from __future__ import annotations

import pytest

from makegood.connectors import quality
from makegood.connectors.quality import CLAIMS, RULES, Grade
from makegood.connectors.registry import CONNECTORS, connector
from tests.connectors.rules import RULES as STANDARD
from tests.connectors.subjects import SUBJECTS

CASES = [(network, rule) for network in CLAIMS for rule in RULES]


def test_every_network_claims_every_rule() -> None:
    assert set(CLAIMS) == set(CONNECTORS) - {"sample"}
    for network, claims in CLAIMS.items():
        assert set(claims) == {rule.name for rule in RULES}, network


@pytest.mark.parametrize(("network", "rule"), CASES, ids=lambda value: getattr(value, "name", value))
def test_a_claim_is_true(network: str, rule: quality.QualityRule) -> None:
    claim = CLAIMS[network][rule.name]
    assert claim == "done" or claim.startswith("to do") or (claim.startswith("n/a: ") and len(claim) > 18), claim
    if rule.met is None:
        return
    if claim == "done":
        assert rule.met(network), "it is claimed, and it is not so"
    if claim.startswith("to do"):
        assert not rule.met(network), "it is done: say so"


@pytest.mark.parametrize("network", sorted(CLAIMS))
def test_what_the_standard_holds_is_claimed_only_where_it_is_put(network: str) -> None:
    """Reconnecting, edits and deletions are rules of the standard: they are done where that rule can be failed."""
    assert network in SUBJECTS
    assert {"401, connect again", "edit", "delete"} <= {rule.name for rule in STANDARD}
    found, claims = connector(network), CLAIMS[network]
    if claims["edits"] == "done":
        assert found.capability.edits
    if claims["deletions"] == "done":
        assert found.look is not None
    if claims["reconnect"] == "done":
        assert found.connect is not None or found.finish is not None


@pytest.mark.parametrize("network", sorted(CLAIMS))
def test_the_readme_shows_the_grade(network: str) -> None:
    readme = (quality.folder_of(network) / "README.md").read_text("utf-8")
    assert quality.section(network) in readme, "run: python -m makegood.connectors.quality"


def test_a_grade_needs_all_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done = {rule.name: "done" for rule in RULES}
    monkeypatch.setitem(CLAIMS, "bluesky", done)
    assert quality.grade_of("bluesky") is Grade.PLATINUM
    monkeypatch.setitem(CLAIMS, "bluesky", {**done, "limits": "to do"})
    assert quality.grade_of("bluesky") is Grade.BRONZE
    monkeypatch.setitem(CLAIMS, "bluesky", {**done, "tests": "to do: none yet"})
    assert quality.grade_of("bluesky") is Grade.NONE
    monkeypatch.setitem(CLAIMS, "bluesky", {**done, "media": "n/a: it has no pictures"})
    assert quality.grade_of("bluesky") is Grade.PLATINUM


def test_the_section_is_replaced_where_it_stands() -> None:
    once = quality.with_section("# Bluesky\n", "bluesky")
    assert quality.with_section(once, "bluesky") == once
    marked = f"# Bluesky\n{quality.START}\nold\n{quality.END}\n\n## More\n"
    assert quality.with_section(marked, "bluesky") == f"# Bluesky\n{quality.section('bluesky')}\n\n## More\n"
