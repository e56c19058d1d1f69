"""Makes the subjects, one of each a module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.connectors.shops.subject import ShopSubject
from tests.connectors.shops.subjects import SUBJECTS


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest) -> Iterator[ShopSubject]:
    """A shop that is connected, with one order read and one more behind the cursor. Rules name the kind."""
    with pytest.MonkeyPatch.context() as patch:
        made = SUBJECTS[request.param](request, patch)
        with made.close:
            if made.proxy is not None:
                asyncio.run(prepare(made))
            yield made


async def prepare(made: ShopSubject) -> None:
    """Connects, and has something bought before and after a cursor."""
    made.credentials = (await made.sign_in()).credentials
    made.first = made.buy("ada@example.com")
    reader = made.reader()
    await reader.read()
    assert made.first in reader.orders
    made.behind = reader.cursor
    made.buy("grace@example.com")
