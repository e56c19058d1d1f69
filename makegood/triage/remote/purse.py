"""What one turn of asking may still use, and what it used. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.triage.remote.settings import Config

__all__ = ["Purse"]


@dataclass
class Purse:
    """What one turn may still use, and what it used. Tokens and costs are counted at their most before a request."""

    config: Config
    requests: int
    tokens: int
    spend: int
    used_requests: int = 0
    used_in: int = 0
    used_out: int = 0

    def take(self, most_in: int, most_out: int) -> bool:
        """Whether one more request may be made that uses so many tokens at the most; if so it is counted."""
        cost = self.config.cost(most_in, most_out, 1)
        if self.requests < 1 or self.tokens < most_in + most_out or self.spend < cost:
            return False
        self.requests -= 1
        self.tokens -= most_in + most_out
        self.spend -= cost
        self.used_requests += 1
        self.used_in += most_in
        self.used_out += most_out
        return True

    def was(self, most: tuple[int, int], real: tuple[int, int]) -> None:
        """What a request of `take` really used."""
        self.tokens += sum(most) - sum(real)
        self.spend += self.config.cost(*most, 0) - self.config.cost(*real, 0)
        self.used_in += real[0] - most[0]
        self.used_out += real[1] - most[1]
