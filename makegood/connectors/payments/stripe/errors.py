"""What Stripe means where it has words of its own (https://docs.stripe.com/error-codes); all else is shared.

`Verdict.REFUSE` on a refund means that it certainly did not happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments import rules
from makegood.connectors.payments.stripe.capability import WHO
from makegood.kit.text import excerpt

__all__ = ["DISPUTED", "REPLAY_WAIT", "from_answer"]

REPLAY_WAIT = 3600.0
"""Seconds between looks at a refund for which Stripe keeps repeating a failure: it does so for a day."""

DISPUTED = (
    "The customer’s bank already asked for this payment back (a dispute): a refund would pay twice. "
    "Please answer the dispute in Stripe’s Dashboard."
)
_BALANCE = "Your balance at Stripe does not cover this refund. Please add money in Stripe’s Dashboard, then try again."
_MODE = "This payment and the key are not both live or both test ones. Please connect Stripe with the other key."
_KEY = f"Stripe no longer accepts this key. {verdicts.RECONNECT}"
_RIGHTS = (
    "The key for Stripe may not do that. Please give it the rights to write refunds and to read charges, refunds and "
    "disputes."
)
_BUSY = f"Stripe is still at work on this payment. {verdicts.AGAIN}"
_OTHER_WISH = (
    "Stripe already got another refund under the same key. Nothing more was sent: please look in Stripe’s Dashboard "
    "what was given back."
)
_REPEATED = "Stripe failed at this refund and says so again. We look again each hour; please look in its Dashboard too."

_CODES: dict[str, tuple[Verdict, str]] = {
    "amount_too_large": (Verdict.REFUSE, rules.MORE_THAN_LEFT),
    "amount_too_small": (Verdict.REFUSE, "This is less than Stripe gives back at once. Please choose a larger amount."),
    "api_key_expired": (Verdict.DISCONNECT, _KEY),
    "balance_insufficient": (Verdict.REFUSE, _BALANCE),
    "charge_already_refunded": (Verdict.REFUSE, rules.REFUNDED.format(who=WHO)),
    "charge_disputed": (Verdict.REFUSE, DISPUTED),
    "idempotency_key_in_use": (Verdict.RETRY, _BUSY),
    "insufficient_funds": (Verdict.REFUSE, _BALANCE),
    "livemode_mismatch": (Verdict.REFUSE, _MODE),
    "lock_timeout": (Verdict.RETRY, _BUSY),
    "platform_api_key_expired": (Verdict.DISCONNECT, _KEY),
    "refund_disputed_payment": (Verdict.REFUSE, DISPUTED),
    "resource_missing": (Verdict.REFUSE, rules.UNKNOWN.format(who=WHO)),
    "secret_key_required": (Verdict.DISCONNECT, _KEY),
    "testmode_charges_only": (Verdict.REFUSE, _MODE),
}


def from_answer(status: int, body: Any, headers: Mapping[str, str], *, writes: bool) -> Trouble:
    """The trouble for an answer that is not a success. `body` is the JSON, None where it was none of Stripe's.

    `writes`: the request was to change something.
    """
    error = body.get("error") if isinstance(body, dict) else None
    said = {name: str(value) for name, value in error.items()} if isinstance(error, dict) else {}
    words = "" if status == 401 else excerpt(said.get("message", ""), 200)
    marks = " ".join(said.get(name, "") for name in ("type", "code", "param")).strip()
    usual = verdicts.from_answer(WHO, status, headers, f"{marks}: {words}")
    own = _own(status, said, headers, writes=writes)
    if own is None:
        return usual
    verdict, sentence = own
    wait = REPLAY_WAIT if sentence == _REPEATED else usual.retry_after
    return Trouble(verdict, sentence, retry_after=wait, detail=usual.detail)


def _own(
    status: int, said: Mapping[str, str], headers: Mapping[str, str], *, writes: bool
) -> tuple[Verdict, str] | None:
    """What Stripe means where that is not what everybody means by the status."""
    if said.get("type") == "idempotency_error":
        return Verdict.BUG, _OTHER_WISH
    if said.get("code") in _CODES:
        return _CODES[said["code"]]
    if status in {409, 424}:
        return Verdict.RETRY, _BUSY
    if status == 403:
        return Verdict.REFUSE, _RIGHTS
    if status >= 500 and {name.lower(): value for name, value in headers.items()}.get("idempotent-replayed") == "true":
        return Verdict.RETRY, _REPEATED
    if writes and status in {400, 402}:
        if said.get("param") == "amount":
            return Verdict.REFUSE, rules.MORE_THAN_LEFT
        told = excerpt(said.get("message", ""), 120).rstrip(".") or "no reason given"
        return (
            Verdict.REFUSE,
            f"Stripe did not accept this: “{told}”. Please look at the payment in Stripe’s Dashboard.",
        )
    return None
