"""Praise that may stand on the wall, somebody who may be an advocate, and a customer's own link."""

from __future__ import annotations

from typing import Any

from makegood.amplify.models import Advocate, Permission, Praise, ShortLink, Wall
from makegood.kit import clock

__all__ = ["shown"]


def shown(workspace: Any, talk: Any, mark: str) -> dict[str, Any]:
    """Puts them there, about the conversation `talk` and with `mark` in all that others must not read; the rows."""
    own = {"workspace": workspace}
    praise, _made = Praise.objects.get_or_create(mention=talk.latest, defaults={**own, "conversation": talk})
    Permission.objects.create(**own, praise=praise, scope="wall", granted_at=clock.now(), words=f"{mark} yes")
    Wall.objects.create(**own, slug="matrix-wall", heading=f"{mark} wall")
    advocate = Advocate.objects.create(
        **own,
        person_key="x",
        network="bluesky",
        author_id="x",
        name=f"{mark} advocate",
        conversation=talk,
        last_at=clock.now(),
    )
    link = ShortLink.objects.create(**own, code="matrix", name=f"{mark} link", target="https://shop.example/")
    return {"wall praise": praise.pk, "advocate": advocate.pk, "short link": link.pk}
