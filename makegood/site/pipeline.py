"""Who is woken by what: the whole way of a mention, from wire to answer, in one table.

    listener --heard--> triage --sorted--> desk --threads--> (the thread around it)
    what the desk opened --routing--> the member who gets it
    a member's answer --outbox--> the network
    shops and processors --sources, hooks--> orders and payments <--numbers-- what customers name
    whatever of it the team should know --alerts--> mail, chats, phones

Each step does all due rows of its kind and may run at any time, anywhere, as often as it likes.
"""

from __future__ import annotations

from makegood.alerts import api as alerts
from makegood.amplify import api as amplify
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.listen import api as listen
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.rewards import api as rewards
from makegood.routing import api as routing
from makegood.triage import api as triage
from makegood.web.erasing import forget_old
from makegood.web.routing_facts import OUTSIDE
from makegood.winback import api as winback

__all__ = ["wire"]


def take_in() -> None:
    """What was heard goes to the desk in one turn; "sorted" is woken too, for when this one is cut short."""
    triage.sort_new()
    bring_in()


def bring_in() -> None:
    """What was sorted goes to the desk, and from there to whoever is to answer it."""
    desk.open_new()
    give_out()


def give_out() -> None:
    """Who gets what, by the shop's rules; what found nobody before is tried again."""
    routing.give_out(OUTSIDE)


def look_again() -> None:
    """Whether what was heard, and what stands around it, is still there and still says the same."""
    listen.look_again(seen=triage.note_counts)
    desk.look_again()


def watch_reach() -> None:
    """What travels faster than it should is put before the rest in the same turn."""
    triage.watch_reach()
    desk.heed_travelling()


def read_sources() -> None:
    """What shops and processors bring may say what became of refunds."""
    identify.read_due()
    jobs.wake("settle")


def work_hooks() -> None:
    """What they tell us by themselves may as well."""
    identify.work_events()
    jobs.wake("settle")


def learn() -> None:
    """What members said of what they read: thresholds they moved, examples they gave, a retraining they asked for."""
    desk.read_again()
    triage.learn_topics()
    triage.retrain_asked()


STEPS: dict[str, jobs.Step] = {
    "heard": take_in,
    "sorted": bring_in,
    "routing": give_out,
    "opened": desk.suggest_new,
    "gone": desk.redact_gone,
    "threads": desk.read_threads,
    "outbox": reply.send_due,
    "imports": listen.run_imports,
    "replays": listen.run_replays,
    "stored_posts": listen.sweep_stored,
    "pictures": reply.forget_media,
    "snoozed": desk.wake_due,
    "presence": desk.forget_absent,
    "looks": look_again,
    "folding": listen.forget_keys,
    "reach": watch_reach,
    "clocks": desk.watch_clocks,
    "sources": read_sources,
    "order_files": identify.read_order_files,
    "hooks": work_hooks,
    "numbers": identify.recognise_new,
    "value": identify.fit_due,
    "approvals": resolve.escalate_due,
    "refunds": resolve.pay_due,
    "remedies": resolve.do_due,
    "settle": resolve.settle,
    "followups": winback.follow_up,
    "journeys": winback.follow_journeys,
    "causes": winback.look_after_causes,
    "aftercare": winback.look_after_purchases,
    "praise": amplify.find_praise,
    "shares": amplify.share_due,
    "advocates": amplify.look_after_advocates,
    "alerts": alerts.find_and_send,
    "watch": alerts.watch_and_send,
    "personal": alerts.send_personal,
    "points": rewards.give_points,
    "learning": learn,
    "retention": forget_old,
}
TELLING = ("heard", "sorted", "routing", "threads", "outbox", "clocks", "reach", "causes")
"""After these there may be something the team should know at once."""
SAYING = ("heard", "sorted", "threads")
"""After these customers may have named an order."""


def _then_tell(topic: str, step: jobs.Step) -> jobs.Step:
    def both() -> None:
        step()
        jobs.wake("alerts")
        if topic in SAYING:
            jobs.wake("numbers")
        if topic == "sorted":
            # Somebody may have praised, let us show it, or taken that back.
            jobs.wake("praise")
        if topic == "outbox":
            # An answer that stands may have told a customer what was done for them.
            jobs.wake("remedies")
            # Or have thanked for a praise, or asked whether it may be shown.
            jobs.wake("praise")
            # Or have asked whether it is resolved.
            jobs.wake("followups")
            # Whoever answered has room for one that waits.
            jobs.wake("routing")

    return both


def wire() -> None:
    """Connects topics and steps. Called once by the worker."""
    jobs.set_steps({topic: _then_tell(topic, step) if topic in TELLING else step for topic, step in STEPS.items()})
