"""What stands on the wall: joined anew, each time, with what its authors allow and with what still stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from makegood.amplify.models import Permission, Praise, Scope, Wall, WallItem
from makegood.amplify.wall.rules import LONGEST_TEXT, MOST_SHOWN, Piece
from makegood.desk import api as desk
from makegood.kit import keyset
from makegood.kit.text import excerpt
from makegood.listen import api as listen
from makegood.winback import api as winback

__all__ = [
    "Candidate",
    "Candidates",
    "PublicWall",
    "allowed",
    "candidates",
    "chosen",
    "open_wall",
    "public_wall",
    "standing",
]

PAGE = 20
PUBLIC = ("public", "unlisted")


@dataclass(frozen=True)
class PublicWall:
    """What a visitor sees. `after` is the key of the next page, "" on the last."""

    wall: Wall
    pieces: list[Piece]
    after: str


@dataclass(frozen=True)
class Candidate:
    """A praise whose author allows it to be shown. `changed`: since a member read it, so that it waits."""

    praise: Praise
    item: WallItem | None
    changed: bool

    @property
    def shown(self) -> bool:
        """Whether it stands on a wall of chosen praise."""
        return self.item is not None and self.item.shown and not self.changed


@dataclass(frozen=True)
class Candidates:
    """A page of them; `after` is the key of the next page, "" on the last."""

    rows: list[Candidate]
    after: str


def allowed(workspace: Any) -> QuerySet[Praise]:
    """The praise that may be shown: allowed for this and not taken back, not deleted, said by real people in public."""
    standing = Permission.objects.within(workspace).filter(
        praise=OuterRef("pk"), scope=Scope.WALL, revoked_at__isnull=True
    )
    rows = Praise.objects.within(workspace).filter(Exists(standing), is_sample=False, mention__deleted_at__isnull=True)
    return rows.exclude(state=Praise.State.GONE).exclude(mention__author_id__in=_our_own(workspace))


def _our_own(workspace: Any) -> QuerySet[Any, Any]:
    """Our own accounts: a shop that praises itself is no customer (16 CFR 465.5)."""
    rows = listen.Channel.objects.within(workspace).filter(kind=listen.Channel.Kind.ACCOUNT).exclude(address="")
    return rows.values("address")


def chosen(workspace: Any) -> QuerySet[WallItem]:
    """What a wall of chosen praise shows, in no order: what was changed since a member read it waits."""
    rows = WallItem.objects.within(workspace).filter(shown=True, praise__in=allowed(workspace))
    unchanged = Q(praise__mention__edited_at__isnull=True) | Q(praise__mention__edited_at__lte=F("at"))
    return rows.filter(unchanged)


def open_wall(slug: str) -> Wall | None:
    """The open wall at this address; None where there is none. 1 query."""
    if not slug.isprintable():
        # PostgreSQL refuses to look for NUL.
        return None
    rows = Wall.objects.across("the address names the workspace").filter(slug=slug, is_open=True)
    return rows.select_related("workspace").first()


def public_wall(wall: Wall, after: str = "") -> PublicWall:
    """What the wall shows to everybody: at most 30 pieces that were chosen, or a page of everything. 2 to 4 queries."""
    if wall.mode == Wall.Mode.EVERYTHING:
        return _everything(wall, after)
    rows = chosen(wall.workspace_id).select_related("praise__mention", "praise__conversation")
    praises = [row.praise for row in rows.order_by("place", "-pk")[:MOST_SHOWN]]
    given = _given(wall, praises)
    return PublicWall(wall, [_piece(praise.mention, given) for praise in praises], "")


def _given(wall: Wall, praises: Sequence[Praise]) -> set[int]:
    """The mentions (ids) of those whose authors had been given something. 1 query."""
    talks = winback.given_before(wall.workspace_id, [praise.conversation for praise in praises])
    return {praise.mention_id for praise in praises if praise.conversation_id in talks}


def _everything(wall: Wall, after: str) -> PublicWall:
    key = keyset.read(after)
    praised = listen.Mention.objects.within(wall.workspace_id).filter(
        pk__in=allowed(wall.workspace_id).values("mention")
    )
    talks = desk.Conversation.objects.within(wall.workspace_id).filter(intent="complaint", is_sample=False)
    complained = listen.Mention.objects.within(wall.workspace_id).filter(
        pk__in=talks.values("latest"), deleted_at__isnull=True
    )
    pages = [list(_before(rows, key)[: PAGE + 1]) for rows in (praised, complained)]
    known = {row.pk for row in pages[0]}
    # Whoever complained and let us quote them stands there in their own words.
    every = [(row, False) for row in pages[0]] + [(row, True) for row in pages[1] if row.pk not in known]
    every.sort(key=lambda pair: (pair[0].posted_at, pair[0].pk), reverse=True)
    shown = every[:PAGE]
    last = shown[-1][0] if shown else None
    further = keyset.after_row(last.posted_at, last.pk) if last is not None and len(every) > PAGE else ""
    mentions = [mention.pk for mention, linked in shown if not linked]
    praises = Praise.objects.within(wall.workspace_id).filter(mention__in=mentions).select_related("conversation")
    return PublicWall(wall, list(_pieces(shown, _given(wall, list(praises)))), further)


def _before(rows: QuerySet[Any], key: tuple[datetime, int] | None) -> QuerySet[Any]:
    if key is not None:
        rows = rows.filter(Q(posted_at__lt=key[0]) | Q(posted_at=key[0], pk__lt=key[1]))
    return rows.order_by("-posted_at", "-pk")


def _pieces(pairs: Iterable[tuple[Any, bool]], given: set[int]) -> Iterable[Piece]:
    for mention, linked in pairs:
        if not linked:
            yield _piece(mention, given)
        elif mention.url.startswith(("https://", "http://")) and _visibility(mention) in PUBLIC:
            yield Piece("", "", mention.network, mention.posted_at, mention.url, linked=True)


def _visibility(mention: Any) -> str:
    return str((mention.activity or {}).get("visibility", "public"))


def _piece(mention: Any, given: set[int]) -> Piece:
    said = mention.activity or {}
    return Piece(
        author=mention.author_name or mention.author_handle,
        text=excerpt(mention.text, LONGEST_TEXT),
        network=mention.network,
        posted_at=mention.posted_at,
        url=mention.url if mention.url.startswith(("https://", "http://")) else "",
        language=str(said.get("language", "")),
        is_review=said.get("kind") == "review",
        given=mention.pk in given,
    )


def standing(workspace: Any) -> list[Candidate]:
    """What stands on a wall of chosen praise, in its order. 1 query."""
    rows = chosen(workspace).select_related("praise__mention").order_by("place", "-pk")[:MOST_SHOWN]
    return [Candidate(row.praise, row, changed=False) for row in rows]


def candidates(workspace: Any, after: str = "", size: int = PAGE, *, every: bool = False) -> Candidates:
    """A page of what may be shown and is not, the newest first, with what was decided about each; with `every` also
    what is shown. 1 query.
    """
    rows = allowed(workspace).select_related("mention", "on_wall")
    if not every:
        rows = rows.exclude(pk__in=chosen(workspace).values("praise"))
    if key := keyset.read(after):
        rows = rows.filter(Q(found_at__lt=key[0]) | Q(found_at=key[0], pk__lt=key[1]))
    found = list(rows.order_by("-found_at", "-pk")[: size + 1])
    shown = found[:size]
    further = keyset.after_row(shown[-1].found_at, shown[-1].pk) if len(found) > size else ""
    return Candidates([_candidate(row) for row in shown], further)


def _candidate(row: Praise) -> Candidate:
    item = getattr(row, "on_wall", None)
    edited = row.mention.edited_at
    return Candidate(row, item, bool(item and item.shown and edited and edited > item.at))
