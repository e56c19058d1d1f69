"""A pytest plugin that never hides what could not be tested.

A test whose real server can't be had here skips with a reason that begins with "server missing:". Such
tests are listed at the end of the run, and on CI (`CI=true`) they fail.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

__all__ = ["MISSING"]

MISSING = "server missing:"


def _on_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"true", "1"}


def _missing(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The server a skipped test could not have, in a sentence, or ""."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    reason = reason.removeprefix("Skipped: ")
    return reason if reason.startswith(MISSING) else ""


def _be_strict(report: Any) -> None:
    if _on_ci() and report.skipped and _missing(report):
        report.outcome = "failed"
        report.longrepr = (
            f"{_missing(report)}\nCI must have every server: a suite that tests nothing must not look green."
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    _be_strict(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    _be_strict(report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lost: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        if reason := _missing(report):
            lost.setdefault(reason, []).append(report.nodeid)
    if not lost:
        return
    terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
    for reason, tests in lost.items():
        terminalreporter.write_line(f"{len(tests)} tests skipped, {reason}", red=True)
        for test in tests:
            terminalreporter.write_line(f"    {test}")
