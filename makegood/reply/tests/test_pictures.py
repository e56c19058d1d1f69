"""Pictures: what they are by their content, nothing but the picture in them, small enough, and gone in the end."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base

from makegood.connectors.contract import Capability, Connector, MediaRule, Trouble, Verdict
from makegood.desk.models import Conversation
from makegood.kit import clock
from makegood.reply import flow, media, proposals
from makegood.reply.flow import ReplyError
from makegood.reply.models import Reply, ReplyMedia
from makegood.reply.pictures import NotAPicture, prepare
from makegood.reply.tests import testnet

Sent = Callable[..., Reply]
RULE = MediaRule(4, ("image/jpeg", "image/png"), 200_000, 1500, "")


def made(kind: str = "JPEG", size: tuple[int, int] = (80, 60), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    color: Any = {"RGB": "teal", "RGBA": (0, 90, 90, 120), "P": 3, "L": 90, "CMYK": (9, 9, 9, 9), "1": 1}[mode]
    Image.new(mode, size, color).save(out, kind, **options)
    return out.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("kind", "mode", "becomes"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/jpeg"),
        ("PNG", "1", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
        ("GIF", "P", "image/jpeg"),
        ("BMP", "RGB", "image/jpeg"),
        ("TIFF", "RGB", "image/jpeg"),
    ],
)
def test_every_usual_picture_is_taken(kind: str, mode: str, becomes: str) -> None:
    packed = prepare(made(kind, mode=mode), RULE)
    assert (packed.type, packed.width, packed.height) == (becomes, 80, 60)
    assert opened(packed.content).size == (80, 60)


def test_where_it_was_taken_and_with_what_is_not_sent() -> None:
    exif = Image.Exif()
    exif[Base.Make] = "Secret Camera"
    exif[Base.ImageDescription] = "Olga's kitchen"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    original = made(exif=exif, comment=b"hidden words")
    assert b"Secret Camera" in original
    packed = prepare(original, RULE)
    assert not opened(packed.content).getexif()
    for secret in (b"Secret Camera", b"kitchen", b"hidden words", b"Exif", b"GPS"):
        assert secret not in packed.content


@pytest.mark.parametrize("profile", ["sRGB", b"broken", "LAB"])
def test_a_colour_profile_is_not_sent_either(profile: str | bytes) -> None:
    packed_profile = profile
    if isinstance(profile, str):
        packed_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(profile)).tobytes()  # type: ignore[arg-type]
    content = prepare(made(icc_profile=packed_profile), RULE).content
    assert "icc_profile" not in opened(content).info
    assert opened(content).size == (80, 60)


def test_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    assert opened(prepare(made(exif=exif), RULE).content).size == (60, 80)


def test_a_large_one_is_made_small_enough() -> None:
    out = io.BytesIO()
    noise((1500, 1100)).save(out, "PNG")
    assert len(out.getvalue()) > 4_000_000
    packed = prepare(out.getvalue(), RULE)
    assert len(packed.content) <= RULE.bytes
    assert packed.width > 300
    assert abs(packed.width / packed.height - 1500 / 1100) < 0.02


def test_a_large_transparent_one_is_put_on_white() -> None:
    picture = noise((700, 700)).convert("RGBA")
    picture.putalpha(100)
    out = io.BytesIO()
    picture.save(out, "PNG")
    packed = prepare(out.getvalue(), RULE)
    assert packed.type == "image/jpeg"
    assert len(packed.content) <= RULE.bytes


def test_a_network_of_png_only_gets_png() -> None:
    assert prepare(made(), MediaRule(1, ("image/png",), 200_000, 100, "")).type == "image/png"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"not a picture at all", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"<!doctype html><script>alert(1)</script>", "not a picture"),
        (b"GIF89a<script>alert(1)</script>", "damaged|not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (made()[:400], "damaged or cut off"),
        (made("PNG")[:60], "damaged or cut off"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "damaged|not a picture"),
        (b"\0" * (25 * 2**20 + 1), "larger than 25 MB"),
    ],
)
def test_what_is_no_whole_picture_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(NotAPicture, match=sentence):
        prepare(content, RULE)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(NotAPicture, match=r"60 million pixels|damaged"):
        prepare(made("PNG", (9000, 9000), "1"), RULE)


def test_nothing_of_what_it_was_called_or_hid_stays() -> None:
    hidden = made("PNG") + b"<script>alert(1)</script>"
    assert b"script" not in prepare(hidden, RULE).content


# ---- kept, sent, removed


@pytest.fixture
def able(network: Callable[[Connector], None]) -> Capability:
    network(testnet.ABLE)
    return testnet.ABLE.capability


def files() -> set[str]:
    folder = Path(settings.MEDIA_ROOT) / "replies"
    return {each.name for each in folder.iterdir()} if folder.is_dir() else set()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db
class TestKept:
    def test_it_goes_out_with_its_description(
        self, talk: Conversation, malik: Any, able: Capability, sent: Sent
    ) -> None:
        row = media.add(talk, malik, made(), able)
        media.describe(row, " A teapot ", 100)
        flow.save_draft(talk, malik, "Look!")
        sent(flow.queue(talk, malik, "Look!"))
        (handed,) = testnet.drafts.values()
        (upload,) = handed.media
        assert (upload.alt, upload.type) == ("A teapot", "image/jpeg")
        assert opened(upload.content).size == (80, 60)
        assert upload.name.endswith(".jpg")

    def test_an_empty_draft_with_a_picture_is_kept(self, talk: Conversation, malik: Any, able: Capability) -> None:
        media.add(talk, malik, made(), able)
        flow.save_draft(talk, malik, "")
        assert flow.draft_of(talk, malik) is not None

    def test_no_more_than_the_network_takes(self, talk: Conversation, malik: Any, able: Capability) -> None:
        for _ in range(2):
            media.add(talk, malik, made(), able)
        with pytest.raises(ReplyError, match="takes 2 pictures"):
            media.add(talk, malik, made(), able)
        assert len(files()) == 2

    def test_where_none_can_be_sent_the_reason_is_said(self, talk: Conversation, malik: Any) -> None:
        with pytest.raises(ReplyError, match="can’t send pictures to Testnet"):
            media.add(talk, malik, made(), testnet.PLAIN.capability)

    def test_no_file_is_left_by_what_is_refused(self, talk: Conversation, malik: Any, able: Capability) -> None:
        with pytest.raises(ReplyError, match="not a picture"):
            media.add(talk, malik, b"words", able)
        assert files() == set()
        assert flow.draft_of(talk, malik) is None

    def test_a_description_has_its_limit(self, talk: Conversation, malik: Any, able: Capability) -> None:
        row = media.add(talk, malik, made(), able)
        with pytest.raises(ReplyError, match="100 characters"):
            media.describe(row, "x" * 101, 100)

    def test_taken_off_its_file_goes(
        self, talk: Conversation, malik: Any, able: Capability, django_capture_on_commit_callbacks: Any
    ) -> None:
        row = media.add(talk, malik, made(), able)
        with django_capture_on_commit_callbacks(execute=True):
            media.remove(row)
        assert files() == set()

    def test_undo_and_decline_bring_it_back(self, talk: Conversation, malik: Any, mona: Any, able: Capability) -> None:
        row = media.add(talk, malik, made(), able)
        flow.undo(flow.queue(talk, malik, "Look!"), malik)
        row.refresh_from_db()
        assert row.reply == flow.draft_of(talk, malik)
        proposals.decline(proposals.propose(talk, malik, "Look!"), mona, "Another picture, please")
        row.refresh_from_db()
        assert row.reply == flow.draft_of(talk, malik)

    def test_when_its_file_is_gone_the_answer_is_refused_with_a_sentence(
        self, talk: Conversation, malik: Any, able: Capability, sent: Sent
    ) -> None:
        row = media.add(talk, malik, made(), able)
        media.path_of(row).unlink()
        done = sent(flow.queue(talk, malik, "Look!"))
        assert (done.state, "add the picture again" in done.sentence) == ("refused", True)

    def test_some_time_after_sending_it_is_removed(
        self,
        talk: Conversation,
        malik: Any,
        able: Capability,
        sent: Sent,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        media.add(talk, malik, made(), able)
        row = sent(flow.queue(talk, malik, "Look!"))
        assert media.forget_old() == 0
        Reply.objects.within(talk.workspace_id).update(changed_at=clock.now() - timedelta(days=8))
        with django_capture_on_commit_callbacks(execute=True):
            assert media.forget_old() == 1
        assert files() == set()
        assert not ReplyMedia.objects.within(talk.workspace_id).filter(reply=row).exists()

    def test_it_stays_as_long_as_a_part_may_still_be_sent(
        self, talk: Conversation, malik: Any, able: Capability, sent: Sent
    ) -> None:
        media.add(talk, malik, made(), able)
        testnet.faults.extend(["fine", Trouble(Verdict.REFUSE, "No.")])
        sent(flow.queue(talk, malik, "We are so sorry about it. A new one leaves today."))
        Reply.objects.within(talk.workspace_id).update(changed_at=clock.now() - timedelta(days=8))
        assert media.forget_old() == 0

    def test_a_file_that_belongs_to_nothing_is_removed_after_a_day(
        self, talk: Conversation, malik: Any, able: Capability
    ) -> None:
        kept = media.path_of(media.add(talk, malik, made(), able))
        stray = kept.with_name("stray.jpg")
        stray.write_bytes(b"x")
        old = (clock.now() - timedelta(days=2)).timestamp()
        fresh = kept.with_name("fresh.jpg")
        fresh.write_bytes(b"x")
        for each in (kept, stray):
            os.utime(each, (old, old))
        assert media.forget_old() == 1
        assert files() == {kept.name, "fresh.jpg"}
