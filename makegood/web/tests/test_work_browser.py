"""Snoozing, bulk actions, canned responses and macros in Chromium: by keyboard, on a phone, while the list changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from makegood.web.tests.scene import EMAIL, PASSWORD
from tests.operations.command import Makegood, up
from tests.servers.base import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WORDS = """
from makegood.accounts.models import User, Workspace
from makegood.desk.models import Label
from makegood.reply import api as reply
shop, olga = Workspace.objects.get(), User.objects.get()
reply.save_canned(shop, olga, name="Parcel is late", shortcut="late", text="Hi {{first_name|there}}, sorry, it’s late.")
broken = reply.save_canned(shop, olga, name="Broken", text="That should not happen. Was it order {{order}}?")
Label.objects.get_or_create(workspace=shop, name="late parcel")
steps = [{"do": "label", "value": "late parcel"}, {"do": "canned", "value": str(broken.pk)}]
reply.save_macro(shop, olga, name="Lost parcel", steps=steps)
"""


def run(makegood: Makegood, *command: str) -> None:
    """Something in the running product's environment."""
    done = subprocess.run(
        [sys.executable, "-m", *command], env=dict(makegood.env), capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def makegood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makegood]:
    """One product for all tests here: the sample shop with some canned responses and a macro."""
    home: Path = tmp_path_factory.mktemp("work")
    with up(home, free_port()) as started:
        run(started, "makegood.web.tests.scene", "shop")
        run(started, "makegood.web.tests.scene", "sample")
        run(started, "makegood.site.command", "manage", "shell", "-c", WORDS)
        yield started


@pytest.fixture
def page(browser: Browser, makegood: Makegood) -> Iterator[Page]:
    """Olga's inbox, in which no script may fail."""
    context = browser.new_context(
        base_url=makegood.url, reduced_motion="reduce", locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(f"{tab.url}: {error}"))
    tab.goto("/account/login/")
    tab.locator("[name=login]").fill(EMAIL)
    tab.locator("[name=password]").fill(PASSWORD)
    tab.locator("[name=password]").press("Enter")
    tab.wait_for_url(lambda address: "/account/login" not in address)
    tab.goto("/inbox/")
    expect(tab.locator("[data-row-link]").first).to_be_visible(timeout=60_000)
    yield tab
    context.close()
    assert errors == []


def row(page: Page, number: int) -> Locator:
    return page.locator("[data-row-link]").nth(number)


def ids(page: Page) -> list[str]:
    return [str(one.get_attribute("data-row-link")) for one in page.locator("[data-row-link]").all()]


def pick(page: Page, key: str) -> Locator:
    return page.locator(f'[data-pick="{key}"]')


def empty(page: Page, box: Locator) -> None:
    """The next test finds no draft."""
    with page.expect_response("**/draft/"):
        box.fill("")


def accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, found.generate_report()


def test_many_by_keyboard_and_back(page: Page) -> None:
    press = page.keyboard.press
    first, second, third = ids(page)[:3]
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    press("j")
    press("x")
    expect(pick(page, first)).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    press("j")
    press("j")
    press("Shift+X")
    for key in (first, second, third):
        expect(pick(page, key)).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    accessible(page)
    press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    press("x")

    bar.get_by_role("button", name="Close", exact=True).focus()
    press("Enter")
    toast = page.locator("[data-bulk-toast]")
    expect(toast).to_contain_text("3 closed.")
    expect(bar).to_be_hidden()
    expect(page.locator(f"#row-{first}")).to_have_count(0)
    toast.get_by_role("button", name="Undo").focus()
    press("Enter")
    expect(page.locator("#toasts")).to_contain_text("3 are as they were before.")
    expect(toast).to_have_count(0)
    expect(page.locator(f"#row-{first}")).to_have_count(1)
    assert ids(page)[:3] == [first, second, third]
    # What has been undone stays undone, from the list of what was done to many as well.
    page.goto("/inbox/many/")
    expect(page.locator(".card-list > li").first).to_contain_text("undone by Olga Berg")


