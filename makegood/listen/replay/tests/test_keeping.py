"""The thread beside the stream: what it is given stands in the files, also after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from makegood.kit import clock
from makegood.listen.replay import keeping, segments
from makegood.listen.replay.keeping import Keeper
from makegood.listen.replay.tests.make import CAP, deletion, post
from makegood.listen.replay.tests.test_segments import kept


def until(what: Any, seconds: float = 20.0) -> None:
    """Waits for something to become true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_what_it_is_given_is_written_within_a_moment(folder: Path) -> None:
    keeper = Keeper(folder, CAP)
    keeper.keep([post("before anybody wants it")], clock.now())
    keeper.want(True)
    frames = [post(f"Acme {number}") for number in range(30)]
    for frame in frames:
        keeper.keep([frame], clock.now())
    until(lambda: kept(folder) == frames)
    keeper.keep([post("last words")], clock.now())
    keeper.stop()
    assert len(kept(folder)) == 31


def test_what_nobody_wants_any_more_goes_at_once(folder: Path) -> None:
    keeper = Keeper(folder, CAP)
    keeper.want(True)
    keeper.keep([post("Acme")], clock.now())
    until(lambda: kept(folder))
    keeper.want(False)
    until(lambda: not segments.segments(folder))
    keeper.keep([post("Acme")], clock.now())
    keeper.want(True)
    keeper.keep([post("wanted again")], clock.now())
    until(lambda: kept(folder))
    keeper.stop()
    assert [b"wanted again" in frame for frame in kept(folder)] == [True]


def test_a_second_keeper_waits_for_the_first(folder: Path) -> None:
    with segments.lock(folder):
        keeper = Keeper(folder, CAP)
        keeper.want(True)
        keeper.keep([post("not ours to write")], clock.now())
        time.sleep(0.2)
        assert not kept(folder)
    keeper.want(True)
    keeper.keep([post("now it is")], clock.now())
    until(lambda: kept(folder))
    keeper.stop()
    assert [b"now it is" in frame for frame in kept(folder)][-1:] == [True]


def test_a_disk_too_slow_costs_posts_and_never_a_deletion(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WAITING_BYTES", 2_000)
    keeper = Keeper(folder, CAP)
    with segments.lock(folder):
        pass
    keeper._wanted = True  # as if the thread were busy
    for number in range(20):
        said = post(f"Acme {number}")
        keeper.keep([said, deletion(said)], clock.now())
    keeper.want(True)
    until(lambda: kept(folder))
    keeper.stop()
    blocks = [block for path in segments.segments(folder) for block in segments.blocks(path)]
    posts = sum(block.count for block in blocks if block.kind == segments.POSTS)
    gone = sum(block.count for block in blocks if block.kind == segments.DELETED)
    assert 0 < posts < 20
    assert gone == 20


def test_a_folder_that_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    keeper = Keeper(tmp_path / "file" / "replay", CAP)
    keeper.want(True)
    keeper.keep([post("Acme")], clock.now())
    keeper.stop()


WRITER = """
import sys, itertools, time
from pathlib import Path
import django
django.setup()
from makegood.kit import clock
from makegood.listen.replay import keeping
from makegood.listen.replay.tests.make import post
keeping.FLUSH_SECONDS = 0.01
keeper = keeping.Keeper(Path(sys.argv[1]), 10**9)
keeper.want(True)
for number in itertools.count():
    keeper.keep([post(f"number {number} " + "x" * (number % 700))], clock.now())
    if number % 20 == 0:
        print(number, flush=True)
        time.sleep(0.002)
"""


def test_a_kill_in_the_middle_of_writing_loses_a_moment_at_most(folder: Path) -> None:
    texts: list[bytes] = []
    for _life in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "makegood.site.settings"},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        before = len(texts)
        until(lambda before=before: len(kept(folder)) > before + 200, 60.0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        texts = kept(folder)
        numbers = [int(frame.split(b'"number ')[1].split(b" ")[0]) for frame in texts[before:]]
        assert numbers == list(range(len(numbers))), "what stands there is whole, in order, without a hole"
    torn = segments.segments(folder)[-1]
    os.truncate(torn, torn.stat().st_size - 5)
    following, lost = segments.cut(torn)
    assert lost
    assert following > segments.blocks(torn)[-1].last
