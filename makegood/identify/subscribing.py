"""Having shops and processors tell us of changes by themselves, where they let that be set up for the user."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.identify.models import Source
from makegood.identify.redacting import SUBSCRIBED
from makegood.identify.sources import connector_of, credentials_of, keep_credentials
from makegood.journal import api as journal
from makegood.kit.crypto import DecryptError

__all__ = ["can_subscribe", "reach_problem", "subscribe_source", "subscribed_to"]

HIDDEN = (".localhost", ".local", ".internal", ".home.arpa", ".lan")
"""Names that mean something in one network only: https://www.rfc-editor.org/rfc/rfc6761, rfc6762, rfc8375."""


def can_subscribe(source: Source) -> bool:
    """Whether webhooks of this kind can be set up from here."""
    return connector_of(source).subscribe is not None


def subscribed_to(source: Source) -> str:
    """The address to which it was told to send its webhooks; "" where it was not."""
    return str(source.facts.get(SUBSCRIBED, ""))


def reach_problem(address: str) -> str:
    """Why nobody outside can send anything to this address, in a sentence; "" where they should be able to. Pure."""
    url = urlsplit(address)
    host = url.hostname or ""
    try:
        inside = not ipaddress.ip_address(host).is_global
    except ValueError:
        inside = "." not in host or host.endswith(HIDDEN)
    if inside:
        return _("Makegood runs at %(host)s here, which cannot be reached from the internet.") % {"host": url.netloc}
    if url.scheme != "https":
        return _("Makegood runs at %(host)s without https, and webhooks are sent to https only.") % {"host": url.netloc}
    return ""


def subscribe_source(source: Source, address: str, by: Any) -> None:
    """Has the shop or processor send its webhooks to `address`. Safe to call again.

    It talks to the network, so it is never called inside a transaction. Raises `Trouble` with a sentence.
    """
    found = connector_of(source).subscribe
    if found is None:
        raise Trouble(Verdict.REFUSE, _("Webhooks of this kind have to be set up by hand."))
    problem = reach_problem(address)
    if problem:
        raise Trouble(Verdict.REFUSE, problem)
    try:
        held = credentials_of(source)
    except DecryptError as error:
        raise Trouble(Verdict.REFUSE, error.sentence) from error
    new = async_to_sync(found)(held, address)
    _keep(source, held, new, address, by)


@transaction.atomic
def _keep(source: Source, held: dict[str, Any], new: Any, address: str, by: Any) -> None:
    keep_credentials(source, new, read_with=held)
    rows = Source.objects.within(source.workspace_id).filter(pk=source.pk, removed_at__isnull=True)
    row = rows.first()
    if row is not None:
        rows.update(facts={**row.facts, SUBSCRIBED: address})
        journal.record(source.workspace_id, "source.subscribed", source, actor=by)
