"""Planning a reshare, moving it, taking it back or down. A member decides each one. One transaction a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.amplify.models import Permission, Praise, Scope, Share, SharingRules
from makegood.amplify.praising import flow as praising
from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.praising.wording import check_words
from makegood.amplify.sharing import down, picture, rules
from makegood.clocks import api as clocks
from makegood.connectors.contract import Capability
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import api as reply

__all__ = [
    "SCOPE_OF",
    "Wanted",
    "accounts_of",
    "capability_of",
    "is_down",
    "link_added",
    "move",
    "picture_for",
    "plan",
    "retry",
    "rules_of",
    "save_rules",
    "send_now",
    "slot_for",
    "take_down",
    "withdraw",
]

State, Kind = Share.State, Share.Kind
SCOPE_OF = {Kind.BOOST: Scope.RESHARE, Kind.QUOTE: Scope.RESHARE, Kind.PICTURE: Scope.PICTURE}
"""The permission that each way of sharing needs."""
COUNTED = (State.QUEUED, State.SENDING, State.DONE, State.UNKNOWN)
AROUND = timedelta(days=120)
FURTHEST = timedelta(days=90)
SOON = 300.0


@dataclass(frozen=True)
class Wanted:
    """What a member wants shared: by which account (id), how, with which words of our own, and when.

    `excerpt` is the part of the praise that a picture shows, "" for all; `named` whether it names its author. `at`
    (aware) is a moment of their own choice; None takes the next slot.
    """

    channel: int
    kind: str
    text: str = ""
    excerpt: str = ""
    named: bool = True
    alt: str = ""
    at: datetime | None = None


def rules_of(workspace: Any) -> SharingRules:
    """How a workspace shares; the usual where it has settled nothing."""
    row = SharingRules.objects.within(workspace).first()
    return row or SharingRules(workspace_id=getattr(workspace, "pk", workspace))


@transaction.atomic
def save_rules(
    member: Membership, *, most_a_day: int, hours_between: int, ask_first: bool, words: dict[str, str]
) -> SharingRules:
    """Settles how the workspace shares. Raises `PraiseError`."""
    if not allows(member.role, Right.SETTINGS):
        raise PraiseError(_("Only owners change this."))
    if not 1 <= most_a_day <= 20:
        raise PraiseError(_("Between 1 and 20 reshares a day can be allowed."))
    if not 0 <= hours_between <= 72:
        raise PraiseError(_("Between two reshares lie between 0 and 72 hours."))
    kept = {network: check_words(said) for network, said in words.items()}
    row, _new = SharingRules.objects.update_or_create(
        workspace_id=member.workspace_id,
        defaults={
            "most_a_day": most_a_day,
            "hours_between": hours_between,
            "ask_first": ask_first,
            "words": {network: said for network, said in kept.items() if said},
        },
    )
    journal.record(member.workspace_id, "sharing.rules_saved", row, actor=member.user, ask_first=ask_first)
    return row


def accounts_of(praise: Praise) -> list[listen.Channel]:
    """The own accounts by which this praise could be carried on, those on its own network first. 1 query."""
    kind = listen.Channel.Kind.SAMPLE if praise.is_sample else listen.Channel.Kind.ACCOUNT
    rows = listen.Channel.objects.within(praise.workspace_id).filter(kind=kind)
    usable = rows.exclude(state=listen.Channel.State.DISCONNECTED).order_by("pk")
    able = [row for row in usable if rules.kinds_of(capability_of(row), praise.mention.network)]
    return sorted(able, key=lambda row: row.network != praise.mention.network)


def capability_of(channel: listen.Channel) -> Capability:
    """What the account's own server lets us do."""
    found = connector(channel.network)
    return found.limits(channel.facts) if found.limits is not None else found.capability


def _to_share(member: Membership, key: int) -> Praise:
    if not reply.may_send(member):
        raise PraiseError(_("Only who sends answers without asking can share praise."))
    row = praising.held(member, key, Right.ANSWER)
    if row.state == Praise.State.GONE or row.mention.deleted_at is not None:
        raise PraiseError(_("Its author has deleted it, so it cannot be shared."))
    if (row.mention.activity or {}).get("visibility", "public") not in rules.OPEN_TO_ALL:
        raise PraiseError(_("Not everybody can see this post, so it cannot be shared."))
    return row


def _permission(row: Praise, kind: str, rule: SharingRules) -> Permission | None:
    rows = Permission.objects.within(row.workspace_id).filter(praise=row, scope=SCOPE_OF[Kind(kind)])
    found = rows.filter(revoked_at__isnull=True).first()
    if found is not None:
        return found
    taken_back = rows.exists()
    if kind == Kind.BOOST and not rule.ask_first and not taken_back:
        return None
    if taken_back:
        raise PraiseError(_("They have taken their permission back. Ask again before you share it."))
    raise PraiseError(_("They have not allowed this yet. Ask them first."))


