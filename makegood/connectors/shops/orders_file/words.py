"""Words for the state of an order and for refunds, in the languages and exports we know."""

from __future__ import annotations

from makegood.connectors.shops.contract import OrderState
from makegood.connectors.tables import plain

__all__ = ["is_refund", "state_of"]

_STATES: dict[OrderState, str] = {
    OrderState.OPEN: "open pending on_hold pending_payment unpaid authorized awaiting_payment placed new created draft "
    "offen ausstehend unbezahlt neu en_attente pendiente openstaand",
    OrderState.PAID: "paid processing confirmed unfulfilled unshipped settled partially_refunded refunded paid_out "
    "bezahlt in_bearbeitung erstattet teilweise_erstattet paye payee en_cours pagado procesando betaald",
    OrderState.PART_SHIPPED: "partial partially_shipped partially_fulfilled partly_shipped teilweise_versandt "
    "partiellement_expediee parcialmente_enviado deels_verzonden",
    OrderState.SHIPPED: "shipped fulfilled sent dispatched in_transit completed complete done archived "
    "versandt versendet verschickt abgeschlossen erledigt expedie expediee terminee enviado completado verzonden "
    "afgerond",
    OrderState.DELIVERED: "delivered received zugestellt geliefert livre livree entregado geleverd bezorgd",
    OrderState.CANCELLED: "cancelled canceled voided failed expired storniert abgebrochen annule annulee cancelado "
    "geannuleerd",
}
_KNOWN = {word: state for state, words in _STATES.items() for word in words.split()}
_REFUND_WORDS = (
    "refund refunded refund_order shop_order_refund credit credit_note return erstattung gutschrift ruckerstattung "
    "remboursement avoir reembolso devolucion abono terugbetaling creditnota"
)
_REFUNDS = frozenset(_REFUND_WORDS.split())


def state_of(word: str) -> OrderState | None:
    """What a cell of the status column means; None for a word we do not know. Refunds do not make an order unpaid."""
    return _KNOWN.get(plain(word).removeprefix("wc_"))


def is_refund(word: str) -> bool:
    """Whether a cell of the type column says that its row is a refund."""
    return plain(word) in _REFUNDS
