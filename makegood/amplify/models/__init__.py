"""The tables of carrying praise on."""

from __future__ import annotations

from makegood.amplify.models.advocates import Advocate, AdvocateEvidence
from makegood.amplify.models.praise import Permission, PermissionAsk, Praise, Scope
from makegood.amplify.models.referring import ClickDay, DaySalt, ReferralOrder, SeenToday, ShortLink
from makegood.amplify.models.sharing import Share, SharingRules
from makegood.amplify.models.wall import Wall, WallItem

__all__ = [
    "Advocate",
    "AdvocateEvidence",
    "ClickDay",
    "DaySalt",
    "Permission",
    "PermissionAsk",
    "Praise",
    "ReferralOrder",
    "Scope",
    "SeenToday",
    "Share",
    "SharingRules",
    "ShortLink",
    "Wall",
    "WallItem",
]
