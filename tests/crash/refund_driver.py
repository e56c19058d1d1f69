"""What members and the worker do in the soak of refunds, in processes of their own, on the product's environment.

`python -m tests.crash.refund_driver set-up|click|work|report ...`; prints JSON. `work` is the worker, killed with
SIGKILL again and again: it loads the product once and forks, so that a hundred kills take seconds, not minutes.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
django.setup()

from django.db import OperationalError, connections  # noqa: E402

from makegood.accounts import api as accounts  # noqa: E402
from makegood.connectors.payments.registry import processor  # noqa: E402
from makegood.desk.models import Conversation  # noqa: E402
from makegood.desk.tests.make import bring  # noqa: E402
from makegood.identify import api as identify  # noqa: E402
from makegood.identify.models import ChargeRefund  # noqa: E402
from makegood.journal.api import Entry  # noqa: E402
from makegood.kit import clock  # noqa: E402
from makegood.listen.tests.make import activity, channel  # noqa: E402
from makegood.resolve import api as resolve  # noqa: E402
from makegood.resolve import asking_processor, ledger, outcome, paying  # noqa: E402
from makegood.resolve.models import LedgerLine, Refund, Remedy  # noqa: E402

EMAIL = "olga@example.com"
SECRET = "whsec_teapot"
TALKS = 20
# As if a minute were three seconds: what was cut off is taken up while the test still runs.
LEASE, MOST_SECONDS, LONGEST_PAUSE = timedelta(seconds=3), 2.5, 2.0
AIMED = 0.3
ASLEEP, LEASED, SENT, ANSWERED = range(4)
PHASES = ("between two refunds", "before sending", "between sending and answer", "between answer and commit")
PROGRESS = struct.Struct("II")
"""What the worker is at, and how many kills there have been."""


def wanted_of(row: identify.Charge) -> int:
    """How much of a charge is asked back: all, or for every third a part."""
    return row.amount_minor // 3 if row.amount_minor % 3 == 0 else row.amount_minor


def set_up(base: str, key: str) -> dict[str, Any]:
    """A workspace with conversations and the processor's account, read once."""
    owner = accounts.User.objects.create_user(EMAIL, "correct horse battery", name="Olga")
    workspace = accounts.create_workspace("Teapot & Co", owner)
    accounts.Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=0)
    said = [activity(f"You charged me twice, I want a refund! {n}", network="sample") for n in range(TALKS)]
    bring(channel(workspace, "account", network="sample"), *said)
    form = {"key": key, "api_base": base, "webhook_secret": SECRET}
    source = identify.connect_source(workspace, owner, "payments", "stripe", form)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        identify.read_due()
        source.refresh_from_db()
        if source.caught_up_at is not None:
            break
    return {"hook": source.hook, "charges": identify.Charge.objects.within(workspace).count()}


def click(number: int, kills: int, progress: str, by_hand: int) -> dict[str, Any]:
    """Clicks through all charges, each twice, as the kills go on; every `by_hand`th is refunded in the back office too.

    Two of these run at once, with the same keys of the page.
    """
    from tests.servers.localstripe import StripeServer

    workspace = accounts.Workspace.objects.get()
    member = accounts.Membership.objects.get(workspace=workspace)
    talks = list(Conversation.objects.within(workspace).order_by("id"))
    charges = list(identify.Charge.objects.within(workspace).order_by("external_id"))
    base = identify.credentials_of(charges[0].source)["api_base"]
    server, asked, hands = StripeServer(base), 0, 0
    with Path(progress).open("r+b") as file:
        seen = mmap.mmap(file.fileno(), PROGRESS.size)
        for place, charge in enumerate(charges):
            while PROGRESS.unpack(seen[:])[1] < kills * place // len(charges):
                time.sleep(0.01)
            wanted = resolve.Wanted(
                kind="refund",
                request_key=f"page-{charge.external_id}",
                amount_minor=wanted_of(charge),
                currency=charge.currency,
                charge=charge,
                reason_words="Charged twice",
                words="Sorry!",
            )
            for _ in range(2):
                asked += ask(member, talks[place % len(talks)], wanted)
            if number == 0 and by_hand and place % by_hand == 2 and wanted_of(charge) == charge.amount_minor:
                time.sleep(random.Random(place).uniform(0, 0.1))
                hands += refund_by_hand(server, charge)
    return {"clicks": asked, "by_hand": hands}


def ask(member: Any, talk: Conversation, wanted: resolve.Wanted) -> int:
    """One click; pressed again when the database was locked for too long."""
    for _ in range(20):
        try:
            resolve.ask(member, talk, wanted)
        except OperationalError:
            time.sleep(0.2)
            continue
        except resolve.ResolveError as error:
            if "gone back already" not in error.sentence:
                raise
        return 1
    raise AssertionError("the database stayed locked")


def refund_by_hand(server: Any, charge: identify.Charge) -> int:
    """Whether somebody in the back office was quicker than we."""
    import httpx

    try:
        server.refund(charge.external_id, charge.amount_minor)
    except httpx.HTTPStatusError:
        return 0
    except httpx.TransportError:
        return 1  # Their answer was lost as well; it may stand.
    return 1


