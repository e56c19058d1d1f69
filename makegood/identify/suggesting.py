"""Who somebody may be, by the addresses they give and the profiles they link to: ranked, explained, never joined here.

Each suggestion says what speaks for it. Everything is looked up by an index, and at most a few for each thing said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.connectors.ties import tie_rule
from makegood.desk.api import Conversation, Message
from makegood.identify.identities import contact_of, customers_of
from makegood.identify.models import Customer, Identity, IdentitySuggestion, SaidNumber
from makegood.journal import api as journal

__all__ = ["name_words", "reason_words", "suggest_by_address", "suggest_by_profile", "suggest_for", "suggestions_of"]

Basis, State = Identity.Basis, IdentitySuggestion.State
MOST_ALIKE = 3
"""Customers looked at for one address or number: a family shares a phone; a call centre's number tells nobody apart."""
MOST_SAID = 500
MOST_SHOWN = 5
WEIGHTS = {"email": 0.8, "phone": 0.7, "profile": 0.8, "own": 0.9, "verified": 0.5, "name": 0.5, "tied": 0.3}
"""How much each reason speaks for it, from 0 to 1; what several say together is 1 less the product of their doubts."""
CERTAIN = 0.99
_BLUESKY = re.compile(r"https://bsky\.app/profile/(did:[a-z]+:[\w.:%-]+)/?")
_EMAIL = re.compile(r"[\w.%+-]{1,64}@[\w.-]{1,255}")


def name_words(name: str) -> list[str]:
    """The words of a name, in order of the alphabet, without accents: alike for "Lee, Ann" and "ann lee"."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each if each.isalpha() else " " for each in plain if not unicodedata.combining(each))
    return sorted(word for word in letters.split() if len(word) > 1)


def suggest_by_address(workspace_id: int, said: Sequence[SaidNumber]) -> None:
    """What was said has addresses or phone numbers in it (`why` is email or phone): whose they are is suggested.

    In the caller's transaction.
    """
    mine = [row for row in said if row.why in ("email", "phone")]
    if not mine:
        return
    found = _by_key(workspace_id, {row.key for row in mine})
    pairs = [(row, customer) for row in mine for customer in found[row.key][:MOST_ALIKE]]
    keys = {row.message_id for row, _customer in pairs}
    messages = Message.objects.within(workspace_id).filter(pk__in=keys, deleted_at__isnull=True)
    by_id = {row.pk: row for row in messages.select_related("conversation")}
    for row, customer in pairs:
        message = by_id.get(row.message_id)
        if message is None:
            continue
        reasons = [[row.why, row.words]]
        if row.why == "email" and customer.verified:
            reasons.append(["verified", ""])
        verified = _allowed(message.conversation, Basis.VERIFIED_ADDRESS) and len(reasons) > 1
        _suggest(message.conversation, customer, message, Basis.VERIFIED_ADDRESS if verified else Basis.TOLD, reasons)


def suggest_for(workspace_id: int, customers: Iterable[Customer]) -> None:
    """These customers are new or have changed: their address may have been given before."""
    rows = [row for row in customers if row.erased_at is None]
    keys = {row.email for row in rows} | {f"tel:{row.phone_key}" for row in rows if row.phone_key}
    said = SaidNumber.objects.within(workspace_id).filter(key__in=keys - {""}, why__in=["email", "phone"])
    suggest_by_address(workspace_id, list(said.order_by("-id")[:MOST_SAID]))


def suggest_by_profile(workspace_id: int, keys: Collection[int]) -> None:
    """The authors of these conversations (ids) may be known by the profile they link to, or write from an address."""
    rows = Conversation.objects.within(workspace_id).filter(pk__in=keys).select_related("latest")
    links: defaultdict[str, list[Conversation]] = defaultdict(list)
    for row in rows:
        if _EMAIL.fullmatch(row.author_id):
            links[row.author_id.lower()].append(row)
        url = str(((row.latest.activity or {}).get("author") or {}).get("url") or "")
        if url and url != row.author_id:
            did = _BLUESKY.fullmatch(url)
            links[did[1] if did else url[:500]].append(row)
    if not links:
        return
    for customer in Customer.objects.within(workspace_id).filter(email__in=links, erased_at__isnull=True):
        for row in links[customer.email]:
            _suggest(row, customer, None, Basis.OWN_WORDS, [["own", customer.email]])
    tied = _current(workspace_id).filter(kind=Identity.Kind.AUTHOR, value__in=links).select_related("contact")
    for one in tied:
        for row in links[one.value]:
            if one.network != row.network and _allowed(row, Basis.PROFILE_LINK):
                for customer in customers_of(one.contact)[:MOST_ALIKE]:
                    _suggest(row, customer, None, Basis.PROFILE_LINK, [["profile", f"{one.network}:{one.shown}"]])


def suggestions_of(conversation: Conversation) -> list[IdentitySuggestion]:
    """What a member may decide, the strongest first, each with its customer and message. 1 query."""
    rows = IdentitySuggestion.objects.within(conversation.workspace_id).filter(
        conversation=conversation, state=State.OPEN, customer__erased_at__isnull=True
    )
    return list(rows.select_related("customer", "message").order_by("-strength", "pk")[:MOST_SHOWN])


def reason_words(reason: Sequence[str]) -> str:
    """A reason of a suggestion as a sentence in the reader's language."""
    kind, words = (*reason, "", "")[:2]
    sentences = {
        "order_number": _("They gave the order’s number in private.")
        if words == "private"
        else _("They gave the order’s number where everybody can read it."),
        "email": _("They wrote this customer’s e-mail address: %(words)s."),
        "phone": _("They wrote this customer’s phone number: %(words)s."),
        "verified": _("The shop has verified that address."),
        "name": _("They go by the same name: %(words)s."),
        "tied": _("This customer is known already as %(words)s."),
        "profile": _("Their profile links to an account of this customer’s: %(words)s."),
        "own": _("They write from this customer’s address: %(words)s."),
    }
    return sentences.get(kind, "%(words)s") % {"words": words}


