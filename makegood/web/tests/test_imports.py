"""Files on their way in: upload, columns, progress."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from makegood.kit import clock
from makegood.listen.api import IMPORT_TARGETS, Channel, ImportRun, Mention, run_imports
from makegood.web.tests.listen_pages import page, post, visible

NEW = "/imports/new/"
CSV = (
    "When;Who;Said;Stars\n"
    "04.05.2026 12:00;Ada;My teapot arrived broken;1\n"
    "05.05.2026 13:30;Ben;A lovely teapot;5\n"
    "06.05.2026;Cy;;3\n"
)
COLUMNS = {
    "column-text": "Said",
    "column-posted_at": "When",
    "column-author_name": "Who",
    "column-rating": "Stars",
}


commits = pytest.mark.django_db(transaction=True)
"""Files are removed when a transaction has committed, so these tests commit."""


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, text: str | bytes = CSV, name: str = "reviews.csv") -> Any:
    body = text.encode() if isinstance(text, str) else text
    return client.post(NEW, {"file": SimpleUploadedFile(name, body)})


def mapped(client: Client, workspace: Any, text: str | bytes = CSV, **more: Any) -> ImportRun:
    """An import that was uploaded and started."""
    upload(client, text)
    run = ImportRun.objects.within(workspace).latest("id")
    post(client, f"/imports/{run.pk}/columns/", COLUMNS | {"recent_days": "30"} | more, 302)
    run.refresh_from_db()
    return run


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


# --- from the file to the mentions


@commits
def test_a_file_goes_from_upload_to_mentions(as_olga: Client, workspace: Any, olga: Any, tmp_path: Path) -> None:
    response = upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    assert response["Location"] == f"/imports/{run.pk}/columns/"
    assert (run.filename, run.created_by, run.state) == ("reviews.csv", olga, "mapping")

    html = page(as_olga, response["Location"])
    assert "separated by “;”" in visible(html)
    assert "My teapot arrived broken" in html

    post(as_olga, response["Location"], COLUMNS | {"recent_days": "30"}, 302)
    assert "It starts in a moment." in page(as_olga, f"/imports/{run.pk}/")
    run_imports()

    run.refresh_from_db()
    assert (run.state, run.rows_heard, run.rows_refused) == ("done", 2, 1)
    html = page(as_olga, f"/imports/{run.pk}/")
    assert "3 rows read" in visible(html)
    assert "Line 4 has no text." in html
    assert "To the inbox" in html
    texts = set(Mention.objects.within(workspace).values_list("text", flat=True))
    assert texts == {"My teapot arrived broken", "A lovely teapot"}
    assert files(tmp_path) == [], "an uploaded file is not kept when it has been read"


def test_old_posts_ask_for_no_answer(as_olga: Client, workspace: Any) -> None:
    today = clock.now().strftime("%Y-%m-%d")
    text = f"When;Who;Said;Stars\n2019-05-04;Ada;old teapot;1\n{today};Ben;new teapot;1\n"
    mapped(as_olga, workspace, text, recent_days="7")
    run_imports()
    assert dict(Mention.objects.within(workspace).values_list("text", "history")) == {
        "old teapot": True,
        "new teapot": False,
    }


def test_the_same_file_brings_nothing_twice(as_olga: Client, workspace: Any) -> None:
    for _time in range(2):
        run = mapped(as_olga, workspace)
        run_imports()
    run.refresh_from_db()
    assert (run.rows_heard, run.rows_known) == (0, 2)
    assert "Known before" in page(as_olga, f"/imports/{run.pk}/")
    assert Mention.objects.within(workspace).count() == 2


def test_json_lines_work_too(as_olga: Client, workspace: Any) -> None:
    upload(
        as_olga,
        '{"text": "a teapot", "author": "Ada"}\n{"text": "two teapots", "author": "Ben"}\n',
        "posts.jsonl",
    )
    run = ImportRun.objects.within(workspace).get()
    html = page(as_olga, f"/imports/{run.pk}/columns/")
    assert "Read as JSON Lines" in html
    assert "two teapots" in html
    post(as_olga, f"/imports/{run.pk}/columns/", {"column-text": "text", "recent_days": "30"}, 302)
    run_imports()
    html = page(as_olga, f"/imports/{run.pk}/")
    assert "2 rows read" in visible(html)
    assert "Some posts have no date." in html


@commits
def test_another_encoding_is_read_and_named(as_olga: Client, workspace: Any, tmp_path: Path) -> None:
    text = "Said;Who\n" + "Die Kanne tröpfelt schön über den Tisch, ärgerlich;Jörg\n" * 20
    upload(as_olga, text.encode("cp1252"))
    run = ImportRun.objects.within(workspace).get()
    html = page(as_olga, f"/imports/{run.pk}/columns/")
    assert "tröpfelt" in html
    assert f"characters as {run.sniffed['encoding'].upper()}." in visible(html)
    post(as_olga, f"/imports/{run.pk}/cancel/", status=302)
    assert files(tmp_path) == [], "the copy in UTF-8 goes as well"


# --- files that cannot be read


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"PK\x03\x04 rest of a workbook", "This is a workbook or a ZIP file."),
        (b'[{"text": "a"}]', "This is one JSON list."),
        (b"%PDF-1.7 ...", "This is a PDF."),
        (b"", "This file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_explained_and_not_kept(
    as_olga: Client, workspace: Any, tmp_path: Path, body: bytes, sentence: str
) -> None:
    response = upload(as_olga, body)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert files(tmp_path) == []
    assert not ImportRun.objects.within(workspace).exists()
    assert not Channel.objects.within(workspace).exists()


def test_without_a_file_the_form_asks_for_one(as_olga: Client) -> None:
    assert "Choose a file first." in post(as_olga, NEW, {}, 422)


def test_a_file_above_two_gigabytes_is_refused(as_olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.web.forms_listen.MOST_UPLOADED", 10)
    response = upload(as_olga)
    assert response.status_code == 422
    assert "larger than 2 GB" in response.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "a\x00b.csv", "ü" * 300 + ".csv", "x.c/s*v"])
def test_no_name_of_a_file_leads_out_of_its_folder(as_olga: Client, workspace: Any, tmp_path: Path, name: str) -> None:
    upload(as_olga, CSV, name)
    run = ImportRun.objects.within(workspace).get()
    assert Path(run.path).parent == tmp_path / "imports"
    assert re.fullmatch(r"[0-9a-f]{32}[a-z.]*", Path(run.path).name)


# --- the columns


def test_the_likely_columns_are_chosen_already(as_olga: Client, workspace: Any) -> None:
    upload(as_olga, "date,author,text\n2026-05-04,Ada,a teapot\n")
    run = ImportRun.objects.within(workspace).get()
    html = page(as_olga, f"/imports/{run.pk}/columns/")
    for target, column in (("text", "text"), ("posted_at", "date"), ("author_name", "author")):
        select = re.search(rf'<select[^>]*name="column-{target}".*?</select>', html, re.DOTALL)
        assert select is not None
        assert f'value="{column}" selected' in select[0]


def test_every_column_the_importer_knows_is_asked_for(as_olga: Client, workspace: Any) -> None:
    upload(as_olga)
    html = page(as_olga, f"/imports/{ImportRun.objects.within(workspace).get().pk}/columns/")
    assert sorted(re.findall(r'name="column-([a-z_]+)"', html)) == sorted(IMPORT_TARGETS)


def test_the_preview_follows_the_choice(as_olga: Client, workspace: Any) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    html = post(as_olga, f"/imports/{run.pk}/preview/", {"column-text": "Who"})
    assert '<td class="preview-text" dir="auto">Ada' in html
    assert "My teapot arrived broken" not in html
    assert ImportRun.objects.within(workspace).get().state == "mapping"


def test_the_preview_shows_at_most_five_rows_and_what_cannot_be_read(as_olga: Client, workspace: Any) -> None:
    upload(as_olga, CSV + "06.05.2026;Di;more;3\n" * 9)
    run = ImportRun.objects.within(workspace).get()
    html = post(as_olga, f"/imports/{run.pk}/preview/", COLUMNS)
    assert html.count("<tr>") == 6
    assert "Line 4 has no text." in html


@pytest.mark.parametrize("url", ["columns", "preview"])
def test_without_the_text_column_a_sentence_asks_for_it(as_olga: Client, workspace: Any, url: str) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    status = 422 if url == "columns" else 200
    html = post(as_olga, f"/imports/{run.pk}/{url}/", {"column-author_name": "Who", "recent_days": "30"}, status)
    assert "choose the column that holds the text" in html
    run.refresh_from_db()
    assert run.state == "mapping"


def test_a_column_that_is_not_there_is_refused(as_olga: Client, workspace: Any) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    html = post(as_olga, f"/imports/{run.pk}/columns/", {"column-text": "Nope", "recent_days": "30"}, 422)
    assert "no column named Nope" in html


@pytest.mark.parametrize("days", ["", "-1", "3.5", "many", "99999999", "٣"])
def test_a_number_of_days_that_is_none_is_refused_and_kept(as_olga: Client, workspace: Any, days: str) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    html = post(as_olga, f"/imports/{run.pk}/columns/", COLUMNS | {"recent_days": days}, 422)
    assert "whole number" in html
    assert f'value="{days}"' in html
    assert 'value="Said" selected' in html


def test_what_stands_in_a_file_is_never_markup(as_olga: Client, workspace: Any) -> None:
    evil = "<script>alert(1)</script>"
    upload(as_olga, f"{evil},text\n{evil},{evil} is what a customer wrote\n", f"{evil}.csv")
    run = ImportRun.objects.within(workspace).get()
    html = page(as_olga, f"/imports/{run.pk}/columns/") + page(as_olga, f"/imports/{run.pk}/")
    html += page(as_olga, "/channels/")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_a_started_import_cannot_be_mapped_again(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    assert as_olga.get(f"/imports/{run.pk}/columns/")["Location"] == f"/imports/{run.pk}/"
    post(as_olga, f"/imports/{run.pk}/columns/", {"column-text": "Who", "recent_days": "1"}, 302)
    post(as_olga, f"/imports/{run.pk}/preview/", COLUMNS, 404)
    run.refresh_from_db()
    assert (run.mapping["text"], run.recent_days) == ("Said", 30)


# --- progress, the end, stopping


def test_an_open_import_looks_again_by_itself_and_a_finished_one_does_not(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    assert 'hx-trigger="every 1s"' in page(as_olga, f"/imports/{run.pk}/")
    run_imports()
    assert "every 1s" not in page(as_olga, f"/imports/{run.pk}/")


def test_the_page_says_how_fast_and_how_long(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    from makegood.journal.api import Entry

    began = Entry.objects.within(workspace).get(verb="import.started").at
    ImportRun.objects.within(workspace).filter(pk=run.pk).update(
        state="running", bytes_total=1000, bytes_done=250, rows_heard=900, rows_known=100, finished_at=None
    )
    html = visible(page(as_olga, f"/imports/{run.pk}/"))
    assert "1,000 rows read" in html
    assert "25 %" in html
    assert "less than a minute" in html
    assert "rows a second" in html
    assert began is not None


def test_a_file_that_vanished_fails_with_a_sentence(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    Path(run.path).unlink()
    run_imports()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "The file is gone. Please upload it again." in page(as_olga, f"/imports/{run.pk}/")


@commits
def test_a_queued_import_is_stopped(as_olga: Client, workspace: Any, tmp_path: Path) -> None:
    run = mapped(as_olga, workspace)
    post(as_olga, f"/imports/{run.pk}/cancel/", status=302)
    run_imports()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not Mention.objects.within(workspace).exists()
    assert files(tmp_path) == []
    assert "Stopped." in page(as_olga, f"/imports/{run.pk}/")


@commits
def test_a_file_that_was_never_started_is_forgotten_whole(as_olga: Client, workspace: Any, tmp_path: Path) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    response = as_olga.post(f"/imports/{run.pk}/cancel/", follow=True)
    assert "The file is forgotten." in response.content.decode()
    assert not Channel.objects.within(workspace).exists()
    assert files(tmp_path) == []


@commits
def test_removing_the_channel_of_an_import_removes_its_file(as_olga: Client, workspace: Any, tmp_path: Path) -> None:
    run = mapped(as_olga, workspace)
    post(as_olga, f"/channels/{run.channel_id}/remove/", status=302)
    run_imports()
    assert files(tmp_path) == []
    assert not ImportRun.objects.within(workspace).exists()


def test_a_page_left_open_goes_to_the_list_when_its_import_is_removed(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    post(as_olga, f"/channels/{run.channel_id}/remove/", status=302)
    response = as_olga.get(f"/imports/{run.pk}/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/channels/"


def test_the_channels_page_lists_imports_apart(as_olga: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    run_imports()
    html = page(as_olga, "/channels/")
    assert "Imported files" in html
    assert f"/imports/{run.pk}/" in html
    assert "2 mentions heard, 1 not read" in visible(html)


# --- who may see and do what


def test_an_agent_sees_an_import_but_starts_none(as_olga: Client, as_malik: Client, workspace: Any) -> None:
    run = mapped(as_olga, workspace)
    html = page(as_malik, f"/imports/{run.pk}/")
    assert "reviews.csv" in html
    assert "stop-import" not in html
    page(as_malik, NEW, 403)
    assert upload(as_malik).status_code == 403
    page(as_malik, f"/imports/{run.pk}/columns/", 403)
    for name in ("import-map", "import-preview", "import-cancel"):
        post(as_malik, reverse(name, args=[run.pk]), status=403)
    assert ImportRun.objects.within(workspace).get().state == "queued"


def test_a_stranger_finds_nothing(as_olga: Client, as_sten: Client, workspace: Any) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    for name in ("import-detail", "import-map"):
        page(as_sten, reverse(name, args=[run.pk]), 404)
    for name in ("import-map", "import-preview", "import-cancel"):
        post(as_sten, reverse(name, args=[run.pk]), COLUMNS | {"recent_days": "30"}, 404)
    run.refresh_from_db()
    assert run.state == "mapping"


def test_nobody_is_sent_to_sign_in(as_nobody: Client, as_olga: Client, workspace: Any) -> None:
    upload(as_olga)
    run = ImportRun.objects.within(workspace).get()
    for url in (NEW, f"/imports/{run.pk}/", f"/imports/{run.pk}/columns/"):
        assert "login" in as_nobody.get(url)["Location"]
