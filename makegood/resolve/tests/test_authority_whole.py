"""Authority over any course of events, against a recount that shares nothing with the code it checks.

Agents, managers and owners ask, decide, offer, decline; people turn out to be one and are parted again; cases grow and
shrink; roles change; the clock jumps. What is given at once must be exactly what a naive recount allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from makegood.accounts.models import Membership
from makegood.desk import cases
from makegood.desk.models import Conversation
from makegood.identify.identities import contact_of, end_tie, tie
from makegood.identify.models import Contact, Identity, OrderLink
from makegood.kit import clock
from makegood.resolve import asking, deciding
from makegood.resolve.deciders import set_delegate
from makegood.resolve.models import ApprovalRequest, Limit, Remedy
from makegood.resolve.rules import ResolveError, Wanted
from makegood.resolve.tests.authority_scene import Shop, join, new_key, person

ZONE = ZoneInfo("Pacific/Auckland")
START = datetime(2026, 12, 28, 9, tzinfo=UTC)
GIVEN = ("auto_approved", "approved", "executed")
KINDS = ("voucher", "gift", "courier")
HANDLES = ("one", "two", "two", "three")
WHOM = st.sampled_from(range(6))
TALKS = st.sampled_from(range(len(HANDLES)))
AMOUNTS = st.integers(1, 12)
MOST = st.one_of(st.none(), st.integers(0, 40))


@dataclass
class Gift:
    """Something that was given, as the recount remembers it."""

    remedy: int
    kind: str
    counted: int
    currency: str
    role: str
    talk: int
    handle: str
    case: int | None
    order: int | None
    contact: int | None
    at: datetime


class Scene:
    """What every course of events begins with; it is made once, and each course is undone."""

    def __init__(self, workspace: Any, people: list[Any]) -> None:
        type(workspace).objects.filter(pk=workspace.pk).update(timezone=str(ZONE))
        workspace.refresh_from_db()
        self.shop = Shop(workspace)
        self.people = people
        self.talks = [self.shop.talk(handle) for handle in HANDLES]
        first = self.shop.order()
        self.orders = [first, self.shop.order(first.customer), self.shop.order()]
        self.now = START


class Course(RuleBasedStateMachine):
    """One course of events."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.scene.now = START
        self.given: list[Gift] = []
        self.asked: list[tuple[int, int, Wanted]] = []
        self.ever: dict[int, set[str]] = {}
        self.links: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # The shop

    @initialize(rows=st.lists(st.tuples(MOST, MOST, MOST, MOST), min_size=3, max_size=3), own=st.booleans())
    def limits(self, rows: list[tuple[int | None, ...]], own: bool) -> None:
        names = ("case", "person", "month", "four_eyes")
        for role, values in zip(("agent", "manager"), rows, strict=False):
            self.scene.shop.limit(role, **cast("dict[str, Any]", dict(zip(names, values, strict=True))))
        if own:
            self.scene.shop.limit("agent", "gift", **cast("dict[str, Any]", dict(zip(names, rows[2], strict=True))))

    def role(self, who: int) -> str:
        return Membership.objects.within(self.scene.shop.workspace).get(user=self.scene.people[who]).role

    def case_of(self, talk: int) -> int | None:
        return Conversation.objects.within(self.scene.shop.workspace).get(pk=self.scene.talks[talk].pk).case_id

    def contact_of(self, talk: int) -> int | None:
        found = contact_of(self.scene.talks[talk])
        return found.pk if found else None

    # The recount

    def above(self, role: str, talk: int, kind: str, counted: int, currency: str, order: int | None) -> set[str]:
        """Which limits of a role this is above; everything that is counted is looked at, one by one."""
        limits = {row.kind: row for row in Limit.objects.within(self.scene.shop.workspace).filter(role=role)}
        limit = limits.get(kind) or limits.get("")
        if limit is None:
            return set() if role == "owner" else {"none"}
        if limit.currency != currency:
            return {"currency"}
        case, contact = self.case_of(talk), self.contact_of(talk)
        near = {n for n in range(len(HANDLES)) if n == talk or (case is not None and self.case_of(n) == case)}
        about = {n for at, n in self.links if at in near}
        about |= set() if order is None else {order}
        linked = {at for at, n in self.links if n in about}
        buyers = {self.scene.orders[n].customer_id for n in about}
        month = self.scene.now.astimezone(ZONE).strftime("%Y-%m")
        sums = {"case": 0, "person": 0, "month": 0}
        for each in self.given:
            mine = each.kind == limit.kind if limit.kind else each.kind not in limits
            if not mine or each.currency != currency:
                continue
            then = each.at.astimezone(ZONE).strftime("%Y-%m")
            in_case = each.talk in near or (case is not None and each.case == case)
            if in_case or each.order in about or each.talk in linked:
                sums["case"] += each.counted
            same = each.handle == HANDLES[talk] or (contact is not None and each.contact == contact)
            same = same or (contact is not None and each.handle in self.ever.get(contact, set()))
            bought = each.order is not None and self.scene.orders[each.order].customer_id in buyers
            if (same or bought) and then[:4] >= month[:4]:
                sums["person"] += each.counted
            if each.role == role and then >= month:
                sums["month"] += each.counted
        tops = {
            "case": (limit.per_case_minor, sums["case"]),
            "person": (limit.per_person_year_minor, sums["person"]),
            "month": (limit.per_month_minor, sums["month"]),
            "four_eyes": (limit.four_eyes_minor, sums["case"]),
        }
        return {name for name, (top, used) in tops.items() if top is not None and used + counted > top}

    def remember(self, remedy: Remedy, role: str, talk: int, order: int | None) -> None:
        counted = remedy.amount_minor if remedy.kind == "voucher" else remedy.cost_minor
        case, contact = self.case_of(talk), self.contact_of(talk)
        facts = (remedy.pk, remedy.kind, counted, remedy.currency, role, talk, HANDLES[talk], case, order, contact)
        self.given.append(Gift(*facts, self.scene.now))

    # What happens

    @rule(
        who=WHOM,
        talk=TALKS,
        kind=st.sampled_from(KINDS),
        amount=AMOUNTS,
        currency=st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
        order=st.sampled_from([None, None, 0, 1, 2]),
    )
    def ask(self, who: int, talk: int, kind: str, amount: int, currency: str, order: int | None) -> None:
        what: dict[str, Any] = {"amount_minor": amount} if kind == "voucher" else {"cost_minor": amount}
        row = None if order is None else self.scene.orders[order]
        wanted = Wanted(kind=kind, currency=currency, request_key=new_key(), order=row, **what)
        member = join(self.scene.shop.workspace, self.scene.people[who])
        expected = self.above(member.role, talk, kind, amount, currency, order)
        expected |= {"learning"} if member.learning else set()
        try:
            remedy = asking.ask(member, self.scene.talks[talk], wanted)
        except ResolveError:
            assert expected
            return
        self.asked.append((who, talk, wanted))
        assert (remedy.state == "auto_approved") is (not expected), (expected, remedy.state)
        if remedy.state == "auto_approved":
            self.remember(remedy, member.role, talk, order)
        else:
            needs = ApprovalRequest.objects.within(self.scene.shop.workspace).get(remedy=remedy).needs_two
            assert needs or "four_eyes" not in expected

    @rule(pick=st.integers(0, 99), change=st.booleans())
    def click_again(self, pick: int, change: bool) -> None:
        if not self.asked:
            return
        who, talk, wanted = self.asked[pick % len(self.asked)]
        before = Remedy.objects.within(self.scene.shop.workspace).count()
        again = replace(wanted, amount_minor=wanted.amount_minor + 1) if change else wanted
        member = join(self.scene.shop.workspace, self.scene.people[who])
        if change:
            with pytest.raises(ResolveError):
                asking.ask(member, self.scene.talks[talk], again)
        else:
            assert asking.ask(member, self.scene.talks[talk], again).request_key == wanted.request_key
        assert Remedy.objects.within(self.scene.shop.workspace).count() == before

    def some(self, pick: int, state: str) -> ApprovalRequest | None:
        rows = list(ApprovalRequest.objects.within(self.scene.shop.workspace).filter(state=state).order_by("pk"))
        return rows[pick % len(rows)] if rows else None

    def place(self, remedy: Remedy) -> tuple[int, int | None]:
        talk = [each.pk for each in self.scene.talks].index(remedy.conversation_id)
        orders = [each.pk for each in self.scene.orders]
        return talk, orders.index(remedy.order_id) if remedy.order_id else None

    def check_decision(self, remedy: Remedy, row: ApprovalRequest, holder: Any) -> None:
        """By the recount, whoever decided could; and neither they nor whose place they took had asked."""
        role = Membership.objects.within(self.scene.shop.workspace).get(user=holder).role
        talk, order = self.place(remedy)
        counted = remedy.amount_minor if remedy.kind == "voucher" else remedy.cost_minor
        over = self.above(role, talk, remedy.kind, counted, remedy.currency, order)
        assert role in ("manager", "owner")
        assert role == "owner" or not over - {"four_eyes"}, over
        assert remedy.asked_by_id not in (row.decided_by_id, row.decided_for_id, row.first_by_id, row.first_for_id)
        if "four_eyes" in over or row.needs_two:
            eyes = {row.first_by_id, row.first_for_id or row.first_by_id}
            assert row.first_by_id is not None
            assert not eyes & {row.decided_by_id, holder.pk}
        assert remedy.decided_role == role
        self.remember(remedy, role, talk, order)

    @rule(who=WHOM, pick=st.integers(0, 99))
    def approve(self, who: int, pick: int) -> None:
        request = self.some(pick, "open")
        if request is None:
            return
        try:
            row = deciding.approve(request, join(self.scene.shop.workspace, self.scene.people[who]))
        except ResolveError:
            return
        if row.state == "approved":
            self.check_decision(row.remedy, row, row.decided_for or row.decided_by)

    @rule(who=WHOM, pick=st.integers(0, 99), amount=AMOUNTS)
    def offer(self, who: int, pick: int, amount: int) -> None:
        request = self.some(pick, "open")
        if request is None:
            return
        member = join(self.scene.shop.workspace, self.scene.people[who])
        try:
            deciding.counter(request, member, kind="voucher", amount_minor=amount)
        except ResolveError:
            return

    @rule(pick=st.integers(0, 99), take=st.booleans())
    def take_offer(self, pick: int, take: bool) -> None:
        request = self.some(pick, "countered")
        if request is None or not request.remedy.asked_by:
            return
        member = join(self.scene.shop.workspace, request.remedy.asked_by)
        known = Remedy.objects.within(self.scene.shop.workspace).filter(counter_of=request.remedy).exists()
        try:
            if not take:
                deciding.leave_counter(request, member)
                return
            remedy = deciding.take_counter(request, member)
        except ResolveError:
            return
        if not known:
            request.refresh_from_db()
            request.needs_two, request.first_by = False, None
            self.check_decision(remedy, request, request.decided_for or request.decided_by)

    @rule(who=WHOM, pick=st.integers(0, 99), own=st.booleans())
    def say_no(self, who: int, pick: int, own: bool) -> None:
        request = self.some(pick, "open")
        if request is None:
            return
        member = join(self.scene.shop.workspace, self.scene.people[who])
        try:
            deciding.withdraw(request, member) if own else deciding.decline(request, member, "No")
        except ResolveError:
            return

    @rule(pick=st.integers(0, 99))
    def take_back(self, pick: int) -> None:
        if self.given:
            gone = self.given.pop(pick % len(self.given))
            Remedy.objects.within(self.scene.shop.workspace).filter(pk=gone.remedy).update(state="reversed")

    @rule(hours=st.sampled_from([-1, -1, -26, 1, 30, 24 * 9]))
    def time_goes(self, hours: int) -> None:
        self.scene.now += timedelta(hours=hours)
        deciding.escalate_due()

    @rule(talk=TALKS, order=st.sampled_from([0, 1, 2]))
    def link(self, talk: int, order: int) -> None:
        shop = self.scene.shop
        rows = OrderLink.objects.within(shop.workspace)
        rows = rows.filter(conversation=self.scene.talks[talk], order=self.scene.orders[order])
        if (talk, order) in self.links:
            self.links.discard((talk, order))
            rows.update(removed_at=self.scene.now)
        else:
            self.links.add((talk, order))
            if not rows.update(removed_at=None):
                shop.link(self.scene.talks[talk], self.scene.orders[order])

    @rule(one=TALKS, other=TALKS)
    def tie_them(self, one: int, other: int) -> None:
        known = self.contact_of(one) or self.contact_of(other)
        contact = (
            Contact.objects.within(self.scene.shop.workspace).get(pk=known)
            if known
            else Contact.objects.create(workspace=self.scene.shop.workspace)
        )
        for talk in (one, other):
            if self.contact_of(talk) is None:
                tie(contact, kind="author", network="sample", value=HANDLES[talk], basis="judgement")
                self.ever.setdefault(contact.pk, set()).add(HANDLES[talk])

    @rule(talk=TALKS)
    def part(self, talk: int) -> None:
        rows = Identity.objects.within(self.scene.shop.workspace).filter(value=HANDLES[talk], ended_at__isnull=True)
        for row in rows:
            end_tie(row, None)

    @rule(talk=TALKS, other=TALKS)
    def same_case(self, talk: int, other: int) -> None:
        if talk != other and self.case_of(talk) is None and self.case_of(other) is None:
            rows = [self.scene.talks[talk], self.scene.talks[other]]
            cases.open_case(rows, "Broken", "", None, self.scene.people[0])

    @rule(talk=TALKS)
    def leave_case(self, talk: int) -> None:
        row = (
            Conversation.objects.within(self.scene.shop.workspace)
            .select_related("case")
            .get(pk=self.scene.talks[talk].pk)
        )
        if row.case is not None:
            cases.take_out(row.case, row, self.scene.people[0])

    @rule(who=st.sampled_from([1, 2, 3, 4]), role=st.sampled_from(["agent", "manager"]), learning=st.booleans())
    def promote(self, who: int, role: str, learning: bool) -> None:
        rows = Membership.objects.within(self.scene.shop.workspace).filter(user=self.scene.people[who])
        rows.update(role=role, learning=learning and role == "agent")

    @rule(away=WHOM, to=WHOM)
    def delegate(self, away: int, to: int) -> None:
        today = self.scene.now.astimezone(ZONE).date()
        people = self.scene.people[away], self.scene.people[to]
        try:
            set_delegate(join(self.scene.shop.workspace, people[0]), *people, today, today + timedelta(days=1))
        except ResolveError:
            return

    @invariant()
    def what_is_given_is_what_was_counted(self) -> None:
        rows = Remedy.objects.within(self.scene.shop.workspace).filter(state__in=GIVEN)
        found = dict(rows.values_list("pk", "counted_minor"))
        assert found == {each.remedy: each.counted for each in self.given}


@pytest.mark.django_db
def test_authority_is_never_exceeded(
    workspace: Any, olga: Any, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [olga, malik, mona]
    scene = Scene(workspace, people)
    people += [person(scene.shop, "Anna", "agent"), person(scene.shop, "Max", "manager")]
    people.append(person(scene.shop, "Otto", "owner"))
    monkeypatch.setattr(clock, "now", lambda: scene.now)
    monkeypatch.setattr(Course, "scene", scene, raising=False)
    run_state_machine_as_test(
        Course,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
