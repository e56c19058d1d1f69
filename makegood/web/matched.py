"""Shows on the messages of a conversation by which words they were found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from makegood.desk import api as desk
from makegood.listen.api import Hearing, Mention
from makegood.web.highlight import highlight

__all__ = ["show_matched"]


_PARTS = ("activity__title", "activity__tags")


def show_matched(
    workspace: Any, messages: Sequence[desk.Message], mention_id: int, hearings: Iterable[Hearing]
) -> None:
    """Gives each message its `text_html` and, where it has a title, `title_html`; the one of this mention with the
    words marked that its hearings name, and with `tags`: what matched beside the text. 1 query.
    """
    keys = [message.mention_id for message in messages if message.mention_id is not None]
    rows = Mention.objects.within(workspace).filter(pk__in=keys, deleted_at__isnull=True)
    said = {key: (title or "", tags or []) for key, title, tags in rows.values_list("pk", *_PARTS)}
    found = [(where[0] if where else "text", start, end) for each in hearings for _, start, end, *where in each.terms]
    for message in messages:
        marks = found if message.mention_id == mention_id else []
        title, tags = said.get(message.mention_id or 0, ("", []))
        message.text_html = highlight(message.text, _in("text", marks))  # type: ignore[attr-defined]
        message.title_html = highlight(title, _in("title", marks)) if title != message.text else ""  # type: ignore[attr-defined]
        places = dict.fromkeys(start for start, _ in _in("tag", marks))
        message.tags = [tags[place] for place in places if place < len(tags)]  # type: ignore[attr-defined]


def _in(where: str, marks: Iterable[tuple[str, int, int]]) -> list[tuple[int, int]]:
    return [(start, end) for name, start, end in marks if name == where]
