"""Who is woken by what: the whole way of a mention, from wire to answer, in one table.

    listener --heard--> triage --sorted--> desk --threads--> (the thread around it)
    a member's answer --outbox--> the network

Each step does all due rows of its kind and may run at any time, anywhere, as often as it likes.
"""

from __future__ import annotations

from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.listen import api as listen
from makegood.reply import api as reply
from makegood.triage import api as triage

__all__ = ["wire"]


def take_in() -> None:
    """What was heard goes to the desk in one turn; "sorted" is woken too, for when this one is cut short."""
    triage.sort_new()
    desk.open_new()


STEPS: dict[str, jobs.Step] = {
    "heard": take_in,
    "sorted": desk.open_new,
    "gone": desk.redact_gone,
    "threads": desk.read_threads,
    "outbox": reply.send_due,
    "imports": listen.run_imports,
}


def wire() -> None:
    """Connects topics and steps. Called once by the worker."""
    jobs.set_steps(STEPS)
