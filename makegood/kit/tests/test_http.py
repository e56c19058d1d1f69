from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from makegood.kit import http
from makegood.kit.tests.loopback import Request, answer, serve

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def packed(body: bytes) -> bytes:
    """`body` with gzip, the same bytes at any hour: they name the tests, whose names all workers must agree on."""
    return gzip.compress(body, mtime=0)


@pytest.fixture
def open_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


async def get(url: str, **kw: Any) -> http.Response:
    timeout = kw.pop("timeout", 5.0)
    async with http.client(timeout=timeout) as client:
        return await http.fetch(client, kw.pop("method", "GET"), url, **kw)


async def refused(url: str, **kw: Any) -> http.NetworkError:
    with pytest.raises(http.NetworkError) as caught:
        await get(url, **kw)
    assert caught.value.sentence.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
        *("[::ffff:a9fe:a9fe]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]"),
        *(
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[5f00::1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[::127.0.0.1]",
        ),
    ],
)
async def test_private_addresses_are_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS", raising=False)
    assert (await refused(f"http://{host}/")).kind == "private"


@pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_pass(ip: str) -> None:
    assert http._is_public(ip)


async def test_the_list_of_private_hosts_is_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: answer(200, b"in")) as server, http.client() as client:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"127.0.0.1:{server.port + 1}, other:80")
        with pytest.raises(http.NetworkError, match="private network"):
            await http.fetch(client, "GET", server.url)
        assert server.requests == []
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"other:80, 127.0.0.1:{server.port}")
        assert (await http.fetch(client, "GET", server.url)).body == b"in"


async def test_an_unguarded_client_reaches_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS", raising=False)
    async with serve(lambda _: answer(200, b"in")) as server, http.client(guard=False) as client:
        assert (await http.fetch(client, "GET", server.url)).body == b"in"


