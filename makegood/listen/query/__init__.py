"""Saved queries: how a shop says what it wants to hear, and which posts fit.

`parse` reads a query or says what is wrong with it, `tokens` and `matches` try one on a post;
`makegood.listen.engine` holds many. What the language means is written down in docs/queries.md.
"""

from makegood.listen.query.doc import Doc, tokens
from makegood.listen.query.errors import QueryError
from makegood.listen.query.evaluate import Match, TermHit, matches, near_miss
from makegood.listen.query.parsing import parse
from makegood.listen.query.proposals import Proposal, propose
from makegood.listen.query.tree import Hint, Query
from makegood.listen.query.volume import Estimate, estimate

__all__ = [
    "Doc",
    "Estimate",
    "Hint",
    "Match",
    "Proposal",
    "Query",
    "QueryError",
    "TermHit",
    "estimate",
    "matches",
    "near_miss",
    "parse",
    "propose",
    "tokens",
]
