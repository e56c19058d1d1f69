"""Olga's shop with a row of every kind, and marks in everything that others must not read.

What only the shop may see holds `SHOP`; what a collaborator may see as well, as it is shared with her, holds `SHARED`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from makegood.accounts import api as accounts
from makegood.accounts.models import Membership, Team, User
from makegood.alerts import api as alerts
from makegood.alerts.models import AlertDestination, AlertRule
from makegood.amplify.models import Permission, PermissionAsk, Share
from makegood.clocks.models import BusinessHours, SlaPolicy, SpecialDay
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Case, CaseSuggestion, Clock
from makegood.desk.tests.make import conversation_with
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.tests.make import channel
from makegood.reply import api as reply
from makegood.reply.models import CannedResponse, Macro, Reply, ReplyMedia
from makegood.resolve import api as resolve
from makegood.rewards.models import Kudos, Reward, RewardRequest
from makegood.routing.models import RoutingRule
from makegood.triage import api as triage
from makegood.winback import api as winback
from makegood.winback.following.links import make_link
from tests.permissions.scene_aftercare import asked_after
from tests.permissions.scene_showing import shown

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
    _known(scene)
    _people(scene)
    _arranged(scene)
    _bought(scene)
    _decided(scene)
    _asked_again(scene)
    scene.rows |= asked_after(workspace, scene.rows["source"], SHOP)
    _caused(scene)
    _followed(scene)
    _thanked(scene)
    scene.rows |= shown(workspace, desk.Conversation.objects.within(workspace).get(pk=scene.rows["unshared"]), SHOP)
    _carried(scene)
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
    table = b"order,date,total\n1,2026-05-04,2\n"
    file = identify.begin_order_file(workspace, owner, f"{SHOP} orders.csv", iter([table]))
    shop = identify.Source.objects.create(
        workspace=workspace, side="shop", kind="woocommerce", name=f"{SHOP} shop", address=SHOP, hook=SHOP
    )
    scene.rows |= {
        "orders file": file.pk,
        "source": shop.pk,
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
        "mention": shared.latest_id,
        "conversation": shared.pk,
        "unshared": private.pk,
        "reply": answer.pk,
        "case": case.pk,
        "merged case": merged.pk,
        "suggestion": suggestion.pk,
    }
    _reply(private, scene.people["agent"], f"{SHOP} reply")


def _known(scene: Scene) -> None:
    """People, and who the conversation's author may be."""
    own = {"workspace": scene.workspace}
    ann = identify.Customer.objects.create(
        **own,
        source_id=scene.rows["source"],
        external_id="known",
        name=f"{SHOP} Ann",
        email=f"{SHOP}@example.com".lower(),
    )
    known = identify.Contact.objects.create(**own, name=f"{SHOP} contact")
    joined = identify.Contact.objects.create(**own, name=f"{SHOP} joined", joined_to=known, joined_at=clock.now())
    tied = identify.tie(known, kind="author", network="mastodon", value=SHOP, shown=f"{SHOP} handle", basis="told")
    maybe = identify.IdentitySuggestion.objects.create(
        **own,
        conversation_id=scene.rows["conversation"],
        customer=ann,
        basis="told",
        reasons=[["email", f"{SHOP} said"]],
        strength=0.8,
    )
    scene.rows |= {
        "customer": ann.pk,
        "contact": known.pk,
        "joined contact": joined.pk,
        "identity": tied.pk,
        "identity suggestion": maybe.pk,
    }


def _bought(scene: Scene) -> None:
    """An order that the shared conversation is about, and what was done for it."""
    workspace, now = scene.workspace, clock.now()
    shop = identify.Source.objects.within(workspace).get(pk=scene.rows["source"])
    own = {"workspace": workspace, "source": shop}
    buyer = identify.Customer.objects.create(**own, external_id="c", name=f"{SHOP} buyer")
    named = {"external_id": "o", "number": f"{SHOP}-1", "number_key": f"{SHOP.upper()}1", "currency": "EUR"}
    dated = {"placed_at": now, "changed_at": now, "state": "paid", "total_minor": 4990}
    order = identify.Order.objects.create(**own, customer=buyer, **named, **dated)
    talk = desk.Conversation.objects.within(workspace).get(pk=scene.rows["conversation"])
    identify.OrderLink.objects.create(workspace=workspace, conversation=talk, order=order, how="member")
    remedy = resolve.Remedy.objects.create(
        workspace=workspace,
        conversation=talk,
        person_key="author:x",
        kind="apology",
        state="auto_approved",
        currency="EUR",
        words=f"{SHOP} words",
        request_key="k" * 32,
        asked_by=scene.people["agent"],
    )
    scene.rows |= {"order": order.pk, "remedy": remedy.pk}
    topic = triage.add_topic(workspace, f"{SHOP} topic", scene.people["owner"])
    triage.add_example(topic, f"{SHOP} example", scene.people["owner"])
    scene.rows["topic"] = topic.pk


def _asked_again(scene: Scene) -> None:
    """A customer was asked whether it is resolved, and has answered; another answer may still be given."""
    talk = desk.Conversation.objects.within(scene.workspace).get(pk=scene.rows["conversation"])
    now = clock.now()
    own = {"workspace": scene.workspace, "conversation": talk, "why": "remedy", "resolved_at": now, "asked_at": now}
    row = winback.FollowUp.objects.create(**own, state="asked", ready_at=now, person_key=f"{SHOP} person")
    said = winback.FollowUp.objects.create(**own, state="answered", ended_at=now)
    winback.Satisfaction.objects.create(
        workspace=scene.workspace, followup=said, conversation=talk, score=4, first_score=4, comment=f"{SHOP} comment"
    )
    scene.rows["said"] = make_link(row).rsplit("/", 2)[-2]


