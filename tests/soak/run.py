"""One soak from beginning to end."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests import faults
from tests.operations.command import Makegood, drive, up
from tests.servers.base import free_port, wait_until
from tests.soak.networks import BRAND, Networks, networks
from tests.soak.options import Options
from tests.soak.verdict import failures, percentile
from tests.soak.watch import Pages, Watch
from tests.soak.weather import Storm, clouds

__all__ = ["soak"]

DRIVER = "tests.soak.driver"
READY_SECONDS = 240.0
"""A machine that is busy with all the networks takes longer to start."""


def soak(options: Options, home: Path) -> dict[str, Any]:
    """Runs it on a fresh home; what was done, measured and found wrong (`failures`). Raises `ServerUnavailable`."""
    with networks(options) as there, up(home, free_port(), there.environment, ready=False) as product:
        product.until("is ready", READY_SECONDS)
        began = time.time()
        _set_up(there, product)
        stop = threading.Event()
        watch, pages = Watch(product, stop), Pages(product.url, stop)
        storm = Storm(there, product, options, stop)
        with _running(watch.run, pages.run), ThreadPoolExecutor(6) as pool, _ended(stop):
            clouds(there)
            saying = pool.submit(there.say_all, options, stop)
            storming = pool.submit(storm.run)
            revoking = pool.submit(_revoke, there, product, options, stop)
            working = [pool.submit(_work, product, network, count, options) for network, count in _answers(options)]
            cared = [entry for each in working for entry in each.result()["cared"]]
            for future in (saying, storming, revoking):
                future.result()
            calm = _clear(there)
            settled = _settle(product, options, cared)
            stop.set()
        found = drive(product.env, DRIVER, "report", seconds=600)
        return _told(options, there, found | {"kills": storm.killed.total()}, watch, pages) | {
            "began": began,
            "killed": dict(storm.killed),
            "weather": dict(storm.done) | {"faults": calm},
            "said": dict(there.said),
            "trouble_while_saying": there.problems[:20],
            "cared": _summary(cared),
            "revoked_for_seconds": revoking.result(),
            "settled_after_seconds": settled,
            "took_seconds": round(time.time() - began, 1),
        }


def _answers(options: Options) -> list[tuple[str, int]]:
    return [("bluesky", options.replies - options.mastodon_replies), ("mastodon", options.mastodon_replies)]


def _set_up(there: Networks, product: Makegood) -> None:
    """In good weather: the workspace, and an account on each network."""
    drive(product.env, DRIVER, "set-up", BRAND)
    password = there.atproto.app_password(there.shop)
    drive(product.env, DRIVER, "connect", there.pds.url, there.shop.handle, password)
    begun = drive(product.env, DRIVER, "begin", there.mastodon.url)
    answer = there.snac_sign_in(begun["url"])
    drive(product.env, DRIVER, "finish", json.dumps(begun["pending"]), json.dumps(answer))
    wait_until(lambda: there.stream.stats()["clients"] or None, "the listener to follow the stream", seconds=60)


def _work(product: Makegood, network: str, count: int, options: Options) -> dict[str, Any]:
    arguments = (network, str(count), str(options.seconds), str(options.seed))
    return drive(product.env, DRIVER, "work", *arguments, seconds=options.seconds * 2 + 120)


def _revoke(there: Networks, product: Makegood, options: Options, stop: threading.Event) -> float:
    """A third of the way in, the shop's app passwords are taken back, and its session ends. Once the product says
    that the account is disconnected, its owner connects it again. Returns how long that took, in seconds.
    """
    if stop.wait(options.seconds / 3):
        return 0.0
    began = time.monotonic()
    there.atproto.revoke_app_passwords(there.shop)
    body = json.dumps({"error": "ExpiredToken", "message": "Token has been revoked"}).encode()
    # The real server lets a session live on for two hours after that; this is what it says then.
    rule = there.pds.inject(faults.answer(400, body), path=r"listNotifications|getPosts|createRecord|getProfile")
    there.pds.plan.rules.insert(0, there.pds.plan.rules.pop())

    def disconnected() -> bool:
        return bool(drive(product.env, DRIVER, "moods")["states"]["bluesky account"] == "disconnected")

    try:
        wait_until(disconnected, "the product to see that it is disconnected", seconds=180)
    finally:
        there.pds.lift(rule)
    password = there.atproto.app_password(there.shop)
    for _ in range(20):
        try:
            drive(product.env, DRIVER, "connect", there.pds.url, there.shop.handle, password)
            break
        except AssertionError:
            # The weather is bad for whoever connects an account, too; they try again.
            time.sleep(1)
    return round(time.monotonic() - began, 1)


def _clear(there: Networks) -> dict[str, dict[str, int]]:
    """The weather clears; what was injected, by proxy."""
    counts = {}
    for name, proxy in there.proxies.items():
        proxy.lift()
        proxy.come_up()
        counts[name] = proxy.counts
    return counts


def _settle(product: Makegood, options: Options, cared: list[dict[str, Any]]) -> float:
    """Waits until all that was said is on the desk and all answers are out, looking after those that were held up;
    returns how long that took, in seconds.
    """
    began = time.monotonic()
    while time.monotonic() - began < options.settle_minutes * 60:
        cared += drive(product.env, DRIVER, "care")["cared"]
        found = drive(product.env, DRIVER, "moods")
        heard = found["mentions"] >= options.mentions and found["messages"] >= options.mentions and not found["new"]
        calm = all(mood in {"working", "quiet"} for mood, _ in found["channels"].values())
        if heard and calm and set(found["replies"]) == {"sent"}:
            break
        time.sleep(2)
    return round(time.monotonic() - began, 1)


def _told(options: Options, there: Networks, found: dict[str, Any], watch: Watch, pages: Pages) -> dict[str, Any]:
    posts, answers, memory = there.posts(), there.answers(), watch.figures()
    wanted = {"mentions": options.mentions, "replies": options.replies, "kills": options.kills}
    wrong = failures(posts, answers, found, memory, wanted)
    wrong += [f"A page failed: {bad}" for bad in pages.bad[:5]]
    looked = sorted(pages.seconds)
    return {
        "options": asdict(options),
        "failures": wrong,
        "on_the_networks": {
            "mentions": {network: len(each) for network, each in posts.items()},
            "answers": {network: len(each) for network, each in answers.items()},
        },
        "on_the_desk": {"mentions": len(found["heard"]), "answers": len(found["sent"]), "replies": found["replies"]},
        "memory": memory,
        "from_post_to_heard": {share: percentile(found["delays"], float(share)) for share in ("0.5", "0.9", "0.99")},
        "from_queued_to_sent": {share: percentile(found["waits"], float(share)) for share in ("0.5", "0.9", "0.99")},
        "attempts": found["attempts"],
        "channels": found["channels"],
        "journal": found["verbs"],
        "pages": {
            "looked_at": len(looked),
            "away": pages.away,
            "bad": len(pages.bad),
            "median_seconds": percentile(looked, 0.5),
            "99th_seconds": percentile(looked, 0.99),
        },
        "processors": os.cpu_count(),
    }


def _summary(cared: list[dict[str, Any]]) -> dict[str, Any]:
    """What was refused or unknown on the way: how often, why, and what the network said about each unknown one."""
    reasons: dict[str, int] = {}
    for entry in cared:
        words = f"{entry['state']}: {entry['sentence']}"
        reasons[words] = reasons.get(words, 0) + 1
    return {"reasons": reasons, "unknown": [entry for entry in cared if entry["state"] == "unknown"]}


@contextmanager
def _running(*works: Any) -> Iterator[None]:
    """In threads of their own; what one of them raises is raised at the end."""
    with ThreadPoolExecutor(len(works)) as pool:
        futures: list[Future[None]] = [pool.submit(work) for work in works]
        yield
        for future in futures:
            future.result()


@contextmanager
def _ended(stop: threading.Event) -> Iterator[None]:
    """However the block ends, everybody stops."""
    try:
        yield
    finally:
        stop.set()
