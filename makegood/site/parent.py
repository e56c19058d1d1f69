"""A child of `makegood up` does not outlive it."""

from __future__ import annotations

import os
import signal
import threading
import time

__all__ = ["stop_with_parent"]

LOOK_SECONDS = 0.5
GRACE_SECONDS = 8.0


def stop_with_parent() -> None:
    """Ends this process soon after the one that MAKEGOOD_PARENT names, however that one ended."""
    parent = os.environ.get("MAKEGOOD_PARENT", "")
    if parent.isdecimal():
        threading.Thread(target=_watch, args=(int(parent),), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
