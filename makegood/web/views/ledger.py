"""What goodwill cost: by month, cause, product and member; its entries; and all of it as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from makegood.accounts.api import Right, Workspace
from makegood.kit import clock, money
from makegood.resolve import api as resolve
from makegood.web.forms_resolve import PeriodForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["Period", "download", "ledger", "period_of"]

PERIODS = {
    "month": gettext_lazy("This month"),
    "last": gettext_lazy("Last month"),
    "quarter": gettext_lazy("3 months"),
    "year": gettext_lazy("12 months"),
    "all": gettext_lazy("All"),
    "own": gettext_lazy("From … to"),
}
BACK = {"month": 0, "last": 1, "quarter": 2, "year": 11}
SHOWN = 10
MOST_BARS = 24
MOST_IN_FILE = 20_000
IN_A_PAGE = 500


@dataclass(frozen=True)
class Period:
    """Days, both included; None where it is open. `moments` are aware: from the first (included) to after the last."""

    slug: str
    first: date | None
    last: date | None
    zone: ZoneInfo

    @property
    def moments(self) -> dict[str, Any]:
        """What the ledger is asked with."""
        after = self.last + timedelta(days=1) if self.last else None
        return {"since": self._midnight(self.first), "until": self._midnight(after)}

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time(), self.zone).astimezone(UTC) if day else None

    @property
    def query(self) -> dict[str, str]:
        """What stands in its address."""
        days = {"since": self.first, "until": self.last} if self.slug == "own" else {}
        return {"period": self.slug} | {name: day.isoformat() for name, day in days.items() if day}


def period_of(said: Any, workspace: Workspace, form: PeriodForm | None = None) -> Period:
    """The period that an address names: the last twelve months where it names none that can be read."""
    zone = ZoneInfo(workspace.timezone)
    today = clock.now().astimezone(zone).date()
    slug = said.get("period", "")
    if slug == "own" and form is not None and form.is_valid():
        return Period("own", form.cleaned_data["since"], form.cleaned_data["until"], zone)
    if slug == "all":
        return Period("all", None, None, zone)
    slug = slug if slug in BACK else "year"
    first = _month_before(today, BACK[slug])
    return Period(slug, first, first_of_next(first) - timedelta(days=1) if slug == "last" else today, zone)


def _month_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def first_of_next(first: date) -> date:
    """The first of the month after."""
    return _month_before(first, -1)


@require_GET
@needs(Right.APPROVE)
def ledger(request: MemberRequest) -> HttpResponse:
    """The whole page; a further page of entries alone for htmx. About 12 queries, however many entries."""
    asked = request.GET.get("period") == "own" and "since" in request.GET
    form = PeriodForm(request.GET) if asked else PeriodForm()
    period = period_of(request.GET, request.workspace, form if asked else None)
    facts = _entries(request, period)
    if request.htmx and "after" in request.GET:
        return render(request, "ledger/entries.html", facts)
    months = resolve.totals(request.workspace, "month", **period.moments)
    currencies = _currencies(months)
    currency = request.GET.get("currency", "")
    currency = currency if currency in currencies else next(iter(currencies), "")
    facts |= {
        "section": "decide",
        "period": period,
        "periods": _tabs(request, period),
        "currencies": [_tab(each, {**period.query, "currency": each}, each == currency) for each in currencies],
        "form": form,
        "sum": _sum(months, currency),
        "entries_counted": sum(each.entries for each in months if each.currency == currency),
        "months": _chart(_filled(months, currency, period), currency),
        "groups": _groups(request, period, currency),
        "csv_url": f"{reverse('ledger-csv')}?{urlencode(period.query)}",
    }
    return render(request, "ledger/page.html", facts, status=422 if asked and form.errors else 200)


def _currencies(months: Sequence[resolve.LedgerTotal]) -> list[str]:
    """Those in the ledger, the one with most entries first."""
    counted: dict[str, int] = {}
    for each in months:
        counted[each.currency] = counted.get(each.currency, 0) + each.entries
    return sorted(counted, key=lambda currency: (-counted[currency], currency))


def _sum(months: Iterable[resolve.LedgerTotal], currency: str) -> str:
    return resolve.amount_words(
        sum(each.amount_minor for each in months if each.currency == currency), currency or "EUR"
    )


def _tab(title: Any, query: dict[str, str], current: bool) -> dict[str, Any]:
    return {"title": title, "url": f"{reverse('ledger')}?{urlencode(query)}", "current": current, "count": None}


def _tabs(request: MemberRequest, period: Period) -> list[dict[str, Any]]:
    chosen = "own" if request.GET.get("period") == "own" else period.slug
    return [_tab(words, {"period": slug}, slug == chosen) for slug, words in PERIODS.items()]


def _filled(months: Sequence[resolve.LedgerTotal], currency: str, period: Period) -> list[tuple[date, int]]:
    """Every month from the first to the last, those without anything too: a gap is something to see."""
    known = {each.key: each.amount_minor for each in months if each.currency == currency}
    if not known:
        return []
    first = (period.first or min(known)).replace(day=1)
    last = (period.last or max(known)).replace(day=1)
    found = []
    while first <= last:
        found.append((first, known.get(first, 0)))
        first = first_of_next(first)
    return found[-MOST_BARS:]


def _chart(months: Sequence[tuple[date, int]], currency: str) -> dict[str, Any]:
    """Bars for the months; what was taken back on balance stands below the line."""
    if not months:
        return {}
    width, gap, height, above = 38, 14, 110, 18
    top, low = max(0, *(m[1] for m in months)), min(0, *(m[1] for m in months))
    scale = height / ((top - low) or 1)
    base = above + round(top * scale)
    bars = []
    for number, (day, amount) in enumerate(months):
        tall = max(round(abs(amount) * scale), 1 if amount else 0)
        bars.append(
            {
                "x": number * (width + gap),
                "middle": number * (width + gap) + width // 2,
                "width": width,
                "y": base - tall if amount >= 0 else base,
                "tall": tall,
                "text_y": base - tall - 5 if amount >= 0 else base - 5,
                "day": day,
                "name": formats.date_format(day, "M"),
                "year": formats.date_format(day, "Y") if number == 0 or day.month == 1 else "",
                "amount": resolve.amount_words(amount, currency),
                "short": _short(amount, currency) if amount else "",
            }
        )
    bottom = above + height + (14 if low else 0)
    return {
        "bars": bars,
        "width": len(bars) * (width + gap) - gap,
        "height": bottom + 34,
        "base": base,
        "names_y": bottom + 16,
        "years_y": bottom + 31,
    }


def _short(minor: int, currency: str) -> str:
    """A figure over a bar: whole units, in thousands where it is long. The table beside it has the exact one."""
    units = minor / 10 ** money.exponent(currency)
    if abs(units) >= 10_000:
        return f"{formats.number_format(units / 1000, decimal_pos=0)} k"
    return str(formats.number_format(units, decimal_pos=0))


def _groups(request: MemberRequest, period: Period, currency: str) -> list[dict[str, Any]]:
    """By cause, product, member: each with a bar beside its amount."""
    named: tuple[tuple[Any, Any], ...] = (("cause", _("Cause")), ("product", _("Product")), ("agent", _("Given by")))
    found = []
    for by, title in named:
        rows = [each for each in resolve.totals(request.workspace, by, **period.moments) if each.currency == currency]
        top = max((each.amount_minor for each in rows), default=0)
        shown = [
            {
                "label": each.label,
                "amount": resolve.amount_words(each.amount_minor, currency),
                "entries": each.entries,
                "share": round(100 * max(each.amount_minor, 0) / top) if top else 0,
                "url": _narrowed(period, by, each.key),
            }
            for each in rows[:SHOWN]
        ]
        found.append({"by": by, "title": title, "rows": shown, "more": max(len(rows) - SHOWN, 0)})
    return found


def _narrowed(period: Period, by: str, key: Any) -> str:
    """The entries under one heading; "" where a heading is no value to look for."""
    if key is None:
        return ""
    return f"{reverse('ledger')}?{urlencode({**period.query, by: key})}#entries"


def _narrow(request: MemberRequest) -> dict[str, Any]:
    """Which heading the entries are narrowed to."""
    named: dict[str, Any] = {by: request.GET[by][:300] for by in ("cause", "product") if by in request.GET}
    agent = request.GET.get("agent", "")
    if agent.isascii() and agent.isdigit() and len(agent) < 19:
        named["agent"] = int(agent)
    return named


def _entries(request: MemberRequest, period: Period) -> dict[str, Any]:
    narrow = _narrow(request)
    page = resolve.entries_page(request.workspace, request.GET.get("after", ""), **period.moments, **narrow)
    decisions = _decisions(request.workspace, page.rows)
    rows = [{"entry": row, "amounts": _amounts(row), "decision": decisions.get(row.remedy_id_is)} for row in page.rows]
    query = {**period.query, **narrow, "after": page.after}
    return {
        "rows": rows,
        "narrowed": _narrowed_to(narrow, page.rows),
        "all_url": f"{reverse('ledger')}?{urlencode(period.query)}",
        "next_url": f"{reverse('ledger')}?{urlencode(query)}" if page.after else "",
    }


def _narrowed_to(narrow: dict[str, Any], rows: Sequence[Any]) -> str:
    if "agent" in narrow:
        return str(rows[0].agent) if rows else _("this member")
    return next((each or _("not said") for each in narrow.values()), "")


def _decisions(workspace: Workspace, rows: Sequence[Any]) -> dict[int, int]:
    """The request that each remedy was decided by, where one was needed."""
    asked = resolve.ApprovalRequest.objects.within(workspace).filter(remedy__in={row.remedy_id_is for row in rows})
    return dict(asked.values_list("remedy_id", "pk"))


def _amounts(row: Any) -> list[str]:
    """What an entry cost, in each currency."""
    costs = [line for line in row.lines.all() if line.account == "goodwill"]
    return [resolve.amount_words(line.amount_minor, line.currency) for line in costs]


@require_GET
@needs(Right.APPROVE)
def download(request: MemberRequest) -> HttpResponse:
    """The period's entries as CSV, a row a line; 422 with a sentence where they are too many for one file."""
    form = PeriodForm(request.GET)
    period = period_of(request.GET, request.workspace, form)
    rows = list(_all(request.workspace, period))
    if len(rows) > MOST_IN_FILE:
        said = _("More than %(n)d entries: choose a shorter period.") % {"n": MOST_IN_FILE}
        return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        [
            "entry",
            "at",
            "what",
            "remedy",
            "cause",
            "product",
            "given_by",
            "decided_by",
            "account",
            "amount",
            "currency",
            "conversation",
            "case",
            "words",
        ]
    )
    kinds = dict(resolve.Remedy.Kind.choices)
    for row in rows:
        named = [
            row.pk,
            row.at.astimezone(period.zone).isoformat(timespec="seconds"),
            row.key,
            kinds.get(row.remedy_kind, row.remedy_kind),
        ]
        people = [_safe(row.cause), _safe(row.product), _safe(str(row.agent or "")), _safe(str(row.decider or ""))]
        ends = [row.conversation_id_is, row.case_id_is or "", _safe(row.words)]
        for line in row.lines.all():
            amount = money.from_minor(line.amount_minor, line.currency)
            table.writerow([*named, *people, line.account, amount, line.currency, *ends])
    # The mark at the start tells spreadsheets that it is UTF-8.
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _all(workspace: Workspace, period: Period) -> Iterator[Any]:
    """Every entry of a period, up to one more than a file holds."""
    after, count = "", 0
    while count <= MOST_IN_FILE:
        page = resolve.entries_page(workspace, after, **period.moments, size=IN_A_PAGE)
        yield from page.rows
        after, count = page.after, count + len(page.rows)
        if not after:
            return


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
