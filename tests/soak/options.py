"""How long and how much."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """The size of a soak. The defaults are those of `make soak`."""

    minutes: float = 30.0
    mentions: int = 20_000
    replies: int = 1_000
    kills: int = 200
    seed: int = 7
    mastodon_share: float = 0.03
    """How many of the mentions and replies are on the Mastodon API; the rest is on the AT Protocol network."""
    settle_minutes: float = 10.0
    """How long after the weather has cleared everything may take to arrive."""

    @property
    def seconds(self) -> float:
        """How long the weather lasts."""
        return self.minutes * 60

    @property
    def authors(self) -> int:
        """Accounts on the AT Protocol network that say things: each says about a hundred."""
        return min(200, max(10, self.mentions // 100))

    @property
    def on_mastodon(self) -> int:
        """Mentions there."""
        return max(10, round(self.mentions * self.mastodon_share))

    @property
    def on_bluesky(self) -> int:
        """Mentions there."""
        return self.mentions - self.on_mastodon

    @property
    def mastodon_replies(self) -> int:
        """Answers there."""
        return max(5, round(self.replies * self.mastodon_share))
