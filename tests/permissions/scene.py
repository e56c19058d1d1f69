"""Olga's shop with a row of every kind, and marks in everything that others must not read.

What only the shop may see holds `SHOP`; what a collaborator may see as well, as it is shared with her, holds `SHARED`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from makegood.accounts import api as accounts
from makegood.accounts.models import Membership, Team, User
from makegood.alerts.models import AlertDestination, AlertRule
from makegood.clocks.models import BusinessHours, SlaPolicy, SpecialDay
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Case, CaseSuggestion, Clock
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.tests.make import channel
from makegood.reply import api as reply
from makegood.reply.models import CannedResponse, Macro, Reply, ReplyMedia
from makegood.triage import api as triage

__all__ = ["PEOPLE", "SHARED", "SHOP", "Scene", "build"]

SHOP = "Zzshop"
SHARED = "Zzshared"
ROLES = {
    "owner": "owner",
    "manager": "manager",
    "agent": "agent",
    "collaborator": "collaborator",
    "collaborator-elsewhere": "collaborator",
    "viewer": "viewer",
}
PEOPLE = (*ROLES, "stranger", "signed-out")
"""`collaborator` has the conversation of the scene shared with her, `collaborator-elsewhere` has not."""


@dataclass
class Scene:
    """`people` by what they are (see PEOPLE), `rows`: the argument of an address by kind of row."""

    workspace: Any
    people: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)


def build() -> Scene:
    """Everything, in the transaction that is open."""
    owner = _person("Olga")
    workspace = accounts.create_workspace("Teapot & Co", owner)
    scene = Scene(workspace, {"owner": owner})
    for what, role in list(ROLES.items())[1:]:
        scene.people[what] = _person(what.title())
        Membership.objects.create(workspace=workspace, user=scene.people[what], role=role)
    scene.people["stranger"] = _person("Sten")
    accounts.create_workspace("Sten's Skis", scene.people["stranger"])
    _listening(scene)
    _talking(scene)
    _people(scene)
    _arranged(scene)
    return scene


def _person(name: str) -> Any:
    mark = "" if name == "Sten" else f".{SHOP}"
    return User.objects.create_user(f"{name}{mark}@example.com", "correct horse battery", name=name)


def _listening(scene: Scene) -> None:
    workspace, owner = scene.workspace, scene.people["owner"]
    account = channel(workspace, "account", name="@teapot")
    stream = channel(workspace, name=f"{SHOP} stream")
    query = listen.Query.objects.create(workspace=workspace, name=f"{SHOP} query", text="teapot", created_by=owner)
    table = f"author,date,text\nAda,2026-05-04,{SHOP}\n".encode()
    run = listen.begin_import(workspace, owner, f"{SHOP}.csv", iter([table]))
    scene.rows |= {
        "account": account,
        "feed": channel(workspace, "feed", network="feed").pk,
        "channel": stream.pk,
        "query": query.pk,
        "import": run.pk,
    }


def _talking(scene: Scene) -> None:
    workspace, owner, account = scene.workspace, scene.people["owner"], scene.rows.pop("account")
    text = "My parcel never arrived and nobody answers, I want a refund"
    url = "https://example.org/post"
    private = conversation_with(account, f"{text} {SHOP}", url=url, handle=f"{SHOP}.example.com")
    shared = conversation_with(account, f"{text} {SHARED}", url=url, handle=f"{SHARED}.example.com")
    mention = triage.Assessment.objects.within(workspace).filter(mention=shared.latest)
    mention.update(response_reason="It is late.")
    _hearings(shared)
    with transaction.atomic():
        desk.label(private, f"{SHOP} label", owner)
        desk.add_note(private, f"{SHOP} note", owner)
        desk.add_note(shared, f"{SHOP} note among colleagues", owner)
        desk.share(shared, scene.people["collaborator"], owner, f"{SHARED} word")
        desk.add_note(shared, f"{SHARED} note for Collaborator", owner)
        desk.notify(scene.people["collaborator"], private, "assigned", f"{SHOP} notice", owner)
    case = Case.objects.create(workspace=workspace, title=f"{SHOP} case")
    desk.Conversation.objects.within(workspace).filter(pk=shared.pk).update(case=case)
    merged = Case.objects.create(workspace=workspace, title=f"{SHOP} merged", state="merged", merged_into=case)
    suggestion = CaseSuggestion.objects.create(workspace=workspace, first=private, second=shared, strength=0.9)
    answer = _reply(shared, scene.people["agent"], f"{SHARED} reply")
    picture = ReplyMedia.objects.create(workspace=workspace, reply=answer, path="matrix.png", type="image/png", bytes=1)
    file = reply.media_path(picture)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    promised = Clock.objects.create(
        workspace=workspace,
        conversation=shared,
        kind="promise",
        words=f"{SHARED} Friday",
        due_at=clock.now(),
        member=owner,
    )
    scene.rows |= {
        "picture": picture.pk,
        "promise": promised.pk,
        "conversation": shared.pk,
        "unshared": private.pk,
        "reply": answer.pk,
        "case": case.pk,
        "merged case": merged.pk,
        "suggestion": suggestion.pk,
    }
    _reply(private, scene.people["agent"], f"{SHOP} reply")


def _hearings(conversation: Any) -> None:
    hearings = listen.Hearing.objects.within(conversation.workspace_id).filter(mention=conversation.latest)
    hearings.update(reason=f"Query “{SHOP}” found it")


def _reply(conversation: Any, author: Any, text: str) -> Any:
    return Reply.objects.create(
        workspace=conversation.workspace,
        conversation=conversation,
        channel=conversation.latest.channel,
        author=author,
        text=text,
        state=Reply.State.REFUSED,
        parent_id=conversation.latest.network_id,
    )


def _people(scene: Scene) -> None:
    workspace, owner = scene.workspace, scene.people["owner"]
    team = Team.objects.create(workspace=workspace, name=f"{SHOP} team")
    team.members.add(scene.people["agent"])
    waiting, _unused = accounts.invite(workspace, owner, "agent", f"{SHOP}@example.com")
    _open, secret = accounts.invite(workspace, owner, "agent")
    member = Membership.objects.within(workspace).get(user=scene.people["agent"])
    scene.rows |= {
        "team": team.pk,
        "invitation": waiting.pk,
        "secret": secret,
        "member": member.pk,
        "workspace": workspace.pk,
    }


def _arranged(scene: Scene) -> None:
    """What the shop has set up for itself. Canned responses are for whoever writes answers, collaborators too."""
    own = {"workspace": scene.workspace}
    week = [[[540, 1020]] for _day in range(7)]
    hours = BusinessHours.objects.create(**own, name=f"{SHOP} hours", timezone="UTC", week=week)
    place = AlertDestination.objects.create(**own, kind="mail", name=f"{SHOP} place", address=f"{SHOP}@example.com")
    rows = {
        "hours": hours,
        "special day": SpecialDay.objects.create(**own, hours=hours, day=clock.now().date(), name=f"{SHOP} day"),
        "policy": SlaPolicy.objects.create(**own, name=f"{SHOP} policy", hours=hours),
        "alert place": place,
        "alert rule": AlertRule.objects.create(**own, name=f"{SHOP} rule", trigger="urgent"),
        "canned response": CannedResponse.objects.create(**own, name="Sorry", text="We are sorry"),
        "macro": Macro.objects.create(**own, name=f"{SHOP} macro", steps=[{"do": "label", "value": f"{SHOP} late"}]),
        "bulk action": BulkAction.objects.create(**own, action="close", by=scene.people["owner"]),
    }
    scene.rows |= {kind: row.pk for kind, row in rows.items()}
