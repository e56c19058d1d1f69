"""The tables of thanking the team."""

from __future__ import annotations

from makegood.rewards.models.rewards import Kudos, Participant, PointLine, Reward, RewardRequest, ThanksSettings

__all__ = ["Kudos", "Participant", "PointLine", "Reward", "RewardRequest", "ThanksSettings"]
