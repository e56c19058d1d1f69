"""Static files, as the server asks for them and as Django's own test client does."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from makegood.web.static_files import StaticFilesMiddleware

FILE = "/static/js/app.js"


async def body_of(response: Any) -> bytes:
    return b"".join([piece async for piece in response])


async def test_a_file_is_sent_without_a_warning_and_without_anybody_being_looked_up() -> None:
    # Warnings are errors here, and there is no database.
    response: Any = await AsyncClient().get(FILE)
    assert response.is_async
    assert response.headers["Content-Type"].startswith("text/javascript")
    sent = await body_of(response)
    assert len(sent) == int(response.headers["Content-Length"]) > 0
    response.close()


async def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    first = await AsyncClient().get(FILE)
    await body_of(first)
    again = await AsyncClient().get(FILE, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert again.status_code == 304


@pytest.mark.django_db  # the test client looks after open connections
def test_the_same_file_goes_out_synchronously() -> None:
    response = Client().get(FILE)
    assert response.getvalue()
    response.close()


async def test_what_is_no_file_goes_on(rf: RequestFactory) -> None:
    async def page(request: Any) -> HttpResponse:
        return HttpResponse("a page")

    middleware = StaticFilesMiddleware(page)
    assert (await middleware(rf.get("/static/no-such-file.js"))).content == b"a page"
    middleware.autorefresh = True
    assert (await middleware(rf.get("/static/no-such-file.js"))).content == b"a page"
    found = await middleware(rf.get(FILE))
    assert await body_of(found)
    found.close()
