"""The help beside the editor shows only what can be written."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from makegood.listen.query import parse
from makegood.listen.query.fields import FIELDS
from makegood.web.tests.listen_pages import page, trial

pytestmark = pytest.mark.django_db


def test_every_example_can_be_read_and_every_form_has_one(as_olga: Client) -> None:
    shown = page(as_olga, "/queries/new/").split("query-help")[1]
    examples = [html.unescape(each) for each in re.findall(r"<dt><code>(.+?)</code></dt>", shown)]
    assert len(examples) > 15
    for example in examples:
        parse(example)
    everything = " ".join(examples) + html.unescape(shown)
    for form in (
        *(f"{field}:" for field in FIELDS),
        " NEAR/",
        " ONEAR/",
        '"~',
        "{",
        "?",
        "*",
        "#",
        "@",
        " OR ",
        " AND ",
        " -",
    ):
        assert form in everything, form


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ('kettle OR "acme late"~', 'kettle OR "acme late"~5'),
        ("acme NEAR/3f late", "acme ONEAR/3 late"),
        ("links:acme.com/returns", "url:acme.com/returns"),
        ("kettle country:uk", "kettle country:gb"),
        ("kettle followers:1k", "kettle min_followers:1k"),
        ("Where is my kettle?", "Where is my kettle"),
    ],
)
def test_a_slip_of_the_new_forms_is_one_click_to_mend(as_olga: Client, text: str, corrected: str) -> None:
    parse(corrected)
    assert f'value="{html.escape(corrected)}"' in trial(as_olga, text)
