"""Figures of how well it reads, as a page shows them: each with how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.triage import api as triage
from makegood.web.words_learning import HEAD_WORDS, label_words

__all__ = ["report_rows", "retraining_rows"]

CORRECTED = ("intent", "severity", "urgency", "topic", "flag")


def report_rows(report: triage.Report, topics: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each head that members speak of, with a row for each of its labels that was met."""
    rows = []
    for head in report.heads:
        if head.name not in CORRECTED:
            continue
        labels = [
            {
                "words": label_words(head.name, one.label, topics).capitalize(),
                "n": one.true,
                "precision": _share(one.precision) if one.enough else "",
                "recall": _share(one.recall) if one.enough else "",
                "f1": f"{one.f1:.2f}" if one.enough and one.f1 is not None else "",
                "enough": one.enough,
            }
            for one in head.labels
            if one.true
        ]
        macro = (
            {"value": f"{head.macro_f1:.2f}", "low": f"{head.low:.2f}", "high": f"{head.high:.2f}"}
            if head.enough
            else None
        )
        rows.append(
            {
                "words": str(HEAD_WORDS[head.name]),
                "slug": head.name,
                "n": head.n,
                "macro": macro,
                "error": f"{head.error:.2f}" if head.error is not None else "",
                "labels": labels if head.enough else [],
            }
        )
    return rows


def _share(share: Any) -> str:
    if share.value is None:
        return "–"
    facts = {"value": round(100 * share.value), "low": round(100 * share.low), "high": round(100 * share.high)}
    return _("%(value)d of 100 (%(low)d to %(high)d)") % facts


def retraining_rows(heads: Sequence[triage.SmallHead]) -> list[dict[str, Any]]:
    """What was tried, newest first, in sentences."""
    return [{"row": head, "lines": _lines(head)} for head in heads]


def _lines(head: triage.SmallHead) -> list[str]:
    if head.report.get("sentence"):
        return [str(head.report["sentence"])]
    lines = []
    for one in head.report.get("heads", []):
        if one["name"] not in CORRECTED:
            continue
        name = str(HEAD_WORDS[one["name"]])
        if one["too_few"]:
            few = ngettext(
                "%(name)s: too few to learn from (%(n)d).", "%(name)s: too few to learn from (%(n)d).", one["n"]
            )
            lines.append(few % {"name": name, "n": one["n"]})
            continue
        facts = {"name": name, "n": one["n"], "before": f"{one['before']:.2f}", "after": f"{one['after']:.2f}"}
        if one["helps"]:
            lines.append(_("%(name)s: better, from %(before)s to %(after)s on %(n)d left out while learning.") % facts)
        elif not one["recall_kept"]:
            lines.append(_("%(name)s: it would miss more complaints, so it stays as it is.") % facts)
        else:
            lines.append(
                _("%(name)s: not surely better (%(before)s, then %(after)s, on %(n)d), so it stays as it is.") % facts
            )
    return lines
