"""The tables of this stage."""

from __future__ import annotations

from makegood.winback.models.aftercare import (
    AftercareAnswer,
    AftercareLink,
    AftercareMessage,
    AftercareSettings,
    AftercareWords,
    Consent,
    ConsentSource,
    Unsubscribed,
)
from makegood.winback.models.causes import Cause, CauseMember, Complaint, Rise, RiseSettings
from makegood.winback.models.following import FollowUp, FollowUpLink, FollowUpSettings, FollowUpWords, Satisfaction
from makegood.winback.models.incentives import Incentive
from makegood.winback.models.journeys import Journey, JourneyEvidence, JourneyMove, LoyaltyCount

__all__ = [
    "AftercareAnswer",
    "AftercareLink",
    "AftercareMessage",
    "AftercareSettings",
    "AftercareWords",
    "Cause",
    "CauseMember",
    "Complaint",
    "Consent",
    "ConsentSource",
    "FollowUp",
    "FollowUpLink",
    "FollowUpSettings",
    "FollowUpWords",
    "Incentive",
    "Journey",
    "JourneyEvidence",
    "JourneyMove",
    "LoyaltyCount",
    "Rise",
    "RiseSettings",
    "Satisfaction",
    "Unsubscribed",
]
