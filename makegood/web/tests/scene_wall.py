"""A scene for looking at the wall, at advocates and at referrals: praise of all kinds of people, permitted.

Run as `python -m makegood.web.tests.scene_wall SITE` in the environment of a running Makegood, it writes into that
one's database; SITE may show the wall in a frame. What a later run changes is the one praise that is deleted.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

import django

__all__ = ["HOSTILE", "SLUG", "main"]

SLUG = "teapot-praise"
HOSTILE = '</script><script>document.title="broken"</script><img src="https://elsewhere.example/x.png">'
SAID = [
    ("Ada Lovelace", "Best teapot ever. It keeps warm for two hours, and the lid does not rattle. Thank you!", "en"),
    ("مريم الخطيب", "أحب إبريق الشاي هذا كثيرا، وصل في يوم واحد. شكرا لكم! @teapot.example.com", "ar"),
    ("Hubert Blaine Wolfeschlegelsteinhausenbergerdorff", "Donaudampfschifffahrtselektrizitäten" * 4, "de"),
    (HOSTILE, f"Lovely shop! {HOSTILE}", "en"),
    ("李小龙", "茶壶很好看，谢谢你们！", "zh"),
]


def main(site: str) -> None:
    """Puts it all there; the second time it deletes the first praise at its source."""
    from makegood.accounts.models import Membership, User, Workspace
    from makegood.amplify import api as amplify
    from makegood.amplify.models import Advocate, Praise

    workspace = Workspace.objects.order_by("id").get()
    if Praise.objects.within(workspace).exists():
        gone = Praise.objects.within(workspace).order_by("pk")[0].mention
        gone.deleted_at = gone.posted_at
        gone.save()
        return
    member = Membership.objects.within(workspace).get(user=User.objects.get())
    amplify.save_wall(member, amplify.WallWish(True, "selected", slug=SLUG, sites=site))
    rows = [_praise(workspace, *each, number) for number, each in enumerate(SAID)]
    for row in reversed(rows):
        amplify.show_on_wall(member, row.pk)
    link = amplify.make_link(member, "Ada Lovelace", "https://shop.example/teapots", "TEA10", rows[0].conversation)
    amplify.note_handed(member, link)
    _visits(link)
    Advocate.objects.create(
        workspace=workspace,
        person_key="ada",
        network="bluesky",
        author_id=rows[0].mention.author_id,
        name="Ada Lovelace",
        conversation=rows[0].conversation,
        reasons=[["praise", 4, 3], ["answer", 2, 2]],
        last_at=rows[0].mention.posted_at,
    )


def _praise(workspace: Any, name: str, text: str, language: str, number: int) -> Any:
    from makegood.amplify.models import AdvocateEvidence
    from makegood.amplify.wall.tests.make import Shop, permit
    from makegood.desk.models import Conversation
    from makegood.kit import clock
    from makegood.listen.models import Mention
    from makegood.listen.tests.make import activity

    shop, at = Shop(workspace), clock.now() - timedelta(days=number + 1)
    said = activity(text, language=language, posted_at=at, url=f"https://bsky.example/{number}")
    mention = Mention.objects.create(
        workspace=workspace,
        channel=shop.channel,
        network="bluesky",
        network_id=said.id,
        thread_id=said.id,
        author_id=said.author.id,
        author_name=name,
        url=said.url,
        text=text,
        posted_at=at,
        activity={"language": language},
        state="sorted",
    )
    talk = Conversation.objects.create(
        workspace=workspace,
        network="bluesky",
        thread_id=said.id,
        author_id=said.author.id,
        author_name=name,
        excerpt=text[:300],
        latest=mention,
        intent="praise",
        urgency="whenever",
        response="share_success",
        queue="praise",
        last_message_at=at,
    )
    from makegood.amplify.models import Praise

    praise = Praise.objects.create(workspace=workspace, mention=mention, conversation=talk)
    permit(praise)
    AdvocateEvidence.objects.create(
        workspace=workspace,
        kind="praise",
        network="bluesky",
        author_id=said.author.id,
        author_name=name,
        conversation=talk,
        mention=mention,
        at=at,
    )
    return praise


def _visits(link: Any) -> None:
    from makegood.amplify.models import ClickDay
    from makegood.kit import clock

    for number, came in enumerate([3, 0, 8, 21, 13, 5]):
        day = clock.now().date() - timedelta(days=7 * number)
        for source in ("social", "direct"):
            ClickDay.objects.create(
                workspace=link.workspace, link=link, day=day, source=source, clicks=came * 2, visitors=came
            )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    main(sys.argv[1])
