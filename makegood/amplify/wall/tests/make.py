"""Praise for tests, brought in the way the product does it, with or without permission."""

from __future__ import annotations

from typing import Any

from makegood.accounts.models import Membership
from makegood.amplify.models import Permission, Praise, Scope, Wall
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import channel

__all__ = ["Shop", "member_of", "opened", "permit", "praised"]


def member_of(person: Any, workspace: Any) -> Membership:
    """The person's place in the workspace."""
    return Membership.objects.within(workspace).get(user=person)


class Shop:
    """A workspace with a channel, and praise that was heard there."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace
        self.channel = channel(workspace, "account", name="@teapot")


def praised(shop: Shop, text: str = "I love my new teapot, thank you!", **fields: Any) -> Praise:
    """Praise that was heard and found; nothing is allowed yet. `name` is who said it."""
    name, sample = fields.pop("name", "Ada Lovelace"), fields.pop("is_sample", False)
    talk = conversation_with(shop.channel, text, **fields)
    talk.latest.author_name = name
    talk.latest.save(update_fields=["author_name"])
    made: Praise = Praise.objects.create(
        workspace=shop.workspace, mention=talk.latest, conversation=talk, is_sample=sample
    )
    return made


def permit(praise: Praise, scope: str = Scope.WALL) -> Permission:
    """Its author says yes."""
    made: Permission = Permission.objects.create(
        workspace_id=praise.workspace_id, praise=praise, scope=scope, granted_at=clock.now(), words="Yes, please do"
    )
    return made


def opened(workspace: Any, slug: str = "teapot-praise", **fields: Any) -> Wall:
    """An open wall."""
    made: Wall = Wall.objects.create(workspace=workspace, slug=slug, is_open=True, **fields)
    return made