def _account(row: Praise, wanted: Wanted) -> tuple[listen.Channel, Capability]:
    for channel in accounts_of(row):
        if channel.pk == wanted.channel:
            capability = capability_of(channel)
            if wanted.kind not in rules.kinds_of(capability, row.mention.network):
                break
            return channel, capability
    raise PraiseError(_("This account cannot share it that way. Choose another account or another way."))


def link_added(text: str, praise: Praise, capability: Capability) -> str:
    """Our words with the post they quote: where the network has no quotes, with a link to it."""
    if capability.quotes or not praise.mention.url:
        return text.strip()
    return f"{text.strip()}\n\n{praise.mention.url}".strip()


def _check_text(text: str, capability: Capability, network: str) -> None:
    count = connector(network).count
    rule = capability.text
    if rule is not None and count is not None and count(text) > rule.limit:
        over = count(text) - rule.limit
        raise PraiseError(
            _("Your words are %(over)s characters too long for %(network)s. Shorten them.")
            % {"over": over, "network": capability.title}
        )


def picture_for(praise: Praise, excerpt: str, *, named: bool, alt_limit: int) -> tuple[bytes, str]:
    """The picture of a praise and its description. Raises `PraiseError`."""
    words = picture.excerpt_of(praise.mention.text, excerpt)
    author = praise.mention.author_name or praise.mention.author_handle if named else ""
    shop = praise.workspace.brand or praise.workspace.name
    return picture.draw(words, author, shop), picture.alt_of(words, author, shop, alt_limit)


def _taken(workspace: Any, channel: int, without: int = 0) -> list[datetime]:
    rows = Share.objects.within(workspace).filter(channel=channel, state__in=COUNTED).exclude(pk=without)
    since = clock.now() - timedelta(days=4)
    return list(rows.filter(send_after__range=(since, since + AROUND)).values_list("send_after", flat=True)[:2000])


def slot_for(workspace: Any, channel: int, without: int = 0) -> datetime:
    """When the next one goes out by an account (id), after the time to undo. 6 queries."""
    rule, book = rules_of(workspace), clocks.books([workspace.pk])[workspace.pk]
    now = clock.now() + timedelta(seconds=workspace.undo_seconds)
    taken = _taken(workspace, channel, without)
    return rules.next_slot(now, taken, book.hours, book.zone, rule.most_a_day, rule.hours_between)


@transaction.atomic
def plan(member: Membership, key: int, wanted: Wanted) -> Share:
    """Plans a reshare. The same one a second time is the first. Raises `PraiseError`."""
    if wanted.kind not in Kind.values:
        raise PraiseError(_("Choose how to share it."))
    row = _to_share(member, key)
    permission = _permission(row, wanted.kind, rules_of(member.workspace))
    channel, capability = _account(row, wanted)
    same = Share.objects.within(member.workspace_id).filter(praise=row, channel=channel, kind=wanted.kind)
    standing = same.filter(state__in=COUNTED).first()
    if standing is not None:
        return standing
    new_key = connector(channel.network).new_key
    assert new_key is not None
    made = Share(
        workspace_id=member.workspace_id,
        praise=row,
        permission=permission,
        channel=channel,
        network=channel.network,
        kind=wanted.kind,
        key=new_key(),
        send_after=_moment(wanted.at) or slot_for(member.workspace, channel.pk),
        by=member.user,
        is_sample=row.is_sample,
    )
    _fill(made, row, wanted, capability)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise PraiseError(_("Somebody shares it in this moment. Load the page again.")) from error
    journal.record(made.workspace_id, "share.queued", _talk(made), actor=member.user, **_facts(made))
    _wake_at(made.send_after)
    return made


def _fill(made: Share, row: Praise, wanted: Wanted, capability: Capability) -> None:
    if wanted.kind == Kind.BOOST:
        return
    if wanted.kind == Kind.QUOTE:
        if not wanted.text.strip():
            raise PraiseError(_("Write a few words of your own; without them, reshare it as it is."))
        made.text = link_added(wanted.text, row, capability)
    else:
        media = capability.media
        assert media is not None
        made.picture, usual = picture_for(row, wanted.excerpt, named=wanted.named, alt_limit=media.alt_limit)
        made.alt = wanted.alt.strip()[: media.alt_limit] or usual
        made.text = wanted.text.strip()
        if len(made.picture) > media.bytes:
            raise PraiseError(_("The picture is larger than the network takes. Choose a shorter part of it."))
    _check_text(made.text, capability, capability.network)


