"""The worker process: runs steps when woken, and all of them at the start and each minute."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from makegood.jobs import api

__all__ = ["main"]

log = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
# How long an idle worker waits between two looks at the queue: the floor under "post to screen".
LONGEST_WAIT = 0.1
# Each step has one thread at a time. With two for all steps, a flood of mentions held answers up for a minute; each
# further thread looks at the queue ten times a second.
WORKERS = 5


def _beat_for_ever(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            close_old_connections()
            api.beat("worker")
        except Exception:
            log.exception("no heartbeat")
        stop.wait(BEAT_SECONDS)


def main(workers: int = WORKERS) -> None:
    """Works until told to stop (SIGTERM finishes nothing new; leases and rows keep the rest)."""
    stop = threading.Event()
    beating = threading.Thread(target=_beat_for_ever, args=(stop,), daemon=True)
    beating.start()
    api.sweep()
    consumer = api.queue.create_consumer(
        workers=workers,
        initial_delay=0.02,
        backoff=1.3,
        max_delay=LONGEST_WAIT,
        scheduler_interval=1,
        graceful_signal="TERM",
        shutdown_timeout=8,
    )
    try:
        consumer.run()
    finally:
        stop.set()
