"""Olga at her pages, over HTTP: signs in, uploads a file, says what its columns mean, and looks at the inbox."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil

from tests.operations.command import Makegood

__all__ = ["DRIVER", "EMAIL", "PASSWORD", "Memory", "Olga", "watched"]

DRIVER = "tests.imports.driver"

EMAIL, PASSWORD = "olga@example.com", "correct horse battery"
MAPPING = {
    "column-id": "id",
    "column-text": "text",
    "column-posted_at": "created_at",
    "column-author_name": "author",
    "column-author_handle": "handle",
    "column-url": "url",
    "recent_days": "30",
}


@dataclass
class Olga:
    """Her browser, without the windows."""

    http: httpx.Client

    @classmethod
    @contextmanager
    def signed_in(cls, url: str) -> Iterator[Olga]:
        """With her password."""
        with httpx.Client(base_url=url, timeout=60, follow_redirects=True) as client:
            olga = cls(client)
            page = olga.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
            assert "/account/login/" not in str(page.url), page.text[:2000]
            yield olga

    def post(self, path: str, data: Mapping[str, str], files: Any = None) -> httpx.Response:
        """Sends the form at `path`."""
        form = self.http.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token, form.text[:2000]
        headers = {"referer": str(self.http.base_url.join(path))}
        fields = {**data, "csrfmiddlewaretoken": token[1]}
        answer = self.http.post(path, data=fields, files=files, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer

    def upload(self, file: Path) -> int:
        """Brings a file in and starts it; its number."""
        with file.open("rb") as content:
            page = self.post("/imports/new/", {}, {"file": (file.name, content, "text/csv")})
        found = re.search(r"/imports/(\d+)/columns/", str(page.url))
        assert found, page.text[:2000]
        self.post(f"/imports/{found[1]}/columns/", MAPPING)
        return int(found[1])

    def rows_read(self, run: int) -> int:
        """How far the import's page says it is."""
        page = self.http.get(f"/imports/{run}/")
        assert page.status_code == 200
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
        found = re.search(r"([\d,.]+) rows? read", words)
        return int(re.sub(r"\D", "", found[1])) if found else 0


@dataclass
class Memory:
    """What the worker held, in bytes, and how far the file was then."""

    samples: list[tuple[int, int]] = field(default_factory=list)
    at: int = 0
    """Rows read by now: set by whoever watches."""

    def peak(self) -> int:
        """The most it held."""
        return max(held for _, held in self.samples)

    def usual(self, begin: float, end: float) -> float:
        """What it held in the middle of its ups and downs while so many rows had been read."""
        return median([held for rows, held in self.samples if begin <= rows < end])


@contextmanager
def watched(product: Makegood) -> Iterator[Memory]:
    """Looks at the worker's resident memory ten times a second."""
    memory, stop = Memory(), threading.Event()

    def worker() -> int | None:
        # While one is being replaced on a busy machine nobody may say in time.
        with suppress(subprocess.SubprocessError, OSError):
            return product.pids().get("worker")
        return None

    def look() -> None:
        pid = worker()
        while not stop.wait(0.1):
            try:
                held = int(psutil.Process(pid).memory_info().rss) if pid else 0
            except psutil.NoSuchProcess:
                held = 0
            if held:
                memory.samples.append((memory.at, held))
            else:
                time.sleep(0.3)
                pid = worker()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        stop.set()
        thread.join()
