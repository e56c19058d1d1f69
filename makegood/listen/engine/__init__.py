"""Many queries against each post of a stream: which posts may fit any, and which queries a post does fit.

`Engine` is the core, plain Python; `engine()` gives the fast lane's where it is installed.
"""

from __future__ import annotations

import os

from makegood.listen.engine.core import Engine

__all__ = ["Engine", "engine"]


def engine(fast: bool | None = None) -> Engine[int]:
    """An empty engine: the fast lane's (`fast`), the core's, or with None the fast lane's where it is installed.

    MAKEGOOD_ENGINE=core or MAKEGOOD_ENGINE=fast decides where `fast` is None. Raises `ImportError` where the fast
    lane is asked for and not installed (`pip install makegood[fast]`). Asked for by the argument, the fast lane is
    there at once; else the core does its work until it is compiled.
    """
    wait = fast is True
    if fast is None:
        wanted = os.environ.get("MAKEGOOD_ENGINE", "").strip().lower()
        if wanted in ("core", "fast"):
            fast = wanted == "fast"
    if fast is False:
        return Engine[int]()
    try:
        from makegood.listen.engine.fast import FastEngine
    except ImportError:
        if fast:
            raise
        return Engine[int]()
    return FastEngine[int](wait=wait)
