"""On what ground an account on a network may be tied to a person outside it, where the network has a rule."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "TieRule", "tie_rule"]


@dataclass(frozen=True)
class TieRule:
    """The grounds (see `Identity.Basis`) that the network allows, and a sentence for the person about to tie."""

    bases: frozenset[str]
    text: str
    source: str


RULES: dict[str, TieRule] = {
    "x": TieRule(
        frozenset({"opt_in", "told", "order_number"}),
        "X lets you tie an account to a customer only when they agreed to it, or by what they told you themselves.",
        # "Off-X matching"
        "https://developer.x.com/en/developer-terms/policy",
    )
}


def tie_rule(network: str) -> TieRule | None:
    """The network's own rule; None where it has none."""
    return RULES.get(network)
