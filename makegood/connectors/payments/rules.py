"""What holds for a refund at every processor, looked at before anything is sent. Pure."""

from __future__ import annotations

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import ChargeState, Payment, Refunded, RefundWish

__all__ = ["MORE_THAN_LEFT", "REFUNDED", "UNKNOWN", "same", "there_is_room"]

REFUNDED = "This payment was already given back in full. Please look at {who} who did that."
MORE_THAN_LEFT = "This is more than is left of the payment. Please look at its earlier refunds, and choose less."
UNKNOWN = "{who} does not know this payment. Please check that the right account is connected."
_CURRENCY = "This payment was made in {currency}. Please give back {currency}."
_FAILED = "This payment failed: there is nothing to give back. Please look for the one that went through."
_PENDING = "This payment has not gone through yet. Please wait until it has, or cancel it at {who}."
_OTHER = "{who} has another amount under the key of this refund. Please look there what was given back."


def there_is_room(payment: Payment, wish: RefundWish, who: str, disputed: str) -> None:
    """Whether as much as is wished can be given back of the payment as it stands.

    `who` is the processor's name, `disputed` the sentence for a payment that the customer's bank wants back. Raises
    `Trouble` (REFUSE): nothing was sent.
    """
    if payment.currency != wish.currency:
        sentence = _CURRENCY.format(currency=payment.currency)
    elif payment.state is ChargeState.DISPUTED:
        sentence = disputed
    elif payment.state is ChargeState.FAILED:
        sentence = _FAILED
    elif payment.state is ChargeState.PENDING:
        sentence = _PENDING.format(who=who)
    elif payment.refunded_minor >= payment.amount_minor:
        sentence = REFUNDED.format(who=who)
    elif wish.amount_minor > payment.amount_minor - payment.refunded_minor:
        sentence = MORE_THAN_LEFT
    else:
        return
    raise Trouble(Verdict.REFUSE, sentence, detail=f"{payment.id}: {payment.state}")


def same(found: Refunded, wish: RefundWish, who: str) -> Refunded:
    """The refund that stands under the wish's key, if it is what is wished.

    Raises `Trouble` (BUG) where it is another amount: somebody used a key twice, and a person must look.
    """
    if (found.amount_minor, found.currency) != (wish.amount_minor, wish.currency):
        detail = f"{found.id}: {found.amount_minor} {found.currency}"
        raise Trouble(Verdict.BUG, _OTHER.format(who=who), detail=detail)
    return found
