"""A shop that was praised, for looking at the pages. Run as `python -m makegood.web.tests.praise_scene`.

It writes into the database of the running Makegood of its environment and prints the addresses worth a look, as JSON.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta

import django

__all__ = ["main"]

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SAID = [
    "Malik packed my blue teapot like a treasure, it came in 2 days and pours without a drop. Third one, best one!",
    f"Lovely {LONG} pots, thank you so much, I am so happy with all of them.",
    "أحب إبريق الشاي الجديد، شكرا جزيلا لكم جميعا على هذا العمل الرائع",
    "Love it! 😀",
]


def main() -> list[str]:
    """The addresses of the queue, one praise with everything, one that was allowed, and what was shared."""
    from makegood.accounts.models import User, Workspace
    from makegood.amplify.models import Share
    from makegood.amplify.praising import permitting
    from makegood.amplify.sharing import flow
    from makegood.amplify.tests.scene import praised
    from makegood.kit import clock

    shop = praised(Workspace.objects.order_by("id")[0], User.objects.order_by("id")[0], name="@teapot.example.com")
    rows = [shop.praise(text, handle=f"someone{number}.example.com") for number, text in enumerate(SAID)]
    shop.asked(rows[0], ("reshare", "wall"))
    shop.writes(rows[0].conversation, "Sure, go ahead!")
    shop.permitted(rows[1], "reshare", "wall", "picture")
    shop.permitted(rows[3], "reshare", "picture")
    permitting.read_answers()
    ended = shop.permitted(rows[2], "wall")[0]
    permitting.revoke(shop.member, ended.pk)
    later = clock.now() + timedelta(days=2)
    flow.plan(shop.member, rows[3].pk, flow.Wanted(shop.account.pk, "boost", at=later))
    made = flow.plan(shop.member, rows[1].pk, flow.Wanted(shop.account.pk, "quote", "So kind of you!", at=later))
    stuck = {"state": "stuck", "sentence": "The network does not let us. Please delete it there by hand."}
    Share.objects.within(shop.workspace).filter(pk=made.pk).update(**stuck, url="https://example.com/post")
    one = [f"/praise/{row.pk}/" for row in rows]
    return ["/praise/", *one, "/praise/shares/", "/praise/shares/?view=trouble", "/praise/settings/"]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    print(json.dumps(main()))
