"""Pay once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, RefundState
from makegood.desk.models import Notice
from makegood.kit import clock
from makegood.resolve import paying
from makegood.resolve.models import Refund
from makegood.resolve.refunds import begin_refund
from makegood.resolve.tests.money_scene import Scene
from makegood.resolve.tests.till import LOST, Killed, Till, plug_in

pytestmark = pytest.mark.django_db

DOWN = Trouble(Verdict.RETRY, "The processor does not answer.")


def told(scene: Scene) -> list[str]:
    return list(Notice.objects.within(scene.workspace).order_by("id").values_list("text", flat=True))


def test_a_refund_goes_out_and_is_booked(scene: Scene, till: Till) -> None:
    row = scene.pay(scene.begun(amount=1234))
    assert (row.state, row.processor_id, row.processor_state) == ("done", "re_1", "pending")
    assert till.sendings == [row.key]
    assert till.refunds["re_1"].amount_minor == 1234
    assert row.remedy.state == "executed"
    assert row.remedy.executed_at is not None
    assert scene.booked() == {"goodwill": 1234, "money_back": -1234}
    assert scene.verbs() == ["begun", "sending", "paid"]
    ready = "Hi, we have sent your money back: 12.34 EUR. It takes your bank a few days to show it."
    assert told(scene) == [f"paid 12.34 EUR back. Tell them: “{ready}”"]


def test_the_customers_words_are_the_shops_own(scene: Scene) -> None:
    scene.pay(scene.begun(words="Sorry, Ada!\nYour money is on its way."))
    assert "Tell them: “Sorry, Ada! Your money is on its way.”" in told(scene)[0]


def test_long_words_are_cut_to_fit_a_notice(scene: Scene) -> None:
    scene.pay(scene.begun(words="sorry " * 200))
    assert len(told(scene)[0]) <= 300
    assert told(scene)[0].endswith("…”")


def test_nothing_is_paid_before_the_seconds_of_grace_are_over(scene: Scene, till: Till) -> None:
    type(scene.workspace).objects.filter(pk=scene.workspace.pk).update(undo_seconds=8)
    remedy = scene.remedy(scene.charge())
    remedy.workspace.refresh_from_db()
    row = begin_refund(remedy)
    paying.pay_due()
    row.refresh_from_db()
    assert (row.state, till.sendings) == ("due", [])


def test_a_lost_answer_is_found_and_not_paid_again(scene: Scene, till: Till) -> None:
    till.faults = [LOST]
    row = scene.pay(scene.begun())
    assert (row.state, row.sentence) == ("sending", "The processor did not answer.")
    row = scene.pay(row)
    assert (row.state, row.processor_id) == ("done", "re_1")
    assert (len(till.sendings), len(till.lookups), len(till.refunds)) == (1, 1, 1)
    assert scene.verbs() == ["begun", "sending", "postponed", "sending", "paid"]


def test_killed_after_the_money_went_out(scene: Scene, till: Till) -> None:
    till.faults = ["killed"]
    row = scene.begun()
    with pytest.raises(Killed):
        scene.pay(row)
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("sending", 1)
    assert row.first_sent_at is not None
    row = scene.pay(row)
    assert (row.state, len(till.refunds), scene.booked()["goodwill"]) == ("done", 1, row.amount_minor)


def test_killed_before_the_money_went_out(scene: Scene, till: Till) -> None:
    till.faults = [Killed()]
    row = scene.begun()
    with pytest.raises(Killed):
        scene.pay(row)
    row = scene.pay(row)
    assert (row.state, len(till.refunds)) == ("done", 1)
    assert till.lookups == [row.key]


def test_what_cannot_be_looked_up_is_not_sent_again(scene: Scene, till: Till) -> None:
    till.faults, till.find_faults = [LOST], [DOWN, DOWN]
    row = scene.pay(scene.begun(), times=3)
    assert (row.state, len(till.sendings), len(till.refunds)) == ("sending", 1, 1)
    row = scene.pay(row)
    assert (row.state, len(till.sendings)) == ("done", 1)


def test_refused_for_good(scene: Scene, till: Till) -> None:
    till.faults = [Trouble(Verdict.REFUSE, "The card’s bank takes no refunds.")]
    row = scene.pay(scene.begun())
    assert (row.state, row.sentence) == ("refused", "The card’s bank takes no refunds.")
    assert (row.remedy.state, row.remedy.problem) == ("auto_approved", "The card’s bank takes no refunds.")
    assert scene.booked() == {}
    assert told(scene) == ["could not pay 25.00 EUR back. The card’s bank takes no refunds."]


def test_a_refusal_after_a_lost_answer_is_looked_into(scene: Scene, till: Till) -> None:
    """The first attempt arrives only after it was looked for: what the second is told is no refusal."""
    till.faults = [DOWN]
    row = scene.pay(scene.begun())
    name = row.charge.external_id

    def arrives_late() -> None:
        till.give_back(name, row.amount_minor, row.key)

    till.before_send = arrives_late
    till.faults = [Trouble(Verdict.REFUSE, "It has been refunded already.")]
    row = scene.pay(row)
    assert (row.state, row.processor_id, len(till.refunds)) == ("done", "re_1", 1)


def test_signed_out_before_anything_was_sent(scene: Scene, till: Till) -> None:
    till.faults = [Trouble(Verdict.DISCONNECT, "The key is no longer valid.")]
    row = scene.pay(scene.begun())
    scene.source.refresh_from_db()
    assert (row.state, scene.source.state) == ("refused", "disconnected")


def test_signed_out_when_it_may_have_been_paid(scene: Scene, till: Till) -> None:
    till.faults, till.find_faults = [LOST], [Trouble(Verdict.DISCONNECT, "The key is no longer valid.")]
    row = scene.pay(scene.begun(), times=2)
    assert row.state == "unknown"
    assert row.remedy.problem == "The key is no longer valid."


def test_not_connected(scene: Scene, till: Till) -> None:
    row = scene.begun()
    type(scene.source).objects.filter(pk=scene.source.pk).update(state="disconnected")
    row = scene.pay(row)
    assert (row.state, till.sendings) == ("refused", [])
    assert row.sentence == "Till is not connected. Connect it again, then try again."


def test_asked_to_slow_down(scene: Scene, till: Till) -> None:
    till.faults = [Trouble(Verdict.WAIT, "Too many requests.", retry_after=90)]
    row = scene.pay(scene.begun())
    assert row.lease_until is not None
    wait = (row.lease_until - clock.now()).total_seconds()
    assert (row.state, 80 < wait <= 90) == ("sending", True)
    assert scene.pay(row).state == "done"


@pytest.mark.parametrize(("handed", "state"), [(True, "unknown"), (False, "refused")])
def test_after_many_attempts_a_person_is_asked(scene: Scene, till: Till, handed: bool, state: str) -> None:
    row = scene.begun()
    if handed:
        till.faults, till.find_faults = [LOST], [DOWN] * 50
    else:
        till.fetch_faults = [DOWN] * 50
    row = scene.pay(row, times=paying.MOST_FAILURES)
    assert (row.state, row.attempt) == (state, paying.MOST_FAILURES)
    assert len(till.refunds) == handed
    assert "Makegood has tried 20 times." in row.sentence


def test_attempts_that_were_cut_off_are_no_failures(scene: Scene, till: Till) -> None:
    row = scene.begun()
    Refund.objects.within(scene.workspace).filter(pk=row.pk).update(attempt=500)
    till.faults = [LOST]
    row = scene.pay(row)
    assert (row.state, row.failures) == ("sending", 1)
    assert row.lease_until is not None
    assert (row.lease_until - clock.now()).total_seconds() < 3
    assert scene.pay(row).state == "done"


def test_one_that_brings_the_worker_down_holds_up_no_other(scene: Scene, till: Till) -> None:
    poison = scene.begun()
    till.faults = [Killed()]
    with pytest.raises(Killed):
        scene.pay(poison)
    others = [scene.begun() for _ in range(2)]
    till.faults = [None, None, Killed()]
    with pytest.raises(Killed):
        scene.pay(poison)
    for row in others:
        row.refresh_from_db()
        assert row.state == "done"


@pytest.mark.parametrize(("hours", "state", "sendings"), [(23, "done", 2), (24, "unknown", 1)])
def test_a_key_that_is_forgotten_is_not_sent_blindly(
    scene: Scene, till: Till, monkeypatch: pytest.MonkeyPatch, hours: int, state: str, sendings: int
) -> None:
    """A processor that cannot be asked by key: within the key's life sending again is safe, after it a person looks."""
    plug_in(monkeypatch, till, find_refund=None)
    till.faults = [DOWN]
    row = scene.pay(scene.begun())
    Refund.objects.within(scene.workspace).update(first_sent_at=clock.now() - timedelta(hours=hours))
    row = scene.pay(row)
    assert (row.state, len(till.sendings)) == (state, sendings)