def test_a_selection_outlives_a_change_of_the_list(page: Page, makegood: Makegood) -> None:
    first, second = ids(page)[:2]
    row(page, 0).hover()
    pick(page, first).click()
    pick(page, second).click()
    run(
        makegood, "makegood.web.tests.scene", "hear", "My teapot from Thimblemoor is broken and nobody answers. Refund!"
    )
    expect(page.locator("[data-rows]")).to_contain_text("broken and nobody answers. Refund", timeout=15_000)
    expect(pick(page, first)).to_be_checked()
    expect(pick(page, second)).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.get_by_role("button", name="Select all in this view").click()
    expect(page.locator("[data-bulk-count]")).to_have_text(f"All {len(ids(page))} of this view are selected.")
    expect(page.locator("[data-pick]:not(:checked)")).to_have_count(0)
    page.locator("[data-rows]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    expect(page.locator("[data-pick]:checked")).to_have_count(0)


def test_many_get_a_label_in_the_dialog(page: Page) -> None:
    press = page.keyboard.press
    press("j")
    press("x")
    page.locator("[data-bulk]").get_by_role("button", name="Label").click()
    box = page.get_by_label("Which label")
    expect(box).to_be_focused()
    accessible(page)
    page.keyboard.type("wholesale")
    page.get_by_role("button", name="Put it on").click()
    expect(page.locator("[data-bulk-toast]")).to_contain_text("1 labelled “wholesale”.")
    expect(page.locator("#bulk-label")).to_be_hidden()


def test_putting_off_by_keyboard(page: Page) -> None:
    press = page.keyboard.press
    press("j")
    key = ids(page)[0]
    press("o")
    expect(page.locator("[data-conversation]")).to_have_attribute("data-conversation", key)
    press("z")
    dialog = page.get_by_role("dialog", name="Put it off until")
    expect(dialog).to_be_visible()
    # Which moment comes first depends on the hour.
    expect(dialog.locator(".snooze-list button").first).to_be_focused()
    accessible(page)
    press("ArrowDown")
    expect(dialog.locator(".snooze-list button").nth(1)).to_be_focused()
    # Enter while giving the reason must not put it off by accident.
    dialog.get_by_label("Why, if you like").fill("the courier calls back")
    press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Until then").click()
    expect(dialog.locator("#snooze-problem")).to_contain_text("Say until when")
    dialog.get_by_role("button", name="In 3 hours").click()
    pane = page.locator("[data-conversation]")
    expect(pane.get_by_text("Put off until")).to_be_visible()
    expect(page.locator(f"#row-{key}")).to_have_count(0)
    page.goto("/inbox/?view=snoozed")
    expect(page.locator(f"#row-{key} .badge-snoozed")).to_be_visible()
    row(page, 0).click()
    page.get_by_role("button", name="Take it up now").click()
    expect(page.locator(f"#row-{key}")).to_have_count(0)


def test_a_canned_response_by_a_stroke(page: Page) -> None:
    press, type_ = page.keyboard.press, page.keyboard.type
    press("j")
    press("o")
    expect(page.locator("[data-composer][data-ready]")).to_be_visible()
    press("r")
    box = page.locator("#reply-text")
    type_("We see. and/or ")
    expect(box).to_have_value("We see. and/or ")
    type_("/")
    picker = page.get_by_role("dialog", name="Canned responses")
    search = picker.get_by_role("combobox")
    expect(search).to_be_focused()
    expect(picker.get_by_role("option")).to_have_count(2)
    accessible(page)
    press("ArrowDown")
    second = picker.get_by_role("option").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(search).to_have_attribute("aria-activedescendant", str(second.get_attribute("id")))
    type_("late")
    expect(picker.get_by_role("option")).to_have_count(1)
    expect(picker.get_by_role("status")).to_have_text("1 found")
    press("Control+Enter")
    expect(picker).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value("We see. and/or Hi Wilma, sorry, it’s late.")
    expect(page.locator("[data-canned-told]")).to_contain_text("“Parcel is late” is in your answer.")
    # Nothing was sent by any of these keys.
    expect(page.locator("[data-pending]")).to_have_count(0)
    type_(" /")
    expect(search).to_be_focused()
    type_("nothing of the kind")
    expect(picker.get_by_role("option")).to_have_count(0)
    press("Escape")
    expect(box).to_have_value("We see. and/or Hi Wilma, sorry, it’s late. ")
    type_("/")
    press("Escape")
    expect(box).to_have_value("We see. and/or Hi Wilma, sorry, it’s late. /")
    empty(page, box)


def test_a_macro_by_keyboard(page: Page) -> None:
    press = page.keyboard.press
    press("j")
    press("o")
    expect(page.locator("[data-composer][data-ready]")).to_be_visible()
    press("m")
    choice = page.get_by_role("button", name="Lost parcel")
    expect(choice).to_be_focused()
    accessible(page)
    press("Enter")
    box = page.locator("#reply-text")
    expect(box).to_have_value("That should not happen. Was it order [order]?")
    expect(box).to_be_focused()
    # The place that nobody could fill is selected: typing fills it.
    page.keyboard.type("4711")
    expect(box).to_have_value("That should not happen. Was it order 4711?")
    expect(page.locator(".convo-side")).to_contain_text("late parcel")
    expect(page.locator("[data-pending]")).to_have_count(0)
    page.locator("[data-bulk-toast]").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("1 is as it was before.")
    empty(page, box)


def test_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/inbox/")
    page.get_by_role("button", name="Select", exact=True).click()
    page.locator("[data-pick]").nth(1).click()
    page.locator("[data-pick]").nth(2).click()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    for address in ("/inbox/", "/settings/canned/", "/settings/canned/1/", "/settings/macros/1/", "/inbox/many/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    page.goto("/inbox/")
    row(page, 0).click()
    expect(page.locator("#snooze-it")).to_be_visible()
    box = page.locator("#macro-it").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