def _by_key(workspace_id: int, keys: set[str]) -> defaultdict[str, list[Customer]]:
    phones = {key.removeprefix("tel:") for key in keys if key.startswith("tel:")}
    found: defaultdict[str, list[Customer]] = defaultdict(list)
    rows = Customer.objects.within(workspace_id).filter(erased_at__isnull=True)
    for row in rows.filter(Q(email__in=keys) | Q(phone_key__in=phones)).order_by("pk")[:MOST_SAID]:
        for key in {row.email, f"tel:{row.phone_key}"} & keys:
            found[key].append(row)
    # An address that a member tied to a person stands for that person's customers, whatever address the shop has.
    given = _current(workspace_id).filter(kind=Identity.Kind.EMAIL, value__in=keys).select_related("contact")
    for tied in given[:MOST_SAID]:
        known = {row.pk for row in found[tied.value]}
        found[tied.value] += [row for row in customers_of(tied.contact)[:MOST_ALIKE] if row.pk not in known]
    return found


def _current(workspace_id: int) -> Any:
    return Identity.objects.within(workspace_id).filter(ended_at__isnull=True)


def _allowed(conversation: Conversation, basis: str) -> bool:
    rule = tie_rule(conversation.network)
    return rule is None or basis in rule.bases


def _suggest(
    conversation: Conversation, customer: Customer, message: Message | None, basis: str, reasons: list[list[str]]
) -> None:
    if not _allowed(conversation, basis):
        return
    contact = contact_of(conversation)
    if contact is not None and customer.pk in {row.pk for row in customers_of(contact)}:
        return
    reasons = [*reasons, *_agreeing(conversation, customer)]
    row, fresh = IdentitySuggestion.objects.get_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        customer=customer,
        defaults={"basis": basis, "message": message, "reasons": reasons, "strength": _strength(reasons)},
    )
    if fresh:
        journal.record(conversation.workspace_id, "identity.suggested", conversation, customer=customer.pk)
        return
    known = {reason[0] for reason in row.reasons}
    more = [reason for reason in reasons if reason[0] not in known]
    if row.state == State.OPEN and more:
        # Two reasons found by themselves: each leaves less doubt.
        row.strength = min(CERTAIN, 1 - (1 - row.strength) * (1 - _strength(more)))
        row.reasons = [*row.reasons, *more]
        row.save(update_fields=["strength", "reasons"])


def _agreeing(conversation: Conversation, customer: Customer) -> list[list[str]]:
    found = []
    words = name_words(customer.name)
    if len(words) > 1 and words == name_words(conversation.author_name):
        found.append(["name", customer.name])
    held = _current(customer.workspace_id).filter(kind=Identity.Kind.CUSTOMER, value=str(customer.pk))
    accounts = _current(customer.workspace_id).filter(contact__in=held.values("contact"), kind=Identity.Kind.AUTHOR)
    other = accounts.order_by("pk").first()
    if other is not None:
        found.append(["tied", f"{other.network}:{other.shown}"])
    return found


def _strength(reasons: Iterable[Sequence[str]]) -> float:
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - WEIGHTS.get(reason[0], 0.0)
    return min(CERTAIN, 1 - doubt)
