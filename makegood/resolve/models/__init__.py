"""Making good: remedies, who may decide them, money on its way back, and the ledger of what goodwill cost."""

from __future__ import annotations

from makegood.resolve.models.authority import ApprovalLink, ApprovalRequest, Delegate, Limit
from makegood.resolve.models.ledger import LedgerEntry, LedgerLine
from makegood.resolve.models.policy import ReasonCode, RemedyTemplate, ReturnPolicy
from makegood.resolve.models.refund import Refund
from makegood.resolve.models.remedy import Outcome, Remedy, ReturnCase, Wish

__all__ = [
    "ApprovalLink",
    "ApprovalRequest",
    "Delegate",
    "LedgerEntry",
    "LedgerLine",
    "Limit",
    "Outcome",
    "ReasonCode",
    "Refund",
    "Remedy",
    "RemedyTemplate",
    "ReturnCase",
    "ReturnPolicy",
    "Wish",
]
