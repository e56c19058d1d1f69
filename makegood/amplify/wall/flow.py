"""Opening and closing the wall, and choosing what stands on it. One transaction a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.amplify.models import Praise, Wall, WallItem
from makegood.amplify.wall import reading
from makegood.amplify.wall.rules import MOST_SHOWN, WallError, clean_sites, clean_slug, hiding_problem, new_slug
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["Wish", "hide", "move", "save", "show", "wall_of"]


@dataclass(frozen=True)
class Wish:
    """What a member wants of the wall. `slug` "" lets it be, or draws one that nobody guesses."""

    is_open: bool
    mode: str
    slug: str = ""
    heading: str = ""
    noindex: bool = True
    sites: str = ""


def wall_of(workspace: Any) -> Wall:
    """The workspace's wall; one that is closed, and not kept yet, where nobody has opened it."""
    return Wall.objects.within(workspace).first() or Wall(workspace_id=workspace.pk, slug="")


def _may(member: Membership, right: Right) -> None:
    if not allows(member.role, right):
        raise WallError(_("Only who may change the workspace’s settings can do this."))


@transaction.atomic
def save(member: Membership, wish: Wish) -> Wall:
    """Changes the wall. Raises `WallError`."""
    _may(member, Right.SETTINGS)
    if wish.mode not in Wall.Mode.values:
        raise WallError(_("Say whether it shows what you choose, or everything."))
    slug, sites = (clean_slug(wish.slug) if wish.slug.strip() else ""), clean_sites(wish.sites)
    row = Wall.objects.within(member.workspace_id).select_for_update().first()
    row = row or Wall(workspace_id=member.workspace_id, slug=new_slug())
    row.slug = slug or row.slug
    row.is_open, row.mode, row.noindex, row.frame_sites = wish.is_open, wish.mode, wish.noindex, sites
    row.heading = wish.heading.strip()[:100]
    row.changed_by, row.changed_at = member.user, clock.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise WallError(_("This address is taken. Choose another end for it.")) from error
    journal.record(
        member.workspace_id, "wall.changed", row, actor=member.user, wall=row.pk, open=row.is_open, mode=row.mode
    )
    return row


def _item(member: Membership, praise: int) -> tuple[Praise, WallItem | None]:
    """The praise, held until the transaction ends, and what was decided about it."""
    if not allows(member.role, Right.WORK):
        raise WallError(_("Only who works on conversations here can do this."))
    # All that is placed on one wall is placed one after the other.
    Wall.objects.within(member.workspace_id).select_for_update().first()
    row = Praise.objects.within(member.workspace_id).filter(pk=praise).select_related("conversation").first()
    if row is None:
        raise WallError(_("This is not there."))
    return row, WallItem.objects.within(member.workspace_id).filter(praise=row).first()


@transaction.atomic
def show(member: Membership, praise: int) -> None:
    """Puts a praise (id) on the wall, in front; what is there already was read again. Raises `WallError`."""
    row, item = _item(member, praise)
    if not reading.allowed(member.workspace_id).filter(pk=row.pk).exists():
        raise WallError(_("Its author has not allowed this, has taken it back, or has deleted it."))
    items = WallItem.objects.within(member.workspace_id).filter(shown=True)
    if item is None or not item.shown:
        if reading.chosen(member.workspace_id).count() >= MOST_SHOWN:
            raise WallError(_("Thirty are the most a wall shows. Hide one first."))
        first = items.aggregate(first=Min("place"))["first"]
        item = item or WallItem(workspace_id=member.workspace_id, praise=row)
        item.place = (first if first is not None else 1) - 1
    item.shown, item.by, item.at = True, member.user, clock.now()
    item.save()
    journal.record(member.workspace_id, "wall.shown", row.conversation, actor=member.user, praise=row.pk)


@transaction.atomic
def hide(member: Membership, praise: int) -> None:
    """Takes a praise (id) off the wall. Raises `WallError`, also where the wall says that it shows everything."""
    row, item = _item(member, praise)
    _refuse_hiding(member)
    item = item or WallItem(workspace_id=member.workspace_id, praise=row)
    item.shown, item.by, item.at = False, member.user, clock.now()
    item.save()
    journal.record(member.workspace_id, "wall.hidden", row.conversation, actor=member.user, praise=row.pk)


@transaction.atomic
def move(member: Membership, praise: int, up: bool) -> None:
    """Changes the place of a praise (id) with its neighbour's. Raises `WallError`."""
    row, item = _item(member, praise)
    _refuse_hiding(member)
    if item is None or not item.shown:
        raise WallError(_("It is not on the wall."))
    shown = list(reading.chosen(member.workspace_id).order_by("place", "-pk"))
    here = next((number for number, each in enumerate(shown) if each.pk == item.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(shown):
        return
    shown[here], shown[there] = shown[there], shown[here]
    last = WallItem.objects.within(member.workspace_id).filter(shown=True).aggregate(last=Max("place"))["last"] or 0
    for number, each in enumerate(shown):
        each.place = last + 1 + number
    WallItem.objects.within(member.workspace_id).bulk_update(shown, ["place"])
    journal.record(member.workspace_id, "wall.moved", row.conversation, actor=member.user, praise=row.pk)


def _refuse_hiding(member: Membership) -> None:
    if problem := hiding_problem(wall_of(member.workspace).mode):
        raise WallError(problem)