def _followed(scene: Scene) -> None:
    """What became of the one who complained in the conversation, and what a member noted of it."""
    own = {"workspace": scene.workspace}
    talk = desk.Conversation.objects.within(scene.workspace).get(pk=scene.rows["conversation"])
    row = winback.Journey.objects.create(
        **own, conversation=talk, state="unhappy", reason="complained", complained_at=talk.last_message_at
    )
    told = winback.JourneyEvidence.objects.create(**own, journey=row, kind="bought", note=f"{SHOP} told us")
    scene.rows |= {"journey": row.pk, "journey told": told.pk}


def _caused(scene: Scene) -> None:
    """A cause to which what the conversation complains of belongs."""
    talk = desk.Conversation.objects.within(scene.workspace).get(pk=scene.rows["conversation"])
    now = clock.now()
    said = winback.Complaint.objects.create(
        workspace=scene.workspace, conversation=talk, intent="complaint", posted_at=now, day=now.date()
    )
    cause = winback.Cause.objects.create(workspace=scene.workspace, name=f"{SHOP} cause", state="open")
    member = winback.CauseMember.objects.create(
        workspace=scene.workspace, cause=cause, complaint=said, state="in", posted_at=now
    )
    scene.rows |= {"cause": cause.pk, "cause member": member.pk}


def _decided(scene: Scene) -> None:
    """What waits for a decision, what comes back, and what the shop has settled beforehand."""
    own = {"workspace": scene.workspace}
    talk = desk.Conversation.objects.within(scene.workspace).get(pk=scene.rows["conversation"])
    given = {"conversation": talk, "person_key": "author:y", "currency": "EUR", "asked_by": scene.people["agent"]}
    wanted, back = (
        resolve.Remedy.objects.create(
            **own, **given, kind=kind, state=state, amount_minor=9_000, words=f"{SHOP} words", request_key=kind * 4
        )
        for kind, state in (("voucher", "requested"), ("return", "approved"))
    )
    in_a_day = clock.now() + timedelta(days=1)
    rows = {
        "request": resolve.ApprovalRequest.objects.create(
            **own, remedy=wanted, why=f"{SHOP} why", expires_at=in_a_day, story={"author": SHOP, "network": "bluesky"}
        ),
        "return": resolve.ReturnCase.objects.create(**own, remedy=back, number=f"{SHOP} R1", label=SHOP),
        "reason": resolve.ReasonCode.objects.create(**own, name=f"{SHOP} reason"),
        "return policy": resolve.ReturnPolicy.objects.create(**own, name=f"{SHOP} returns", window_days=14),
        "delegate": resolve.Delegate.objects.create(
            **own, user=scene.people["owner"], to=scene.people["agent"], starts_on=in_a_day, ends_on=in_a_day
        ),
    }
    scene.rows |= {kind: row.pk for kind, row in rows.items()}
    record = triage.AssessmentRecord.objects.create(
        **own,
        mention=talk.latest,
        response="let_stand",
        led_to="let_stand",
        because=f"{SHOP} because",
        finished_by=scene.people["agent"],
        finished_at=clock.now(),
    )
    scene.rows["assessment record"] = record.pk


def _thanked(scene: Scene) -> None:
    """A colleague's thanks, and a reward that somebody asked for."""
    own = {"workspace": scene.workspace}
    agent, owner = scene.people["agent"], scene.people["owner"]
    Kudos.objects.create(
        **own,
        giver=owner,
        giver_name="Olga",
        receiver=agent,
        receiver_name="Agent",
        reason=f"{SHOP} kudos",
        conversation_id=scene.rows["conversation"],
        day=clock.now().date(),
        request_key="matrix",
    )
    reward = Reward.objects.create(**own, name=f"{SHOP} day off", points=10)
    wanted = RewardRequest.objects.create(
        **own,
        reward=reward,
        reward_name=reward.name,
        user=agent,
        user_name="Agent",
        points=10,
        currency="EUR",
        request_key="matrix",
    )
    scene.rows |= {"reward": reward.pk, "reward request": wanted.pk}


def _carried(scene: Scene) -> None:
    """A question for permission, the permission, and what was shared by it."""
    own: dict[str, Any] = {"workspace": scene.workspace, "praise_id": scene.rows["wall praise"]}
    permission = Permission.objects.within(scene.workspace).get(praise=own["praise_id"])
    ask = PermissionAsk.objects.create(**own, scopes=["wall"], words=f"{SHOP} may we?")
    share = Share.objects.create(
        **own,
        network="bluesky",
        kind="picture",
        key=SHOP,
        text=f"{SHOP} words",
        alt=f"{SHOP} alt",
        picture=b"picture",
        send_after=clock.now(),
    )
    scene.rows |= {"permission ask": ask.pk, "permission": permission.pk, "share": share.pk}


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
        "owner's way": alerts.add_own_service(scene.workspace, scene.people["owner"], f"ntfys://{SHOP}", f"{SHOP} way"),
        "routing rule": RoutingRule.objects.create(**own, name=f"{SHOP} routing", actions={"labels": [f"{SHOP} late"]}),
        "alert rule": AlertRule.objects.create(**own, name=f"{SHOP} rule", trigger="urgent"),
        "canned response": CannedResponse.objects.create(**own, name="Sorry", text="We are sorry"),
        "macro": Macro.objects.create(**own, name=f"{SHOP} macro", steps=[{"do": "label", "value": f"{SHOP} late"}]),
        "bulk action": BulkAction.objects.create(**own, action="close", by=scene.people["owner"]),
    }
    scene.rows |= {kind: row.pk for kind, row in rows.items()}