def work(kills: int, progress: str, seed: int) -> dict[str, Any]:
    """The worker, killed so many times while it works and then left alone until all is done."""
    begun = time.monotonic()
    with Path(progress).open("r+b") as file:
        shared = mmap.mmap(file.fileno(), PROGRESS.size)
        dice, where = random.Random(seed), Counter[str]()
        identify.read_due()  # What the worker imports is there before it is forked.
        while sum(where.values()) < kills:
            child = begin(shared)
            # Most moments are any moment of a refund. Sending is short, so that some wait for it to begin.
            aimed = dice.random() < AIMED
            wait_for(shared, SENT if aimed else LEASED)
            time.sleep(dice.uniform(0, 0.05 if aimed else 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            at = phase_of(shared)
            where[PHASES[at]] += 1
            shared[:] = PROGRESS.pack(ASLEEP, sum(where.values()))
        child = begin(shared)
        left = until_done(240)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return {"killed": dict(where), "left": left, "seconds": round(time.monotonic() - begun)}


def wait_for(shared: mmap.mmap, phase: int, seconds: float = 4.0) -> None:
    """Until the worker is at this phase of a refund, or so long."""
    until = time.monotonic() + seconds
    while phase_of(shared) != phase and time.monotonic() < until:
        time.sleep(0.0005)


def phase_of(shared: mmap.mmap) -> int:
    """What the worker is at."""
    return int(PROGRESS.unpack(shared[:])[0])


def begin(shared: mmap.mmap) -> int:
    """A worker process; its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        run_steps(shared)
    finally:
        os._exit(1)


def run_steps(shared: mmap.mmap) -> None:
    """The steps that have to do with money, again and again, as the worker runs them."""
    paying.LEASE, paying.MOST_SECONDS, paying.LONGEST_PAUSE = LEASE, MOST_SECONDS, LONGEST_PAUSE
    outcome.FIRST_LOOK = timedelta(seconds=1)

    def at(phase: int) -> None:
        shared[:4] = struct.pack("I", phase)

    def around(act: Callable[..., Any], before: int, after: int) -> Callable[..., Any]:
        async def marked(*given: Any) -> Any:
            at(before)
            found = await act(*given)
            at(after)
            return found

        return marked

    there: Any = asking_processor
    lane, found = paying._lane, processor("stripe")
    assert found.refund is not None
    known = replace(found, refund=around(found.refund, SENT, ANSWERED))
    there.processor = lambda _kind: known
    paying._lane = around(lane, LEASED, ASLEEP)
    leased = paying._lease

    def lease(key: int) -> Any:
        at(LEASED)
        return leased(key)

    paying._lease = lease
    while True:
        for step in (identify.work_events, resolve.pay_due, resolve.settle):
            try:
                step()
            except Exception as error:
                print(f"{step.__name__}: {error!r}", file=sys.stderr, flush=True)
        time.sleep(0.02)


def until_done(seconds: float) -> int:
    """Waits until nothing is due or under way; how many still are."""
    until, left = time.monotonic() + seconds, -1
    while time.monotonic() < until:
        rows = Refund.objects.across("the test looks at all")
        left = rows.filter(state__in=["due", "sending", "unknown"]).count()
        quiet = not rows.filter(look_at__lte=clock.now(), arrived_at=None).exists()
        events = identify.HookEvent.objects.across("the test looks at all").filter(done_at__isnull=True).exists()
        if not left and quiet and not events:
            break
        time.sleep(0.3)
    connections.close_all()
    return left


def rest_of_events() -> dict[str, Any]:
    """The worker once more, for the webhooks that came last."""
    for _ in range(5):
        identify.work_events()
        identify.read_due()
        resolve.settle()
        time.sleep(1.1)
    return {}


def report() -> dict[str, Any]:
    """What Makegood holds now."""
    workspace = accounts.Workspace.objects.get()
    refunds = Refund.objects.within(workspace)
    remedies = Remedy.objects.within(workspace)
    sums = Counter[str]()
    for account, amount in LedgerLine.objects.within(workspace).values_list("account", "amount_minor"):
        sums[account] += amount
    standing = refunds.filter(state__in=["done", "elsewhere"])
    hooks = identify.HookEvent.objects.within(workspace)
    return {
        "remedies": Counter(remedies.values_list("state", flat=True)),
        "refunds": Counter(refunds.values_list("state", flat=True)),
        "sentences": sorted(set(refunds.exclude(state="done").values_list("sentence", flat=True))),
        "approved": sum(remedies.values_list("amount_minor", flat=True)),
        "standing": dict(standing.values_list("processor_id", "amount_minor")),
        "attempts": sorted(refunds.values_list("attempt", flat=True)),
        "ledger": sums,
        "unbalanced": ledger.unbalanced(workspace),
        "record": sum(
            ChargeRefund.objects.within(workspace).exclude(state="failed").values_list("amount_minor", flat=True)
        ),
        "hooks": hooks.count(),
        "found": sum(
            bool(data.get("found"))
            for data in Entry.objects.within(workspace).filter(verb="refund.paid").values_list("data", flat=True)
        ),
    }


def main() -> None:
    command, *rest = sys.argv[1:]
    if command == "set-up":
        found = set_up(*rest)
    elif command == "click":
        found = click(int(rest[0]), int(rest[1]), rest[2], int(rest[3]))
    elif command == "rest":
        found = rest_of_events()
    elif command == "work":
        found = work(int(rest[0]), rest[1], int(rest[2]))
    else:
        found = report()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
