"""A real snac server on loopback (Debian: snac2 from backports): ActivityPub, and the Mastodon API.

What it lacks is written in makegood/connectors/mastodon/README.md. Some requests end its process (an id that is not one
of its own, `GET /api/v1/streaming`): nothing here or in the connector makes them.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.servers.base import ServerUnavailable, free_port, needed, running, wait_until

__all__ = ["Snac", "SnacUser", "snac"]

BACK = "http://127.0.0.1:9/back"
"""Where the sign-in of these calls leads back to; nobody listens there."""


def _client() -> httpx.Client:
    """snac closes each connection after its answer, and does not say so."""
    return httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True)
class SnacUser:
    """Somebody who lives on the server. `token` is for calls in their name."""

    name: str
    password: str
    token: str


@dataclass
class Snac:
    """A running server. `url` has no slash at the end; `folder` is where it keeps everything."""

    url: str
    folder: Path
    program: str
    http: httpx.Client = field(default_factory=_client)
    made: int = 0

    @property
    def host(self) -> str:
        """Its name, which has a port."""
        return self.url.removeprefix("http://")

    def call(self, user: SnacUser | None, method: str, path: str, **more: Any) -> Any:
        """One call of the Mastodon API. Raises `httpx.HTTPStatusError`."""
        headers = {"authorization": f"Bearer {user.token}"} if user else {}
        answer = self.http.request(method, f"{self.url}{path}", headers=headers, **more)
        return answer.raise_for_status().json()

    def create_user(self) -> SnacUser:
        """A new user, `someone3`."""
        self.made += 1
        name = f"someone{self.made}"
        done = subprocess.run([self.program, "adduser", self.folder, name], capture_output=True, text=True, timeout=60)
        found = re.search(r"password is (\S+)", done.stdout + done.stderr)
        assert found, done.stderr
        return SnacUser(name, found[1], self._token(name, found[1]))

    def _token(self, name: str, password: str) -> str:
        body = {"client_name": "tests", "redirect_uris": BACK, "scopes": "read write"}
        app = self.call(None, "POST", "/api/v1/apps", json=body)
        query = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK, "state": "x"}
        page = f"{self.url}/oauth/authorize?{httpx.QueryParams(query)}"
        code = parse_qs(urlsplit(self.sign_in(page, name, password)).query)["code"][0]
        keys = {each: app[each] for each in ("client_id", "client_secret")}
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **keys}
        return str(self.call(None, "POST", "/oauth/token", data=grant)["access_token"])

    def sign_in(self, page: str, name: str, password: str) -> str:
        """Fills in the sign-in page at an address, as its owner would; the address it sends the browser to."""
        shown = self.http.get(page).raise_for_status().text
        form = re.search(r'<form method="post" action="([^"]+)"', shown)
        assert form, shown
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown))
        answer = self.http.post(form[1], data={**fields, "login": name, "passwd": password})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def post(self, user: SnacUser, text: str, *, reply_to: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """A post; returns the status. Name people as `@name`, without the host."""
        body = {"status": text, "visibility": "public", **more}
        if reply_to:
            body["in_reply_to_id"] = reply_to["id"]
        made: dict[str, Any] = self.call(user, "POST", "/api/v1/statuses", json=body)
        return made

    def under(self, user: SnacUser, status: dict[str, Any]) -> list[dict[str, Any]]:
        """What stands under a post, as the user sees it."""
        found: list[dict[str, Any]] = self.call(user, "GET", f"/api/v1/statuses/{status['id']}/context")["descendants"]
        return found

    def notifications(self, user: SnacUser) -> list[dict[str, Any]]:
        """What the user was told, newest first."""
        found: list[dict[str, Any]] = self.call(user, "GET", "/api/v1/notifications")
        return found

    def told(self, user: SnacUser, *statuses: dict[str, Any]) -> None:
        """Waits until the user was told of these posts: posts travel through a queue."""
        uris = {status["uri"] for status in statuses}
        wait_until(
            lambda: uris <= {(each.get("status") or {}).get("uri") for each in self.notifications(user)},
            "the notification",
            seconds=60,
        )

    def edit(self, user: SnacUser, status: dict[str, Any], text: str) -> None:
        """Changes a post."""
        self.call(user, "PUT", f"/api/v1/statuses/{status['id']}", json={"status": text})

    def delete(self, user: SnacUser, status: dict[str, Any]) -> None:
        """Deletes a post on the user's page: the API of snac 2.75 has no way to."""
        page = f"{self.url}/{user.name}/admin/action"
        fields = {"id": status["uri"], "actor": f"{self.url}/{user.name}", "redir": "/", "action": "Delete"}
        answer = self.http.post(page, data=fields, auth=(user.name, user.password))
        assert answer.status_code in {200, 303}, answer.text

    def is_gone(self, user: SnacUser, status: dict[str, Any]) -> bool:
        """Whether the user can no longer see a post."""
        headers = {"authorization": f"Bearer {user.token}"}
        return self.http.get(f"{self.url}/api/v1/statuses/{status['id']}", headers=headers).status_code == 404


@contextmanager
def snac() -> Iterator[Snac]:
    """Starts a server with no users. Raises `ServerUnavailable`."""
    program = needed("snac", "snac2 (Debian 12: from bookworm-backports)")
    port = free_port()
    with TemporaryDirectory(prefix="makegood-snac-") as place:
        folder = Path(place) / "data"
        answers = f"127.0.0.1\n{port}\n127.0.0.1:{port}\n\n\n"
        done = subprocess.run([program, "init", folder], input=answers, capture_output=True, text=True, timeout=60)
        settings = folder / "server.json"
        if not settings.exists():
            raise ServerUnavailable(f"snac init failed: {done.stderr.strip()[-500:]}")
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "protocol": "http"}))
        made = Snac(f"http://127.0.0.1:{port}", folder, program)
        with running([program, "httpd", str(folder)]) as (process, log):
            wait_until(lambda: _answers(made, process, log), "snac")
            yield made
        made.http.close()


def _answers(made: Snac, process: subprocess.Popen[str], log: Path) -> bool:
    if process.poll() is not None:
        raise ServerUnavailable(f"snac ended at once: {log.read_text(errors='replace')[-500:]}")
    try:
        return made.http.get(f"{made.url}/api/v1/instance").status_code == 200
    except httpx.HTTPError:
        return False
