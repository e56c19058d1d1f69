"""Finding what the team should know: in the journal, with a mark of how far it was read, and in how channels and shops
are.

The firings, the alerts they make and the mark are one transaction: a crash loses none and repeats none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from makegood.alerts.evidence import Found, gather, seen_in
from makegood.alerts.models import Alert, AlertRule, Firing
from makegood.alerts.rules import TRIGGERS, send_after
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["find_new", "silence_of", "source_trouble_of", "trouble_of", "watch_channels"]

MARK = "alerts"
STALE = timedelta(hours=24)
"""What is found later than that, after a long standstill, is on the pages; telling it now would only be noise."""
VERBS = sorted({verb for trigger in TRIGGERS.values() for verb in trigger.verbs})
T = AlertRule.Trigger
LOOKED_AT = (T.CHANNEL, T.SOURCE)
"""What rules look at themselves, instead of hearing of it."""
Told = dict[tuple[int, str], datetime]


def find_new() -> int:
    """Reads the journal from the mark on; returns how many firings were found."""
    count = 0

    def take(lines: Sequence[journal.Entry]) -> None:
        nonlocal count
        count += _fire_for(lines)

    while journal.read_on(MARK, VERBS, take, from_now=True):
        pass
    return count


def _fire_for(lines: Sequence[journal.Entry]) -> int:
    rules = list(
        AlertRule.objects.across("alerts are found for all workspaces at once")
        .filter(active=True, workspace__in={line.workspace_id for line in lines})
        .exclude(trigger__in=LOOKED_AT)
        .select_related("workspace")
        .prefetch_related("destinations")
    )
    wanted = {rule.workspace_id for rule in rules}
    since = clock.now() - STALE
    evidence = _evidence([one for one in lines if one.workspace_id in wanted and one.at >= since], rules)
    return _fire(evidence, _told(evidence))


def _evidence(lines: Sequence[journal.Entry], rules: Sequence[AlertRule]) -> list[tuple[AlertRule, Found]]:
    if not lines:
        return []
    facts = gather(lines, rules)
    pairs = ((rule, seen_in(line, rule, facts)) for line in lines for rule in rules if line.at >= rule.since)
    return [(rule, found) for rule, found in pairs if found is not None]


def _fire(evidence: Sequence[tuple[AlertRule, Found]], told: Told) -> int:
    """Writes the firings of what was not told lately, and an alert to each destination; in the caller's transaction."""
    fresh: list[tuple[AlertRule, Found]] = []
    for rule, found in evidence:
        last = told.get((rule.pk, found.subject))
        if last is not None and found.at - last < timedelta(minutes=rule.repeat_minutes):
            continue
        told[rule.pk, found.subject] = found.at
        fresh.append((rule, found))
    firings = Firing.objects.bulk_create(
        [
            Firing(
                workspace_id=rule.workspace_id,
                rule=rule,
                subject=found.subject,
                conversation_id=found.conversation_id,
                channel_id=found.channel_id,
                source_id=found.source_id,
                reason=found.reason,
                entry_id=found.entry_id,
                at=found.at,
            )
            for rule, found in fresh
        ]
    )
    if firings:
        _alert(firings)
    return len(firings)


def _told(evidence: Sequence[tuple[AlertRule, Found]]) -> Told:
    if not evidence:
        return {}
    rows = Firing.objects.across("alerts are found for all workspaces at once").filter(
        rule__in={rule.pk for rule, _found in evidence}, subject__in={found.subject for _rule, found in evidence}
    )
    newest = rows.values("rule_id", "subject").annotate(last=Max("at")).order_by()
    return {(row["rule_id"], row["subject"]): row["last"] for row in newest}


def _alert(firings: Sequence[Firing]) -> None:
    """An alert of each firing to each of its rule's destinations, for the moment when it may go out."""
    rules = {firing.rule_id: firing.rule for firing in firings}
    begun = _collecting(rules)
    now = clock.now()
    alerts = []
    for firing in firings:
        rule = rules[firing.rule_id]
        quiet = (None, None) if rule.even_at_night else (rule.quiet_from, rule.quiet_until)
        for destination in rule.destinations.all():
            key = (rule.pk, destination.pk)
            moment, held = send_after(
                now,
                digest_minutes=rule.digest_minutes,
                begun=begun.get(key),
                quiet=quiet,
                zone=rule.workspace.timezone,
            )
            begun.setdefault(key, moment)
            alerts.append(
                Alert(
                    workspace_id=firing.workspace_id,
                    destination=destination,
                    rule=rule,
                    firing=firing,
                    state=Alert.State.HELD if held else Alert.State.DUE,
                    sentence=_("Quiet hours.") if held else "",
                    send_after=moment,
                    at=now,
                )
            )
    Alert.objects.bulk_create(alerts, batch_size=200)


