"""A real AT Protocol network on loopback (see atproto/README.md), and plain calls to act as its users."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.servers.base import install_npm, needed, ready_line, running, wait_until
from tests.servers.postgres import postgres
from tests.servers.redis import redis

__all__ = ["ADMIN", "JWT_SECRET", "AtprotoNetwork", "TestAccount", "atproto"]

HERE = Path(__file__).parent / "atproto"
ADMIN = ("admin", "admin-pass")
"""The PDS's administrator, as the dev-env package sets it."""
JWT_SECRET = b"jwt-secret"
"""What the PDS signs sessions with, as the dev-env package sets it: tests make expired sessions with it."""


@dataclass(frozen=True)
class TestAccount:
    """A user of the test network."""

    __test__ = False

    did: str
    handle: str
    password: str
    access_jwt: str


@dataclass
class AtprotoNetwork:
    """A running network. URLs have no slash at the end; `appview_url` is "" where there is no AppView."""

    pds_url: str
    appview_url: str
    plc_url: str
    control_url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    made: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What makes the product take this network for Bluesky's own."""
        return {
            "MAKEGOOD_PRIVATE_HOSTS": "*",
            "MAKEGOOD_BLUESKY_APPVIEW": self.appview_url,
            "MAKEGOOD_BLUESKY_SERVICE": self.pds_url,
            "MAKEGOOD_PLC_DIRECTORY": self.plc_url,
        }

    def call(
        self,
        method: str,
        *,
        account: TestAccount | None = None,
        params: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        admin: bool = False,
    ) -> dict[str, Any]:
        """One XRPC call to the PDS: POST when there is a `body`, GET otherwise. Raises
        `httpx.HTTPStatusError`.
        """
        headers = {"authorization": f"Bearer {account.access_jwt}"} if account else {}
        answer = self.http.request(
            "GET" if body is None else "POST",
            f"{self.pds_url}/xrpc/{method}",
            params=params,
            json=body or None,
            headers=headers,
            auth=ADMIN if admin else None,
        )
        if answer.is_error:
            raise httpx.HTTPStatusError(
                f"{method}: {answer.status_code} {answer.text}", request=answer.request, response=answer
            )
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def settle(self) -> None:
        """Waits until the AppView has seen everything the PDS wrote. Does nothing without an AppView."""
        if self.appview_url:
            self.http.post(f"{self.control_url}/settle").raise_for_status()

    def create_account(self, handle: str = "") -> TestAccount:
        """A new user; without a handle one that nobody else has, `someone3.test`."""
        self.made += 1
        handle = handle or f"someone{self.made}.test"
        password = f"password-of-{handle}"
        body = {"handle": handle, "email": f"{handle}@example.com", "password": password}
        made = self.call("com.atproto.server.createAccount", body=body)
        self.settle()
        if self.appview_url:
            wait_until(lambda: self._is_named(made["did"], handle), f"the AppView to know {handle}")
        return TestAccount(did=made["did"], handle=handle, password=password, access_jwt=made["accessJwt"])

    def _is_named(self, did: str, handle: str) -> bool:
        profile = self.http.get(f"{self.appview_url}/xrpc/app.bsky.actor.getProfile", params={"actor": did})
        if profile.is_success and profile.json()["handle"] == handle:
            return True
        self.http.post(f"{self.control_url}/name/{did}")
        return False

    def app_password(self, account: TestAccount) -> str:
        """A new app password of the account."""
        self.made += 1
        body = {"name": f"makegood {self.made}"}
        made = self.call("com.atproto.server.createAppPassword", account=account, body=body)
        return str(made["password"])

    def revoke_app_passwords(self, account: TestAccount) -> None:
        """Takes every app password of the account back."""
        known = self.call("com.atproto.server.listAppPasswords", account=account)["passwords"]
        for entry in known:
            body = {"name": entry["name"]}
            self.call("com.atproto.server.revokeAppPassword", account=account, body=body)

    def record(self, account: TestAccount, collection: str, record: dict[str, Any], rkey: str = "") -> dict[str, Any]:
        """Writes any record into the account's repository; returns `uri` and `cid`."""
        body = {"repo": account.did, "collection": collection, "record": {"$type": collection, **record}}
        made = self.call("com.atproto.repo.createRecord", account=account, body=body | ({"rkey": rkey} if rkey else {}))
        self.settle()
        return made

    def ref(self, uri: str) -> dict[str, str]:
        """The strong reference (`uri` and `cid`) of a post that stands."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        params = {"repo": did, "collection": collection, "rkey": rkey}
        found = self.call("com.atproto.repo.getRecord", params=params)
        return {"uri": found["uri"], "cid": found["cid"]}

    def post(
        self,
        account: TestAccount,
        text: str,
        reply_to: str | None = None,
        langs: tuple[str, ...] = ("en",),
        mention: TestAccount | None = None,
        quote: str | None = None,
        **more: Any,
    ) -> str:
        """A post; returns its at:// URI. `mention` adds the facet that makes `@handle` in the text a mention.

        `more` goes into the record as it is (embed, facets, tags). The AppView has seen it when this returns.
        """
        record: dict[str, Any] = {
            "text": text,
            "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": list(langs),
            **more,
        }
        if mention:
            start = text.encode().index(f"@{mention.handle}".encode())
            record.setdefault("facets", []).append(
                {
                    "index": {"byteStart": start, "byteEnd": start + len(mention.handle.encode()) + 1},
                    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": mention.did}],
                }
            )
        if reply_to:
            did, collection, rkey = reply_to.removeprefix("at://").split("/")
            params = {"repo": did, "collection": collection, "rkey": rkey}
            parent = self.call("com.atproto.repo.getRecord", params=params)
            ref = {"uri": parent["uri"], "cid": parent["cid"]}
            root = parent["value"].get("reply", {}).get("root", ref)
            record["reply"] = {"root": root, "parent": ref}
        if quote:
            record["embed"] = {"$type": "app.bsky.embed.record", "record": self.ref(quote)}
        return str(self.record(account, "app.bsky.feed.post", record)["uri"])

    def delete(self, account: TestAccount, uri: str) -> None:
        """Deletes one of the account's records."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        body = {"repo": did, "collection": collection, "rkey": rkey}
        self.call("com.atproto.repo.deleteRecord", account=account, body=body)
        self.settle()

    def block(self, account: TestAccount, did: str) -> str:
        """The account blocks `did`; returns the block's URI, which `delete` lifts."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return str(self.record(account, "app.bsky.graph.block", {"subject": did, "createdAt": now})["uri"])

    def close_replies(self, account: TestAccount, uri: str) -> None:
        """Nobody may answer the account's post any more (a threadgate that allows no one)."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        gate = {"post": uri, "allow": [], "createdAt": now}
        self.record(account, "app.bsky.feed.threadgate", gate, rkey=uri.rsplit("/", 1)[1])

    def thread(self, uri: str) -> dict[str, Any]:
        """The AppView's own picture of the thread around a post (`app.bsky.feed.getPostThread`)."""
        answer = self.http.get(
            f"{self.appview_url}/xrpc/app.bsky.feed.getPostThread", params={"uri": uri, "depth": 100}
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()["thread"]
        return found

    def replies_under(self, uri: str) -> list[str]:
        """The texts of the direct replies that stand under a post, oldest first."""
        posts = [reply["post"] for reply in self.thread(uri).get("replies", []) if "post" in reply]
        return [post["record"]["text"] for post in sorted(posts, key=lambda post: post["record"]["createdAt"])]

    def repo_posts(self, account: TestAccount) -> list[dict[str, Any]]:
        """Every post record in the account's repository, newest first, as the PDS holds them."""
        params = {"repo": account.did, "collection": "app.bsky.feed.post", "limit": 100}
        records: list[dict[str, Any]] = self.call("com.atproto.repo.listRecords", params=params)["records"]
        return records

    def take_down(self, did: str, *, applied: bool = True) -> None:
        """The network's administrator takes an account down (or puts it back)."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        body = {"subject": subject, "takedown": {"applied": applied, "ref": "test"}}
        self.call("com.atproto.admin.updateSubjectStatus", body=body, admin=True)


@contextmanager
def atproto(*, appview: bool = True, rate_limits: bool = False) -> Iterator[AtprotoNetwork]:
    """Starts a network and yields it; everything is stopped at the end. Raises `ServerUnavailable`.

    Without `appview` there are just a PLC directory and a PDS: smaller, and neither PostgreSQL nor Redis is
    needed.
    """
    node = needed("node", "nodejs 20 or newer")
    modules = install_npm(HERE)
    command = [node, str(HERE / "network.cjs")]
    env = {"NODE_PATH": str(modules), "LOG_ENABLED": "false", "NODE_ENV": "test"}
    with ExitStack() as stack:
        if appview:
            env["DB_POSTGRES_URL"] = stack.enter_context(postgres())
            env["REDIS_HOST"] = stack.enter_context(redis())
        else:
            command.append("--pds-only")
        if rate_limits:
            command.append("--rate-limits")
        # The PDS leaves its files behind, so they get a folder that goes with it.
        env["TMPDIR"] = stack.enter_context(TemporaryDirectory(prefix="makegood-atproto-"))
        process, log = stack.enter_context(running(command, env=env, tied=False))
        found = ready_line(process, log)
        network = AtprotoNetwork(found["pds"], found["appview"], found["plc"], found["control"])
        stack.callback(network.http.close)
        wait_until(lambda: _healthy(network, process), "the PDS")
        yield network


def _healthy(network: AtprotoNetwork, process: subprocess.Popen[str]) -> bool:
    assert process.poll() is None, "the network ended while it was starting"
    return network.http.get(f"{network.pds_url}/xrpc/_health").is_success