class Names:
    """A resolver whose answers change, as a rebinding attacker's do; the sockets stay real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: list[str]) -> None:
        self.asked: list[str] = []
        self.answers = {name.replace("_", "."): given for name, given in answers.items()}
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: Any, port: Any, *args: Any, **kw: Any) -> Any:
        known = self.answers.get(host)
        if known is None:
            return self.real(host, port, *args, **kw)
        self.asked.append(host)
        address = known.pop(0) if len(known) > 1 else known[0]
        return self.real(address, port, *args, **kw)


async def test_a_name_is_looked_up_once_and_that_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: answer(200, b"in")) as server:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"shop.example:{server.port}")
        # A second look-up would lead to an address that this test may not connect to.
        names = Names(monkeypatch, shop_example=["127.0.0.1", "198.51.100.1"])
        response = await get(f"http://shop.example:{server.port}/")
        assert response.body == b"in"
        assert names.asked == ["shop.example"]
        assert server.requests[0].headers["host"] == f"shop.example:{server.port}"


async def test_a_public_name_that_turns_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS", raising=False)
    Names(monkeypatch, shop_example=["8.8.8.8", "127.0.0.1"])
    assert await http.resolve("shop.example", 80) == ["8.8.8.8"]
    assert (await refused("http://shop.example/")).kind == "private"


async def test_a_redirect_into_the_private_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(lambda _: answer(500)) as inside:
        async with serve(lambda _: answer(302, location=f"{inside.url}/secret")) as outside:
            monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"127.0.0.1:{outside.port}")
            assert (await refused(outside.url)).kind == "private"
        assert inside.requests == []


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "gopher://x/"])
async def test_redirects_go_to_the_web_only(target: str) -> None:
    async with serve(lambda _: answer(302, location=target)) as server:
        assert (await refused(server.url)).kind in ("bad_url", "protocol")
        assert len(server.requests) == 1


@pytest.mark.usefixtures("open_loopback")
async def test_secrets_stay_with_their_site() -> None:
    secrets = {"authorization": "Bearer a", "x-api-key": "b", "cookie": "c=d", "dpop": "e"}
    async with serve(lambda _: answer(200, b"end")) as other:

        def reply(request: Request) -> bytes:
            if request.path == "/start":
                return answer(302, location="/next", set_cookie="session=f")
            return answer(302, location=f"{other.url}/end")

        async with serve(reply) as first:
            response = await get(f"{first.url}/start", headers=secrets)
    assert (response.body, response.url) == (b"end", f"{other.url}/end")
    assert first.requests[1].headers["authorization"] == "Bearer a"
    assert not {*secrets} & {*other.requests[0].headers}
    assert other.requests[0].headers["user-agent"].startswith("Makegood/")


@pytest.mark.usefixtures("open_loopback")
async def test_a_body_is_never_passed_on_to_another_site() -> None:
    async with serve(lambda _: answer(200)) as other:
        async with serve(lambda _: answer(307, location=other.url)) as first:
            assert (await refused(first.url, method="POST", json={"password": "x"})).kind == "protocol"
        assert other.requests == []


@pytest.mark.usefixtures("open_loopback")
async def test_redirects_end_after_five() -> None:
    def reply(request: Request) -> bytes:
        number = int(request.path[1:])
        return answer(301, location=f"/{number - 1}") if number else answer(200, b"end")

    async with serve(reply) as server:
        response = await get(f"{server.url}/5")
        assert (response.body, response.moved) == (b"end", f"{server.url}/0")
        assert (await refused(f"{server.url}/6")).kind == "protocol"


@pytest.mark.usefixtures("open_loopback")
async def test_only_permanent_redirects_are_remembered() -> None:
    steps = {"/a": (308, "/b"), "/b": (302, "/c"), "/c": (301, "/d")}

    def reply(request: Request) -> bytes:
        status, location = steps.get(request.path, (200, ""))
        return answer(status, location=location) if location else answer(200)

    async with serve(reply) as server:
        response = await get(f"{server.url}/a")
        assert (response.moved, response.url) == (f"{server.url}/b", f"{server.url}/d")
        assert (await get(f"{server.url}/b")).moved == ""


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize(
    "raw",
    [
        answer(200, b"x" * 2001),
        answer(200, b"", content_length="999999999"),
        b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n" + b"x" * 100_000,
        answer(200, packed(b"\0" * 20_000_000), content_encoding="gzip"),
        answer(200, packed(b"x" * 1500) * 2, content_encoding="gzip"),
        answer(200, zlib.compress(b"\0" * 20_000_000), content_encoding="deflate"),
    ],
)
async def test_too_much_is_refused(raw: bytes) -> None:
    async with serve(lambda _: raw) as server:
        error = await refused(server.url, max_bytes=2000)
    assert error.kind == "too_big"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (b"hello", "identity"),
        (packed(b"hello"), "gzip"),
        (packed(b"hel") + packed(b"lo") + b"\0\0", "x-gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (raw_deflate(b"hello"), "deflate"),
        (packed(zlib.compress(b"hello")), "deflate, gzip"),
    ],
)
async def test_bodies_are_unpacked(packed: bytes, coding: str) -> None:
    async with serve(lambda _: answer(200, packed, content_encoding=coding)) as server:
        assert (await get(server.url, max_bytes=5 if coding == "identity" else 1000)).body == b"hello"


@pytest.mark.usefixtures("open_loopback")
@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (answer(200, b"half", content_length="100"), "truncated"),
        (b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "truncated"),
        (answer(200, packed(b"hello" * 50)[:-9], content_encoding="gzip"), "truncated"),
        (answer(200, b"not gzip", content_encoding="gzip"), "protocol"),
        (answer(200, b"x", content_encoding="br"), "protocol"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "protocol"),
        (b"", "protocol"),
        (b"HTTP/1.1 200 X\r\n" + b"x: " + b"y" * 300_000 + b"\r\n\r\n", "protocol"),
    ],
)
async def test_broken_answers_have_their_kind(raw: bytes, kind: str) -> None:
    async with serve(lambda _: raw) as server:
        assert (await refused(server.url)).kind == kind


@pytest.mark.usefixtures("open_loopback")
async def test_a_silent_and_a_dripping_server_time_out() -> None:
    async def silent(_: Request) -> bytes:
        await asyncio.sleep(5)
        return b""

    async with serve(silent) as server:
        assert (await refused(server.url, timeout=0.1)).kind == "timeout"
        assert (await refused(server.url, timeout=5.0, deadline=0.1)).kind == "timeout"


@pytest.mark.usefixtures("open_loopback")
async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = await refused(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert error.kind == "unreachable"


@given(st.text(max_size=60) | st.text(max_size=40).map("http://{}".format))
def test_any_address_is_an_answer_or_a_network_error(url: str) -> None:
    with suppress(http.NetworkError, httpx.InvalidURL, UnicodeError):
        assert http._parse(url).scheme in ("http", "https")


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://x", "http://", "javascript:alert(1)", "http://x\0"])
async def test_bad_addresses_have_a_sentence(url: str) -> None:
    assert (await refused(url)).kind == "bad_url"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A certificate for shop.example that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    http._tls.cache_clear()
    yield context
    http._tls.cache_clear()


@pytest.mark.usefixtures("open_loopback")
async def test_tls_checks_the_name_and_not_the_number(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, shop_example=["127.0.0.1"], evil_example=["127.0.0.1"])
    async with serve(lambda _: answer(200, b"safe"), certificate) as server:
        assert (await get(f"https://shop.example:{server.port}/")).body == b"safe"
        error = await refused(f"https://evil.example:{server.port}/")
    assert error.kind == "tls"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"retry-after": "Wed, 04 Mar 2026 12:01:00 GMT"}, 60.0),
        ({"retry-after": "Wed, 04 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"RateLimit-Reset": "30"}, 30.0),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 45)}, 45.0),
        ({"X-RateLimit-Reset": "2026-03-04T12:05:00.000Z"}, 300.0),
        ({"retry-after": "soon", "ratelimit-reset": "9"}, 9.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert http.retry_after(headers, NOW) == seconds


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_retry_after_takes_anything(value: str) -> None:
    found = http.retry_after({"retry-after": value}, NOW)
    assert found is None or found >= 0