def _moment(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if not clock.now() - timedelta(minutes=1) <= at <= clock.now() + FURTHEST:
        raise PraiseError(_("Choose a moment within the next 90 days."))
    return at


def _talk(row: Share) -> desk.Conversation:
    """What journal lines are about; not read for that."""
    return desk.Conversation(pk=row.praise.conversation_id)


def _facts(row: Share) -> dict[str, Any]:
    return {"praise": row.praise_id, "share": row.pk, "kind": row.kind}


def _wake_at(at: datetime) -> None:
    """Asks for the step when a row is due; for what is further off the minute's sweep is soon enough."""
    seconds = (at - clock.now()).total_seconds()
    if seconds < SOON:
        jobs.wake("shares", delay=max(0.0, seconds) + 0.1)


def _own(member: Membership, key: int) -> Share:
    if not reply.may_send(member):
        raise PraiseError(_("Only who sends answers without asking can share praise."))
    rows = Share.objects.within(member.workspace_id).select_for_update(of=("self",))
    row = rows.select_related("praise").filter(pk=key, praise__conversation__in=desk.visible(member)).first()
    if row is None:
        raise PraiseError(_("This is not there any more. Load the page again."))
    return row


def _change(row: Share, states: Sequence[str], **facts: Any) -> None:
    """Changes a row that is still in one of these states. Raises `PraiseError` when it is not."""
    rows = Share.objects.within(row.workspace_id).filter(pk=row.pk, state__in=states)
    if not rows.update(**facts, changed_at=clock.now()):
        raise PraiseError(_("It has gone out meanwhile. Load the page again."))
    row.refresh_from_db()


@transaction.atomic
def withdraw(member: Membership, key: int) -> Share:
    """Takes back what has not gone out. Raises `PraiseError`."""
    row = _own(member, key)
    if row.state != State.WITHDRAWN:
        _change(row, [State.QUEUED, State.REFUSED], state=State.WITHDRAWN)
        journal.record(row.workspace_id, "share.withdrawn", _talk(row), actor=member.user, **_facts(row))
    return row


@transaction.atomic
def move(member: Membership, key: int, at: datetime) -> Share:
    """Plans it for another moment (aware), which a member may choose freely. Raises `PraiseError`."""
    row = _own(member, key)
    _change(row, [State.QUEUED], send_after=_moment(at))
    _wake_at(row.send_after)
    return row


@transaction.atomic
def send_now(member: Membership, key: int) -> Share:
    """Sends what was planned for later, after the time to undo. Raises `PraiseError`."""
    row = _own(member, key)
    _change(row, [State.QUEUED], send_after=clock.now() + timedelta(seconds=member.workspace.undo_seconds))
    jobs.wake("shares", delay=member.workspace.undo_seconds + 0.1)
    return row


@transaction.atomic
def take_down(member: Membership, key: int) -> Share:
    """Takes down what stands. Raises `PraiseError`."""
    row = _own(member, key)
    mine = Share.objects.within(row.workspace_id).filter(pk=row.pk)
    if not down.take_down(mine, _("A member took it down.")):
        raise PraiseError(_("This does not stand any more. Load the page again."))
    row.refresh_from_db()
    jobs.wake("shares")
    return row


@transaction.atomic
def retry(member: Membership, key: int) -> Share:
    """Tries again what was refused, is unknown, or could not be taken down. Raises `PraiseError`."""
    row = _own(member, key)
    now = clock.now()
    if row.state == State.STUCK:
        _change(row, [State.STUCK], state=State.LEAVING, lease_until=now, attempt=0, sentence="")
    else:
        _to_share(member, row.praise_id)
        permission = _permission(row.praise, row.kind, rules_of(member.workspace))
        # An attempt may have gone through: it stays one that asks first.
        attempt = 1 if row.state == State.UNKNOWN else 0
        state = State.SENDING if attempt else State.QUEUED
        facts = {"lease_until": now, "send_after": now, "sentence": "", "permission": permission}
        _change(row, [State.REFUSED, State.UNKNOWN], state=state, attempt=attempt, **facts)
    jobs.wake("shares")
    return row


@transaction.atomic
def is_down(member: Membership, key: int) -> Share:
    """A member has taken it down on the network by hand. Raises `PraiseError`."""
    row = _own(member, key)
    _change(row, [State.STUCK, State.UNKNOWN], state=State.REMOVED, removed_at=clock.now(), sentence="")
    journal.record(row.workspace_id, "share.removed", _talk(row), actor=member.user, by_hand=True, **_facts(row))
    jobs.wake("shares")
    return row
