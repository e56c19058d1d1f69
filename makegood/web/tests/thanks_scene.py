"""Scenes for the pages of thanks: `python -m makegood.web.tests.thanks_scene`.

Like scene.py it writes into the database of a running Makegood, and prints addresses as JSON.
"""

from __future__ import annotations

import json
import os
from typing import Any

import django

__all__ = ["main"]

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SAID = (
    "She had been shouted at for ten minutes, stayed friendly, and found the parcel at the neighbour’s by calling him.",
    "You kept the promise to Ada although the courier did not come. You drove there yourself!",
    f"For the {LONG} that nobody else understood.",
)


def fill() -> list[str]:
    """Kudos, points of every kind, a catalogue, requests that wait and requests that were decided."""
    from makegood.accounts.models import User, Workspace
    from makegood.desk.models import Conversation
    from makegood.rewards import api as rewards
    from makegood.rewards.tests.scene import Shop, new_key

    workspace = Workspace.objects.order_by("id").first()
    olga: Any = User.objects.order_by("id").first()
    malik = User.objects.get(email="malik@example.com")
    shop = Shop(workspace)
    points = dict(rewards.DEFAULTS)
    values = ["Kindness", "Keep the promise", "Own the mistake"]
    owner: Any = shop.member(olga)
    rewards.save_rules(owner, kudos_a_day=5, values=values, points=points, board=True)
    rewards.set_budget(owner, currency="EUR", minor=15_000, points=500)
    talk = Conversation.objects.within(workspace).order_by("id")[0]
    shop.thank(malik, olga, SAID[0], value="Kindness", conversation=talk)
    shop.thank(olga, malik, SAID[1], value="Keep the promise")
    shop.thank(olga, malik, SAID[2], public=False)
    hard = shop.talk(flags=["abuse"])
    for user in (olga, malik):
        shop.line("reply.sent", hard, user)
    shop.line("promise.kept", hard, olga, in_time=True, words="by Friday")
    shop.line("satisfaction.given", hard, followup=1, score=5, resolved=True)
    shop.line("journey.moved", hard, journey=1, was="satisfied", state="returned")
    shop.about_cause("cause.fixed", 1, owner=olga.pk)
    shop.about_cause("cause.fixed", 2, owner=malik.pk)
    shop.about_cause("cause.fixed", 3, owner=malik.pk)
    shop.about_cause("cause.fixed", 4, owner=olga.pk)
    rewards.give_points()
    shop.about_cause("cause.reopened", 4)
    rewards.give_points()
    music = shop.reward(olga, "Choose the music for a day", 10, text="Yes, also that song.")
    mug = shop.reward(olga, "The chipped mug, mended with gold", 20, cost_minor=1_850, stock=2)
    shop.reward(olga, "A day off", 300, text="Paid, on a day that suits the shop.")
    shop.reward(olga, f"Lunch at {LONG[:60]}", 25, cost_minor=4_000, stock=0)
    member: Any = shop.member(malik)
    first = rewards.ask_for(member, music.pk, request_key=new_key(), wish="Fado, all day")
    second = rewards.ask_for(member, mug.pk, request_key=new_key())
    rewards.fulfil(owner, first.pk, "My ears are yours")
    rewards.decline_request(owner, second.pk, "The kiln is cold until Thursday; ask again then")
    rewards.ask_for(member, mug.pk, request_key=new_key(), wish="Any colour")
    own = rewards.ask_for(owner, music.pk, request_key=new_key())
    rewards.withdraw_request(owner, own.pk)
    return [f"/inbox/{talk.pk}/", f"/thanks/manage/catalogue/{mug.pk}/", f"/thanks/?conversation={talk.pk}"]


def main() -> None:
    """Sets the scene and prints addresses."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    print(json.dumps(fill()))


if __name__ == "__main__":
    main()
