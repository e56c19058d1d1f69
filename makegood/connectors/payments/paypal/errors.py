"""What PayPal means where it has words of its own; all else is shared.

https://developer.paypal.com/api/rest/responses/ and the issues of
https://developer.paypal.com/docs/api/payments/v2/#errors. `Verdict.REFUSE` on a refund means that it certainly did not
happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments import rules
from makegood.connectors.payments.paypal.capability import WHO
from makegood.kit.text import excerpt

__all__ = ["DISPUTED", "Fault", "Said", "from_answer"]

DISPUTED = (
    "The customer has opened a case about this payment: a refund could pay twice. "
    "Please answer it in PayPal’s Resolution Center."
)
_TOO_LATE = "PayPal takes refunds for 180 days only, and this payment is older. Please choose another way to pay back."
_CURRENCY = "This payment was made in another currency. Please give back what was paid."
_PENDING = "This payment has not gone through yet. Please wait until it has."
_FUNDS = "Your balance at PayPal does not cover this. Please add money there, then try again."
_WHOLE = "PayPal takes only all of this payment back, not a part. Please choose its full amount, or another way."
_NOT_ALLOWED = "PayPal does not allow a refund of this payment. Please look at it there."
_RIGHTS = (
    "Your PayPal app may not do that. Please tick “Transaction search”, “Payouts” and “Customer disputes” for it at "
    "developer.paypal.com; a change takes some hours."
)
_BUSY = f"PayPal is still at work on this. {verdicts.AGAIN}"
_OTHER_WISH = "PayPal already got something else under the same key. Please look there what was given back."
_RECEIVER = "PayPal cannot pay this address. Please ask the customer for the one they use there."

_ISSUES: dict[str, tuple[Verdict, str]] = {
    "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED": (Verdict.REFUSE, DISPUTED),
    "CAPTURE_FULLY_REFUNDED": (Verdict.REFUSE, rules.REFUNDED.format(who=WHO)),
    "DUPLICATE_REQUEST_ID": (Verdict.BUG, _OTHER_WISH),
    "INSUFFICIENT_FUNDS": (Verdict.REFUSE, _FUNDS),
    "INVALID_RESOURCE_ID": (Verdict.REFUSE, rules.UNKNOWN.format(who=WHO)),
    "MAX_NUMBER_OF_REFUNDS_EXCEEDED": (Verdict.REFUSE, _NOT_ALLOWED),
    "PARTIAL_REFUND_NOT_ALLOWED": (Verdict.REFUSE, _WHOLE),
    "PAYPAL_REQUEST_ID_PREVIOUSLY_USED": (Verdict.BUG, _OTHER_WISH),
    "PENDING_CAPTURE": (Verdict.REFUSE, _PENDING),
    "PREVIOUS_REQUEST_IN_PROGRESS": (Verdict.RETRY, _BUSY),
    "RECEIVER_UNREGISTERED": (Verdict.REFUSE, _RECEIVER),
    "REFUND_AMOUNT_EXCEEDED": (Verdict.REFUSE, rules.MORE_THAN_LEFT),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": (Verdict.REFUSE, _CURRENCY),
    "REFUND_FAILED_INSUFFICIENT_FUNDS": (Verdict.REFUSE, _FUNDS),
    "REFUND_NOT_ALLOWED": (Verdict.REFUSE, _NOT_ALLOWED),
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": (Verdict.REFUSE, DISPUTED),
    "REFUND_TIME_LIMIT_EXCEEDED": (Verdict.REFUSE, _TOO_LATE),
    "RESOURCE_NOT_FOUND": (Verdict.REFUSE, rules.UNKNOWN.format(who=WHO)),
    "TRANSACTION_DISPUTED": (Verdict.REFUSE, DISPUTED),
}


class _Detail(msgspec.Struct):
    issue: str = ""
    description: str = ""


class _Link(msgspec.Struct):
    href: str = ""
    rel: str = ""


class Said(msgspec.Struct):
    """The body of an error: https://developer.paypal.com/api/rest/responses/#error-responses"""

    name: str = ""
    message: str = ""
    debug_id: str = ""
    details: list[_Detail] = []
    links: list[_Link] = []


class Fault(Trouble):
    """A `Trouble` that still knows the HTTP `status` and what PayPal `said`."""

    def __init__(self, trouble: Trouble, status: int, said: Said) -> None:
        super().__init__(trouble.verdict, trouble.sentence, retry_after=trouble.retry_after, detail=trouble.detail)
        self.status = status
        self.said = said


def from_answer(status: int, body: bytes, headers: Mapping[str, str], *, writes: bool) -> Fault:
    """The fault for an answer that is not a success. `writes`: the request was to change something."""
    said = _said(body)
    issues = [detail.issue for detail in said.details]
    marks = " ".join([said.name, *issues, said.debug_id])
    usual = verdicts.from_answer(WHO, status, headers, marks)
    own = _own(status, [*issues, said.name], said, writes=writes)
    if own is not None:
        usual = Trouble(own[0], own[1], retry_after=usual.retry_after, detail=usual.detail)
    return Fault(usual, status, said)


def _own(status: int, marks: list[str], said: Said, *, writes: bool) -> tuple[Verdict, str] | None:
    """What PayPal means where that is not what everybody means by the status."""
    known = next((_ISSUES[mark] for mark in marks if mark in _ISSUES), None)
    if known is not None:
        return known
    if status == 403:
        return Verdict.REFUSE, _RIGHTS
    if status == 409:
        return Verdict.RETRY, _BUSY
    if writes and status in {400, 422}:
        words = next((detail.description for detail in said.details if detail.description), said.message)
        told = excerpt(words, 120).rstrip(".") or "no reason given"
        return Verdict.REFUSE, f"PayPal did not accept this: “{told}”. Please look at the payment there."
    return None


def _said(body: bytes) -> Said:
    try:
        found: Any = msgspec.json.decode(body)
        return msgspec.convert(found, Said)
    except verdicts.NOT_JSON:
        return Said()
