"""What is deleted at the source goes from the files; what nobody wants does as well."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from makegood.kit import clock
from makegood.listen.query import parse
from makegood.listen.replay import keeping, segments, sweeping
from makegood.listen.replay.erasures import forget_authors
from makegood.listen.replay.gone import gone_after, unclean_after
from makegood.listen.replay.models import ReplayErasure, ReplayWish
from makegood.listen.replay.rules import CLEAN_EVERY
from makegood.listen.replay.searching import look_through
from makegood.listen.replay.tests.make import deletion, left, post, uri, write
from makegood.listen.replay.tests.test_segments import kept

pytestmark = pytest.mark.django_db


def found(folder: Path, text: str = "acme") -> list[str]:
    """The texts that fit a query, the newest first."""
    return [activity.text for step in look_through(folder, parse(text)) for activity, _match in step.found]


def sweep_all() -> None:
    """Sweeps until nothing is left to do at once."""
    for _turn in range(20):
        sweeping.sweep()


def test_the_deleted_is_not_found_at_once_and_gone_once_swept(folder: Path, wanted: Any) -> None:
    one, two, three = (post(f"Acme {name}") for name in ("one", "two", "three"))
    write(folder, [one, two], [three])
    write(folder, [deletion(two), post("Acme four")])
    assert found(folder) == ["Acme four", "Acme three", "Acme one"]
    assert two in kept(folder), "the file still has it"
    segments.start(folder, segments.blocks(segments.segments(folder)[-1])[-1].last + 1)
    sweep_all()
    assert two not in kept(folder)
    assert found(folder) == ["Acme four", "Acme three", "Acme one"]


def test_of_an_account_that_left_nothing_older_is_found(folder: Path, wanted: Any) -> None:
    write(folder, [post("Acme one", did="did:plc:left"), post("Acme two", did="did:plc:here")])
    write(folder, [left("did:plc:left")])
    write(folder, [post("Acme again", did="did:plc:left")])
    assert found(folder) == ["Acme again", "Acme two"]
    segments.start(folder, segments.blocks(segments.segments(folder)[-1])[-1].last + 1)
    sweep_all()
    assert len(kept(folder)) == 2


def test_a_deletion_reaches_every_older_file_within_a_day(
    folder: Path, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "SEGMENT_BYTES", 1)
    frames = [post(f"Acme {number}") for number in range(6)]
    write(folder, *([frame] for frame in frames))
    sweep_all()
    write(folder, [deletion(frames[0]), deletion(frames[3])], [post("last")])
    sweep_all()
    assert frames[0] in kept(folder), "gone through a moment ago, the files are not yet due"
    later = clock.now() + CLEAN_EVERY + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    for path in segments.segments(folder):
        os.utime(path, (later.timestamp(), later.timestamp()))
    sweep_all()
    texts = b"".join(kept(folder))
    assert [f"Acme {number}".encode() in texts for number in range(6)] == [False, True, True, False, True, True]


def test_small_blocks_become_large_ones(folder: Path, wanted: Any) -> None:
    frames = [post(f"Acme {number} and something to say about it") for number in range(300)]
    write(folder, *([frame] for frame in frames))
    path = segments.segments(folder)[0]
    before, numbers = path.stat().st_size, [block.first for block in segments.blocks(path)]
    segments.start(folder, numbers[-1] + 1)
    sweep_all()
    assert kept(folder) == frames
    assert [(block.first, block.last) for block in segments.blocks(path)] == [(numbers[0], numbers[-1])]
    assert path.stat().st_size < before / 3
    assert not list(folder.glob("*.tmp"))


def test_what_is_gone_is_remembered_through_the_sweep(folder: Path, wanted: Any) -> None:
    old = post("Acme old")
    write(folder, [old])
    following = segments.blocks(segments.segments(folder)[-1])[-1].last + 1
    segments.start(folder, following)
    write(folder, [post("x"), deletion(old)])
    segments.start(folder, following + 5)
    sweeping.sweep()
    assert gone_after(folder, 0).names(uri(old)), "a file that could not be gone through yet may still have it"


def test_erased_by_a_member_is_not_found_and_goes(folder: Path, wanted: Any) -> None:
    write(folder, [post("Acme hers", did="did:plc:ann"), post("Acme his", did="did:plc:bob")])
    forget_authors(["did:plc:ann"])
    assert found(folder) == ["Acme his"]
    time.sleep(0.01)
    write(folder, [post("Acme later", did="did:plc:ann")])
    assert found(folder) == ["Acme later", "Acme his"]
    segments.start(folder, segments.blocks(segments.segments(folder)[-1])[-1].last + 1)
    sweep_all()
    assert len(kept(folder)) == 2
    ReplayErasure.objects.update(erased_at=clock.now() - timedelta(days=3))
    sweep_all()
    assert not ReplayErasure.objects.exists()


def test_a_damaged_file_costs_its_damaged_part_only(folder: Path, wanted: Any) -> None:
    write(folder, [post("Acme one")], [post("Acme two")], [post("Acme three")])
    path = segments.segments(folder)[0]
    block = segments.blocks(path)[1]
    raw = bytearray(path.read_bytes())
    raw[block.end - 2] ^= 4
    path.write_bytes(raw)
    assert found(folder) == ["Acme three", "Acme one"]
    segments.start(folder, segments.blocks(path)[-1].last + 1)
    sweep_all()
    assert len(kept(folder)) == 2


def test_what_nobody_wants_goes(folder: Path, wanted: Any, workspace: Any) -> None:
    write(folder, [post("Acme")])
    sweeping.sweep()
    assert kept(folder)
    ReplayWish.objects.within(workspace).delete()
    with segments.lock(folder):
        sweeping.sweep()
        assert kept(folder), "whoever writes clears up by themselves"
    sweeping.sweep()
    assert not segments.segments(folder)


def test_without_a_stream_nobody_can_want_it(folder: Path, wanted: Any) -> None:
    write(folder, [post("Acme")])
    wanted.delete()
    sweeping.sweep()
    assert not segments.segments(folder)


def test_after_a_long_silence_nothing_is_trusted(folder: Path, wanted: Any) -> None:
    write(folder, [post("Acme")])
    path = segments.segments(folder)[0]
    os.utime(path, (time.time() - 19 * 3600,) * 2)
    sweeping.sweep()
    assert kept(folder)
    os.utime(path, (time.time() - 21 * 3600,) * 2)
    sweeping.sweep()
    assert not segments.segments(folder)


def test_a_sweep_that_was_killed_leaves_the_file_as_it_was(
    folder: Path, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [post("Acme")])
    path = segments.segments(folder)[0]
    segments.start(folder, segments.blocks(path)[-1].last + 1)

    def killed(*_what: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        sweeping.sweep()
    monkeypatch.undo()
    assert len(kept(folder)) == 1
    assert unclean_after(folder)