def _collecting(rules: Mapping[int, AlertRule]) -> dict[tuple[int, int], datetime]:
    """When the digest goes out that each rule is collecting for each destination."""
    waiting = Alert.objects.across("alerts are found for all workspaces at once").filter(
        rule__in=rules, state__in=[Alert.State.DUE, Alert.State.HELD], batch="", send_after__gt=clock.now()
    )
    rows = waiting.values("rule_id", "destination_id").annotate(first=Min("send_after")).order_by()
    return {(row["rule_id"], row["destination_id"]): row["first"] for row in rows}


def watch_channels() -> int:
    """Looks at how channels, shops and processors are for the rules about them; returns how many firings were found.

    No line tells of silence, nor of trouble that lasts: so they are looked at, each minute.
    """
    rules = AlertRule.objects.across("alerts are found for all workspaces at once").filter(
        active=True, trigger__in=LOOKED_AT
    )
    by_workspace: defaultdict[int, list[AlertRule]] = defaultdict(list)
    for rule in rules.select_related("workspace").prefetch_related("destinations").order_by("id"):
        by_workspace[rule.workspace_id].append(rule)
    return sum(_watch(mine) for mine in by_workspace.values())


@transaction.atomic
def _watch(rules: Sequence[AlertRule]) -> int:
    now = clock.now()
    kinds = {rule.trigger for rule in rules}
    workspace = rules[0].workspace
    health = (
        [each for each in listen.channel_health(workspace) if _is_heard(each.channel)] if T.CHANNEL in kinds else []
    )
    sources = identify.source_health(workspace) if T.SOURCE in kinds else []
    evidence: list[tuple[AlertRule, Found]] = []
    for rule in rules:
        minutes = int(rule.parameters["minutes"])
        if rule.trigger == T.SOURCE:
            seen = [source_trouble_of(each, now, minutes) for each in sources]
        else:
            hours = int(rule.parameters["silent_hours"])
            seen = [trouble_of(each, now, minutes) or silence_of(each, now, hours) for each in health]
        evidence += [(rule, found) for found in seen if found is not None]
    told = _told(evidence)
    worked = {f"channel:{each.channel.pk}": each.channel.last_good_at for each in health}
    worked |= {f"source:{each.source.pk}": each.source.last_good_at for each in sources}
    for rule, found in evidence:
        last, good = told.get((rule.pk, found.subject)), worked.get(found.subject)
        # It has worked in between: this is new trouble, whatever the repeat time.
        if last is not None and good is not None and good > last:
            del told[rule.pk, found.subject]
    return _fire(evidence, told)


def _is_heard(row: listen.Channel) -> bool:
    return row.kind not in (listen.Channel.Kind.IMPORT, listen.Channel.Kind.SAMPLE)


def trouble_of(health: listen.Health, now: datetime, minutes: int) -> Found | None:
    """Trouble that has lasted so many minutes; a disconnected account at once."""
    row = health.channel
    if health.mood not in ("trouble", "disconnected"):
        return None
    since = row.last_good_at or row.created_at
    if health.mood == "trouble" and now - since < timedelta(minutes=minutes):
        return None
    return Found(f"channel:{row.pk}", health.sentence[:300], now, channel_id=row.pk)


def source_trouble_of(health: identify.SourceHealth, now: datetime, minutes: int) -> Found | None:
    """Likewise of a shop or processor."""
    row = health.source
    if health.mood not in ("trouble", "disconnected"):
        return None
    since = row.last_good_at or row.connected_at
    if health.mood == "trouble" and now - since < timedelta(minutes=minutes):
        return None
    return Found(f"source:{row.pk}", health.sentence[:300], now, source_id=row.pk)


def silence_of(health: listen.Health, now: datetime, hours: int) -> Found | None:
    """A working channel that has brought nothing for so many hours; 0 for never."""
    row = health.channel
    since = row.last_heard_at or row.created_at
    if not hours or health.mood not in ("quiet", "working") or now - since < timedelta(hours=hours):
        return None
    count = int((now - since).total_seconds() // 3600)
    reason = _("Nothing was heard for %(n)d hours. The channel itself works.") % {"n": count}
    return Found(f"silence:{row.pk}", reason, now, channel_id=row.pk)
