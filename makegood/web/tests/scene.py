"""Scenes for looking at the pages: an empty shop, the sample shop, a hard day, one more complaint.

Run as `python -m makegood.web.tests.scene WHAT` in the environment of a running Makegood, it writes into that one's
database and prints, as JSON, the addresses worth a look.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import django

from makegood.web.tests.scene_contacts import known_people

__all__ = ["EMAIL", "HARD", "PASSWORD", "main"]

EMAIL = "olga@example.com"
PASSWORD = "a kettle of fish"  # of somebody who does not exist
LONG_NAME = "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff the Third of Upper Thimblemoor-on-the-Wold"
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ANSWER = "We are so sorry. Tell us your order number and we put it right today."
PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
HARD = {
    "long name": (LONG_NAME, "My teapot came broken and nobody answers. I want my money back!"),
    "long word": ("Ada", f"Teapot {LONG_WORD} never arrived, this is a scandal. https://example.com/{'a' * 180}"),
    "right to left": ("مريم الخطيب", "وصل إبريق الشاي مكسورا ولا أحد يرد. أريد استرداد أموالي! @teapot.example.com"),
    "picture": ("Bo", "The teapot leaks, look at it. I am very disappointed."),
    "refused": ("Cleo", "Where is my order 4711? It should have been here on Monday!"),
    "unknown": ("Dan", "The teapot I ordered is the wrong colour, please refund it."),
    "queued": ("Eve", "Is the blue teapot still available? Do you ship to Norway?"),
    "gone": ("Finn", "Worst shop ever, my order never arrived."),
    "praise": ("Gus", "Love my new teapot, thank you so much! It is beautiful."),
    "draft": ("Hedda", "My parcel has been stuck for two weeks. What is going on?"),
}


def _owner() -> tuple[Any, Any]:
    from makegood.accounts.models import User, Workspace

    return Workspace.objects.order_by("id").first(), User.objects.order_by("id").first()


def shop() -> list[str]:
    """A shop with its owner and nothing else."""
    from makegood.accounts import api as accounts

    accounts.first_run("Teapot & Co", "Olga Berg", EMAIL, PASSWORD)
    return []


def sample() -> list[str]:
    """The sample shop; the running worker sorts it."""
    from makegood.listen import api as listen

    listen.fill_sample(*_owner())
    return []


def hear(text: str) -> list[str]:
    """One more post, from a channel that is there already; the running worker sorts it."""
    from makegood.activity import Activity, Author
    from makegood.kit import clock
    from makegood.listen import api as listen

    workspace, _olga = _owner()
    channel = listen.Channel.objects.within(workspace).order_by("id").first()
    assert channel is not None
    author = Author(id="did:plc:zoe", handle="zoe.example.com", name="Zoe")
    said = Activity(network=channel.network, id=f"at://zoe/{text}", author=author, text=text, posted_at=clock.now())
    _store(channel, [said])
    return []


def hard() -> list[str]:
    """Everything that goes wrong in a week, and names and words that fit nowhere."""
    workspace, olga = _owner()
    channels = _channels(workspace)
    queries = _queries(workspace, olga)
    conversations = _conversations(workspace, olga, channels[0])
    runs = _imports(workspace, olga)
    secret = _people(workspace, olga)
    cases = _cases(olga, list(conversations.values()))
    people = known_people(workspace, olga, conversations, LONG_WORD)
    return [
        *(f"/inbox/{row.pk}/" for row in conversations.values()),
        *(f"/channels/{row.pk}/" for row in channels),
        *(f"/queries/{row.pk}/" for row in queries),
        *(f"/imports/{row.pk}/" for row in runs),
        f"/invitation/{secret}/",
        *(f"/cases/{row.pk}/" for row in cases),
        *people,
        *(f"/inbox/?view={view}" for view in ("mine", "waiting", "closed")),
    ]


def _cases(olga: Any, rows: list[Any]) -> list[Any]:
    """One that is open, one that was merged into it, one that has ended."""
    from makegood.desk import cases

    stays = cases.open_case(rows[:3], f"Delivery: {LONG_WORD}", f"All of it.\n\n{LONG_WORD}", olga, olga)
    gone = cases.open_case(rows[3:4], LONG_NAME, "", None, olga)
    ended = cases.open_case(rows[4:5], "Order 4711", "", olga, olga)
    cases.merge_cases(gone, stays, olga)
    cases.end_case(ended, solved=False, outcome=LONG_WORD, close_all=False, by=olga)
    return [stays, gone, ended]


def _store(channel: Any, said: Iterable[Any]) -> None:
    from django.db import transaction

    from makegood.listen import api as listen

    with transaction.atomic():
        listen.store(channel, [listen.Hit(each, "Query “Teapot” found “teapot”") for each in said])


def _channels(workspace: Any) -> list[Any]:
    from makegood.kit import clock
    from makegood.listen.models import Channel, ChannelProblem

    now = clock.now()
    feed = {"network": "feed", "kind": "feed"}
    trouble = "The feed could not be read: blog.example.com does not answer. It is tried again in a quarter of an hour."
    rows = [
        Channel(network="bluesky", kind="account", name="teapot.example.com", address="did:plc:teapot"),
        Channel(**feed, name="A blog that is down", address="https://blog.example.com/feed", state="trouble"),
        Channel(**feed, name=f"{LONG_WORD} weekly", address=f"https://example.com/{LONG_WORD}", state="paused"),
        Channel(network="bluesky", kind="account", name="old.example.com", address="did:plc:old", state="disconnected"),
    ]
    for row in rows:
        row.workspace, row.last_good_at, row.due_at = workspace, now, now + timedelta(days=1)
        if row.state in ("trouble", "disconnected"):
            row.last_error, row.last_error_at, row.failures = trouble, now - timedelta(hours=3), 4
        row.save()
    for sentence in ("An entry has no text.", f"The entry “{LONG_WORD}” has a date nobody can read: 31 February."):
        ChannelProblem.objects.create(workspace=workspace, channel=rows[1], sentence=sentence, count=17)
    return rows


def _queries(workspace: Any, olga: Any) -> list[Any]:
    from makegood.listen.models import Query

    texts = {
        "Teapot": 'teapot OR "tea pot"',
        "Mixed": "teapot OR kettle late",
        "Broken": '(teapot OR "tea pot',
        LONG_NAME: f"{LONG_WORD[:80]} OR {LONG_WORD[80:]} OR link:example.com",
        "عربي": "إبريق OR شاي",
    }
    return [
        Query.objects.create(workspace=workspace, name=name, text=text, created_by=olga, active=name != "Mixed")
        for name, text in texts.items()
    ]


def _conversations(workspace: Any, olga: Any, channel: Any) -> dict[str, Any]:
    from makegood.activity import Activity, Author, Media
    from makegood.desk import api as desk
    from makegood.kit import clock
    from makegood.triage import api as triage

    picture = Media(kind="image", url=PICTURE, alt="A teapot with a crack")
    said = [
        Activity(
            network="bluesky",
            id=f"at://did:plc:{number}/app.bsky.feed.post/{number}",
            author=Author(id=f"did:plc:{number}", handle=f"somebody{number}.example.com", name=name),
            text=text,
            posted_at=clock.now() - timedelta(minutes=7 * number),
            url=f"https://example.com/post/{number}",
            media=(picture,) if what == "picture" else (),
        )
        for number, (what, (name, text)) in enumerate(HARD.items(), start=1)
    ]
    _store(channel, said)
    triage.sort_new()
    desk.open_new()
    rows = desk.Conversation.objects.within(workspace).select_related("latest", "workspace")
    found = {what: rows.get(latest__text=text) for what, (_name, text) in HARD.items()}
    for label in ("delivery", "wholesale", LONG_NAME[:40]):
        desk.label(found["long name"], label, olga)
    desk.add_note(found["long name"], f"She called twice. {LONG_WORD}\nPlease be quick.", olga)
    desk.assign(found["long name"], olga, olga)
    desk.close(found["praise"], olga)
    _replies(found, olga, channel)
    return found


def _replies(found: dict[str, Any], olga: Any, channel: Any) -> None:
    from makegood.kit import clock
    from makegood.listen.models import Mention
    from makegood.reply import api as reply

    sentences = {
        "refused": "The network refused it: the author has blocked you. Nothing was sent; your text is kept.",
        "unknown": "Makegood stopped while this was being sent and the network did not say whether it stands there.",
        "queued": "It goes out in a moment.",
    }
    for state, sentence in sentences.items():
        row = found[state]
        reply.Reply.objects.create(
            workspace=row.workspace,
            conversation=row,
            channel=channel,
            author=olga,
            text=ANSWER,
            state=state,
            sentence=sentence,
            parent_id=row.latest.network_id,
            key=f"key-{state}",
            send_after=clock.now() + timedelta(hours=1) if state == "queued" else None,
        )
    reply.save_draft(found["draft"], olga, ANSWER)
    Mention.objects.within(found["gone"].workspace).filter(pk=found["gone"].latest_id).update(deleted_at=clock.now())


def _imports(workspace: Any, olga: Any) -> list[Any]:
    from makegood.listen import api as listen

    table = b"author,date,text\nAda,2026-05-04,The teapot broke\nBo,31 February,It arrived\n,,\n"
    waiting = listen.begin_import(workspace, olga, "reviews of May.csv", iter([table]))
    failed = listen.begin_import(workspace, olga, f"{LONG_WORD}.csv", iter([table + b"Cy,2026-05-05,Fine\n"]))
    listen.ImportRun.objects.within(workspace).filter(pk=failed.pk).update(
        state="failed",
        sentence="The file could not be read from line 2,000 on: it ends in the middle of a quotation.",
        rows_heard=1999,
        rows_refused=12,
        refusals=["Line 12: no text.", "Line 40: “31 February” is no date."],
    )
    return [waiting, failed]


def _people(workspace: Any, olga: Any) -> str:
    from makegood.accounts import api as accounts

    for name, email, role in (
        (LONG_NAME, f"{'hubert' * 9}@{'thimblemoor' * 4}.example.com", "agent"),
        ("مريم الخطيب", "maryam@example.com", "viewer"),
    ):
        _row, secret = accounts.invite(workspace, olga, role, email)
        accounts.join(secret, name, email, PASSWORD)
    _row, open_secret = accounts.invite(workspace, olga, "manager", f"{'very' * 12}.long@example.com")
    return open_secret


def colleague() -> list[str]:
    """Malik joins as an agent, Cora as a collaborator; the shop gets a team."""
    from makegood.accounts import api as accounts

    workspace, olga = _owner()
    for name, role in (("Malik", "agent"), ("Cora", "collaborator")):
        _row, secret = accounts.invite(workspace, olga, role)
        accounts.join(secret, name, f"{name.lower()}@example.com", PASSWORD)
    accounts.create_team(workspace, olga, "Returns")
    return []


SCENES: dict[str, Callable[..., list[str]]] = {
    "colleague": colleague,
    "shop": shop,
    "sample": sample,
    "hard": hard,
    "hear": hear,
}


def main(what: str, *arguments: str) -> None:
    """Sets the scene `what` and prints its addresses."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    print(json.dumps(SCENES[what](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
