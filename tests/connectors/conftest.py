"""Makes the subjects, one of each a module, and shows at the end which rule was passed by whom and who is exempt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from makegood.connectors.registry import CONNECTORS
from tests.connectors.subject import Subject
from tests.connectors.subjects import MARKS, SUBJECTS

NETWORKS = [pytest.param(network, marks=MARKS.get(network, ())) for network in sorted(CONNECTORS)]


@pytest.fixture(scope="module", params=NETWORKS)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A connector of the registry with somebody to hear, two posts said and a cursor between them."""
    network = request.param
    assert network in SUBJECTS, f"make a subject for {network} in tests/connectors/subjects"
    with pytest.MonkeyPatch.context() as patch:
        made = SUBJECTS[network](request, patch)
        with made.close:
            if made.proxy is not None:
                asyncio.run(prepare(made))
            yield made


async def prepare(made: Subject) -> None:
    """Connects, and has two things said with a cursor between them."""
    made.credentials = (await made.sign_in()).credentials
    reader = made.reader()
    await reader.until(made.say("My teapot came broken, please help!"))
    made.behind = reader.cursor
    await reader.until(made.say("And nobody answers me."))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows: dict[str, dict[str, str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            told = dict(report.user_properties).get("standard")
            if told:
                network, rule, state = told
                rows.setdefault(rule, {})[network] = state if outcome == "passed" else "FAILED"
    if not rows:
        return
    networks = sorted({network for row in rows.values() for network in row})
    terminalreporter.section("The connector standard")
    terminalreporter.write_line(f"{'':26}" + "".join(f"{network:14}" for network in networks))
    reasons: list[str] = []
    for rule, row in rows.items():
        cells = []
        for network in networks:
            state = row.get(network, "not run")
            if state not in {"passed", "FAILED", "not run"}:
                reasons.append(state) if state not in reasons else None
                state = f"exempt ({reasons.index(state) + 1})"
            cells.append(f"{state:14}")
        terminalreporter.write_line(f"{rule:26}" + "".join(cells))
    for number, reason in enumerate(reasons, start=1):
        terminalreporter.write_line(f"({number}) {reason}")
