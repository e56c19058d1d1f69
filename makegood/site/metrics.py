"""/metrics for Prometheus: figures of the installation, read from the database when they are asked for.

No label names a workspace, a channel, a person or a customer. Format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from makegood.kit import clock

if TYPE_CHECKING:
    from prometheus_client.core import Metric

__all__ = ["metrics"]

RECENT = 50_000
"""How many of the newest mentions are looked at for the last hour's: enough for fourteen a second."""
PASSED_ON = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


@require_GET
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for who has the token (MAKEGOOD_METRICS_TOKEN); without one, for this machine only."""
    if not _may(request):
        refused = HttpResponse("Send the token: Authorization: Bearer ...\n", status=401, content_type="text/plain")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    # Loaded with the first question: who does not ask pays no memory for it.
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Figures())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except Error:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")


# The middleware must not ask the database who is there.
metrics.for_probes = True  # type: ignore[attr-defined]


def _may(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine makes everybody look like this machine; what it passes on, and the name it was asked for,
    # give it away.
    if any(name in request.META for name in PASSED_ON):
        return False
    return _is_here(request.META.get("REMOTE_ADDR", "")) and _is_here(request.get_host().rsplit(":", 1)[0].strip("[]"))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Figures:
    """What prometheus-client asks for metrics when it writes them out."""

    def collect(self) -> Iterator[Metric]:
        """Every figure. Raises django.db.Error when the database cannot be read."""
        yield from _mentions()
        yield from _channels()
        yield from _sources()
        yield from _work()
        yield from _replies_and_alerts()
        yield from _processes()
        yield from _requests()


def _gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    found = GaugeMetricFamily(f"makegood_{name}", text, labels=labels)
    for key, value in sorted(values.items()):
        found.add_metric(key, value)
    return found


def _mentions() -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    from makegood.listen.api import Mention

    rows = Mention.objects.across("the operator's figures are of all workspaces")
    newest = rows.order_by("-id").values_list("id", flat=True).first() or 0
    heard = CounterMetricFamily("makegood_mentions_heard", "Mentions ever stored, by the number of the newest.")
    heard.add_metric([], newest)
    yield heard
    lately = rows.filter(id__gt=newest - RECENT, heard_at__gte=clock.now() - timedelta(hours=1))
    counts = lately.values("network").annotate(n=Count("id")).order_by("network")
    yield _gauge(
        "mentions_last_hour", "Mentions heard in the last hour.", ("network",),
        {(row["network"],): row["n"] for row in counts},
    )  # fmt: skip


def _channels() -> Iterator[Metric]:
    from makegood.listen import api as listen

    now = clock.now()
    states: Counter[tuple[str, ...]] = Counter()
    lags: dict[tuple[str, ...], float] = {}
    for health in listen.channel_health(None):
        row = health.channel
        states[row.network, health.mood] += 1
        good = health.good_at
        if good is not None and health.mood != "paused" and row.kind not in ("import", "sample"):
            lags[(row.network,)] = max(lags.get((row.network,), 0.0), (now - good).total_seconds())
    yield _gauge("channels", "Channels by network and how they are.", ("network", "state"), states)
    yield _gauge(
        "channel_lag_seconds", "Since the longest unheard channel was last heard or checked.", ("network",), lags
    )


def _sources() -> Iterator[Metric]:
    from makegood.identify import api as identify

    states: Counter[tuple[str, ...]] = Counter()
    for health in identify.source_health(None):
        states[health.source.kind, health.mood] += 1
    yield _gauge("sources", "Shops and processors by kind and how they are.", ("kind", "state"), states)


def _work() -> Iterator[Metric]:
    from makegood.jobs import api as jobs
    from makegood.web import doing

    queues = doing.queues()
    ages = {(one.slug,): one.age or 0.0 for one in queues}
    yield _gauge("queue_oldest_seconds", "How long the oldest due row has waited; 0 for none.", ("queue",), ages)
    bounds = {(one.slug,): one.bound for one in queues}
    yield _gauge("queue_bound_seconds", "How long it may wait.", ("queue",), bounds)
    expiries = {(kind,): float(count) for kind, count in jobs.lease_expiries().items()}
    yield _gauge("lease_expiries_last_day", "Work taken up again after its lease ran out.", ("kind",), expiries)


def _replies_and_alerts() -> Iterator[Metric]:
    from makegood.alerts.api import Alert
    from makegood.reply.api import Reply

    for name, text, rows, known in (
        ("replies", "Answers by state.", Reply.objects.across("the operator's figures"), Reply.State),
        ("alerts", "Alerts by state.", Alert.objects.across("the operator's figures"), Alert.State),
    ):
        counts: dict[tuple[str, ...], float] = {(str(state),): 0.0 for state in known.values}
        found: Any = rows.values("state").annotate(n=Count("id")).order_by()
        counts |= {(row["state"],): float(row["n"]) for row in found}
        yield _gauge(name, text, ("state",), counts)


def _processes() -> Iterator[Metric]:
    from makegood.web import doing

    runners = [one for one in doing.runners() if one.age is not None]
    ages = {(one.name,): float(one.age or 0.0) for one in runners}
    yield _gauge("heartbeat_age_seconds", "Since a process' last sign of life.", ("process",), ages)
    memory = {(one.name,): float(one.memory) for one in runners if one.memory}
    yield _gauge("memory_bytes", "Resident memory a process said it holds.", ("process",), memory)
    lags = {(one.name,): float(one.detail["lag"]) for one in runners if one.detail.get("lag") is not None}
    yield _gauge("stream_lag_seconds", "How far the public stream is read behind.", ("process",), lags)
    late = {(one.name,): float(one.detail["lag_p99"]) for one in runners if one.detail.get("lag_p99") is not None}
    text = "How late 99 of 100 events of the last minute were taken in, at most."
    yield _gauge("stream_lag_p99_seconds", text, ("process",), late)


def _requests() -> Iterator[Metric]:
    from prometheus_client.core import HistogramMetricFamily

    from makegood.web.timing import EDGES, timed

    found = HistogramMetricFamily(
        "makegood_http_request_seconds",
        "Answers of this web process by name of the address, method and class of status.",
        labels=("view", "method", "status"),
    )
    for key, one in sorted(timed().items()):
        total, buckets = 0, []
        for edge, count in zip([*map(str, EDGES), "+Inf"], one.buckets, strict=True):
            total += count
            buckets.append((edge, total))
        found.add_metric(key, buckets=buckets, sum_value=one.seconds)
    yield found
