"""The files: what is written is read again, whatever happened to their end."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from makegood.kit import clock
from makegood.listen.replay import keeping, segments
from makegood.listen.replay.segments import POSTS
from makegood.listen.replay.tests.make import CAP, deletion, left, post, write
from makegood.listen.replay.trimming import forget_all, trim


def kept(folder: Path) -> list[bytes]:
    """All posts, the oldest first."""
    found = [block for path in segments.segments(folder) for block in segments.blocks(path) if block.kind == POSTS]
    return [frame for block in found for frame in segments.read_frames(block)]


def test_what_is_kept_is_read_again(folder: Path) -> None:
    frames = [post(f"Acme {number} ☕ 東京") for number in range(250)]
    write(folder, frames[:100], frames[100:101], frames[101:])
    assert kept(folder) == frames


def test_only_posts_and_what_is_gone_are_kept(folder: Path) -> None:
    said = post("Acme")
    identity = b'{"did":"did:plc:x","time_us":1,"kind":"identity","identity":{"did":"did:plc:x"}}'
    liked = said.replace(b"feed.post", b"feed.like")
    write(folder, [said, identity, liked, b"no json", deletion(said), left("did:plc:gone")])
    blocks = [block for path in segments.segments(folder) for block in segments.blocks(path)]
    assert [(block.kind, block.count) for block in blocks] == [
        (segments.POSTS, 1),
        (segments.DELETED, 1),
        (segments.AUTHORS, 1),
    ]
    assert segments.read_hashes(blocks[2]) == [segments.hash_of("did:plc:gone")]


def test_a_frame_over_several_lines_stays_one(folder: Path) -> None:
    said = post("Acme").replace(b',"kind"', b',\n"kind"')
    write(folder, [said, post("Other")])
    assert len(kept(folder)) == 2
    assert kept(folder)[0] == said.replace(b"\n", b" ")


def test_numbers_go_on_after_a_restart(folder: Path) -> None:
    write(folder, [post("one"), post("two")])
    write(folder, [post("three")])
    blocks = [block for path in segments.segments(folder) for block in segments.blocks(path)]
    assert len(segments.segments(folder)) == 1
    assert [block.last - block.first for block in blocks] == [1, 0]
    assert blocks[1].first == blocks[0].last + 1


@pytest.mark.parametrize("lost", [1, 8, 60, 75, 200])
def test_a_torn_end_is_cut_off_and_writing_goes_on(folder: Path, lost: int) -> None:
    whole, torn = [post("whole")], [post(f"torn {number} {os.urandom(40).hex()}") for number in range(9)]
    write(folder, whole, torn)
    path = segments.segments(folder)[0]
    os.truncate(path, path.stat().st_size - lost)
    assert kept(folder) == whole
    write(folder, torn)
    assert kept(folder) == whole + torn


def test_garbage_at_the_end_is_cut_off(folder: Path) -> None:
    write(folder, [post("whole")])
    path = segments.segments(folder)[0]
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\0" * 4096)
    assert len(kept(folder)) == 1
    assert segments.cut(path)[1] == 4096
    assert path.stat().st_size == size


def test_a_flipped_bit_is_noticed(folder: Path) -> None:
    write(folder, [post("one")], [post("two")])
    path = segments.segments(folder)[0]
    first, second = segments.blocks(path)
    raw = bytearray(path.read_bytes())
    raw[first.end - 3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(segments.Broken):
        segments.read_frames(first)
    assert len(segments.read_frames(second)) == 1


def test_a_file_that_is_no_segment_has_no_blocks(folder: Path) -> None:
    (folder / "0000000000000001.seg").write_bytes(b"")
    (folder / "0000000000000002.seg").write_bytes(b"something else entirely, and long enough to be read")
    assert [segments.blocks(path) for path in segments.segments(folder)] == [[], []]
    with pytest.raises(segments.Broken):
        segments.head_of(segments.segments(folder)[1])


def test_an_empty_segment_of_a_crash_is_used(folder: Path) -> None:
    number = 1_700_000_000_000_000
    (folder / f"{number:016d}.seg").write_bytes(b"mgp")
    write(folder, [post("after")])
    assert len(kept(folder)) == 1


def test_one_process_writes(folder: Path) -> None:
    with segments.lock(folder) as ours:
        assert ours
        with segments.lock(folder) as theirs:
            assert not theirs
    with segments.lock(folder) as again:
        assert again


def test_a_full_segment_is_followed_by_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SEGMENT_BYTES", 2_000)
    frames = [post(os.urandom(200).hex()) for _ in range(40)]
    write(folder, *([frame] for frame in frames))
    assert len(segments.segments(folder)) > 5
    assert kept(folder) == frames


def test_beyond_the_cap_the_oldest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SEGMENT_BYTES", 2_000)
    frames = [post(os.urandom(200).hex()) for _ in range(60)]
    write(folder, *([frame] for frame in frames), cap=8_000)
    trim(folder, 8_000)
    assert sum(path.stat().st_size for path in segments.segments(folder)) <= 8_000
    left_over = kept(folder)
    assert 5 < len(left_over) < 40
    assert left_over == frames[-len(left_over) :]


def test_a_full_disk_makes_the_cap_smaller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SEGMENT_BYTES", 2_000)
    write(folder, *([post(os.urandom(200).hex())] for _ in range(60)))
    used = sum(path.stat().st_size for path in segments.segments(folder))
    usage = type("Usage", (), {"free": 10**9 - used // 2})()
    monkeypatch.setattr("makegood.listen.replay.trimming.shutil.disk_usage", lambda _folder: usage)
    trim(folder, CAP)
    assert 0 < sum(path.stat().st_size for path in segments.segments(folder)) <= used // 2 + 1


def test_what_is_past_its_life_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "GAP_US", 10**18)
    monkeypatch.setattr(keeping, "SEGMENT_BYTES", 1)
    now = clock.now()
    write(folder, *([post(f"{days} days", at=now - timedelta(days=days))] for days in (40, 31, 29, 1)))
    trim(folder, CAP)
    assert [b"29 days" in frame or b"1 days" in frame for frame in kept(folder)] == [True, True]


def test_after_a_gap_in_the_stream_nothing_older_is_trusted(folder: Path) -> None:
    now = clock.now()
    write(folder, [post("before", at=now - timedelta(hours=3))])
    write(folder, [post("soon after", at=now - timedelta(hours=2, minutes=10))])
    assert len(kept(folder)) == 2
    write(folder, [post("hours later", at=now)])
    assert [b"hours later" in frame for frame in kept(folder)] == [True]


def test_an_hour_after_it_began_a_segment_is_left_even_across_restarts(folder: Path) -> None:
    now = clock.now()
    for minutes in (110, 80, 40, 20, 1):
        write(folder, [post("said", at=now - timedelta(minutes=minutes))])
    assert len(segments.segments(folder)) == 2


def test_a_segment_that_was_taken_away_is_begun_anew(folder: Path) -> None:
    pen = keeping.Pen(folder, CAP)
    pen.take([post("one")], clock.now())
    pen.flush()
    forget_all(folder)
    pen.take([post("two")], clock.now())
    pen.close()
    assert len(kept(folder)) == 1


def test_deletions_survive_a_disk_that_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = post("Acme")
    pen = keeping.Pen(folder, CAP)
    pen.take([said], clock.now())
    pen.flush()

    def full(*_what: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments, "append", full)
    pen.take([post("lost"), deletion(said)], clock.now())
    with pytest.raises(OSError, match="No space"):
        pen.flush()
    monkeypatch.undo()
    pen.close()
    kinds = [block.kind for path in segments.segments(folder) for block in segments.blocks(path)]
    assert kinds == [segments.POSTS, segments.DELETED]
