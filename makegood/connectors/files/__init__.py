"""Posts out of a file: CSV with any separator, and JSONL, of any size.

`sniff` looks at the file, `guess_mapping` proposes what its columns mean, `read_rows` reads it from any
`Position`.
"""

from __future__ import annotations

from makegood.connectors.contract import Arrival, Capability, Connector, RouteKind
from makegood.connectors.files.mapping import guess_mapping
from makegood.connectors.files.rows import read_rows
from makegood.connectors.files.shape import TARGETS, Row
from makegood.connectors.tables import Position, Sniffed, sniff

__all__ = ["CONNECTOR", "TARGETS", "Position", "Row", "Sniffed", "guess_mapping", "read_rows", "sniff"]


def _handoff(activity_url: str, text: str) -> str:
    """The page the post stands on: `text` is for the person to paste there."""
    return activity_url


CONNECTOR = Connector(
    capability=Capability(
        network="file",
        title="File",
        arrival=(Arrival.FILE,),
        route=RouteKind.HANDOFF,
        route_reason="A file cannot carry an answer back; open the post's page and answer there.",
    ),
    handoff=_handoff,
)