def test_a_forgotten_key_is_looked_up(scene: Scene, till: Till) -> None:
    till.faults = [LOST]
    row = scene.pay(scene.begun())
    till.keys.clear()
    Refund.objects.within(scene.workspace).update(first_sent_at=clock.now() - timedelta(days=3))
    assert (scene.pay(row).state, len(till.refunds)) == ("done", 1)


def test_blind_and_no_room_is_unknown(scene: Scene, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, till, find_refund=None)
    till.faults = [DOWN]
    charge = scene.charge(2500)
    row = scene.pay(scene.begun(charge, 1000))
    till.give_back(charge.external_id, 2000)
    assert scene.pay(row).state == "unknown"


def test_a_disputed_charge_is_not_refunded(scene: Scene, till: Till) -> None:
    row = scene.begun()
    name = row.charge.external_id
    till.payments[name] = replace(till.payments[name], state=ChargeState.DISPUTED)
    row = scene.pay(row)
    assert (row.state, till.sendings) == ("refused", [])
    assert "would pay them twice" in row.sentence


def test_refunded_in_the_back_office_meanwhile(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    row = scene.begun(charge, 2000)
    manual = till.give_back(charge.external_id, 2000)
    row = scene.pay(row)
    assert (row.state, row.processor_id, till.sendings) == ("elsewhere", manual.id, [])
    assert row.remedy.state == "executed"
    assert scene.booked() == {"goodwill": 2000, "money_back": -2000}
    assert "pay this one all the same" in told(scene)[0]


def test_refunded_in_the_back_office_in_the_last_moment(scene: Scene, till: Till) -> None:
    charge = scene.charge(2500)
    name = charge.external_id

    def somebody_is_quicker() -> None:
        till.give_back(name, 2500)

    till.before_send = somebody_is_quicker
    row = scene.pay(scene.begun(charge))
    assert (row.state, row.processor_id, till.back(name)) == ("elsewhere", "re_1", 2500)
    assert scene.booked() == {"goodwill": 2500, "money_back": -2500}


def test_one_refund_elsewhere_stands_for_one_of_ours(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    first, second = scene.begun(charge, 1000), scene.begun(charge, 1000)
    till.give_back(charge.external_id, 1000)
    states = sorted([scene.pay(first).state, scene.pay(second).state])
    assert states == ["done", "elsewhere"]
    assert till.back(charge.external_id) == 2000


def test_a_refund_they_knew_of_is_another(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    till.give_back(charge.external_id, 1000)
    scene.read(charge)
    row = scene.pay(scene.begun(charge, 1000))
    assert (row.state, till.back(charge.external_id)) == ("done", 2000)


def test_a_refund_between_asking_and_deciding_is_the_same(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    remedy = scene.remedy(charge, 1000, asked_at=clock.now() - timedelta(hours=1))
    till.give_back(charge.external_id, 1000)
    scene.read(charge)
    assert scene.pay(begin_refund(remedy)).state == "elsewhere"


def test_another_amount_elsewhere_leaves_what_is_left(scene: Scene, till: Till) -> None:
    charge = scene.charge(5000)
    fits, too_much = scene.begun(charge, 1000), scene.begun(charge, 3000)
    till.give_back(charge.external_id, 1500)
    assert scene.pay(fits).state == "done"
    row = scene.pay(too_much)
    assert (row.state, till.back(charge.external_id)) == ("refused", 2500)
    assert row.sentence == "Only 25.00 EUR of the 50.00 EUR they paid can still go back."


def test_a_payment_the_processor_no_longer_knows(scene: Scene, till: Till) -> None:
    row = scene.begun()
    till.payments.clear()
    assert (scene.pay(row).state, till.sendings) == ("refused", [])


def test_another_amount_under_our_key(scene: Scene, till: Till) -> None:
    row = scene.begun()
    name = till.give_back(row.charge.external_id, 5, row.key).id
    till.keys[row.key] = name
    Refund.objects.within(scene.workspace).update(attempt=1)
    row = scene.pay(row)
    assert (row.state, len(till.refunds)) == ("unknown", 1)


def test_it_failed_at_once(scene: Scene, till: Till) -> None:
    till.state = RefundState.FAILED
    row = scene.pay(scene.begun())
    assert (row.state, row.remedy.state, scene.booked()) == ("failed", "auto_approved", {})


def test_a_payout_is_bound_by_the_charge(scene: Scene, till: Till) -> None:
    scene.connect("purse")
    charge = scene.charge(2500)
    way = {"way": "payout", "email": "ada@example.org"}
    row = scene.pay(scene.begun(charge, 2000, details=way))
    assert (row.state, row.processor_id, till.payouts["po_1"].amount_minor) == ("done", "po_1", 2000)
    later = scene.begun(charge, 500)
    till.give_back(charge.external_id, 100)
    assert scene.pay(later).state == "refused"
    assert till.back(charge.external_id) == 100


def test_a_payouts_lost_answer(scene: Scene, till: Till) -> None:
    scene.connect("purse")
    till.faults = [LOST]
    row = scene.pay(scene.begun(details={"way": "payout", "email": "ada@example.org"}), times=2)
    assert (row.state, len(till.payouts), len(till.sendings)) == ("done", 1, 1)


def test_the_promise_moves_so_that_they_hear_soon(scene: Scene) -> None:
    from makegood.desk import api as desk

    talk = scene.conversation()
    promised = desk.promise(talk, "money back by Friday", clock.now() + timedelta(days=5), scene.agent)
    row = scene.pay(scene.begun(conversation=talk, promise=promised))
    promised.refresh_from_db()
    assert promised.due_at is not None
    assert promised.due_at < clock.now() + timedelta(hours=5)
    assert (promised.moved_because, row.remedy.promise) == ("The money is on its way: tell them.", promised)


def test_a_promise_that_is_due_sooner_or_kept_stays(scene: Scene) -> None:
    from makegood.desk import api as desk

    talk = scene.conversation()
    soon = desk.promise(talk, "in an hour", clock.now() + timedelta(hours=1), scene.agent)
    kept = desk.promise(talk, "by Friday", clock.now() + timedelta(days=5), scene.agent)
    desk.keep_promise(kept, scene.agent)
    for one in (soon, kept):
        due = one.due_at
        assert scene.pay(scene.begun(conversation=talk, promise=one)).state == "done"
        one.refresh_from_db()
        assert one.moved_because == ""
        assert one is kept or one.due_at == due


def test_one_account_that_hangs_holds_up_nobody_else(scene: Scene, till: Till) -> None:
    first = scene.begun()
    till.faults = [RuntimeError("surprise"), DOWN]
    second = scene.begun()
    paying.pay_due()
    for row in (first, second):
        row.refresh_from_db()
        assert row.state == "sending"
    assert scene.pay(first).state == scene.pay(second).state == "done"
    assert len(till.refunds) == 2
