"""Who may open a live connection: what is refused is refused before the upgrade, and leaves nothing behind."""

import asyncio
import logging
import re
from ipaddress import ip_address

import pytest

from server.realtime.address import client_address, network_of, networks
from server.realtime.limits import Limits, Newcomers
from tests.realtime.clients import Client, RawClient, masked, request_head
from tests.realtime.serving import Serving, serving
from tests.realtime.world import World


async def test_our_own_page_is_let_in(site: Serving) -> None:
    async with RawClient(site) as page:
        assert await page.upgrade() == 101
        assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in page.head  # RFC 6455 section 1.3


async def test_another_site_is_refused_even_with_a_cookie_and_the_refusal_is_a_security_event(
    site: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    """A-001."""
    with caplog.at_level(logging.WARNING, "server.security"):
        async with RawClient(site) as evil:
            assert await evil.upgrade(Origin="https://evil.example", Cookie="session=stolen") == 403
    (record,) = caplog.records
    assert (record.__dict__["event"], record.__dict__["reason"]) == ("live_rejected", "wrong_origin")
    assert "stolen" not in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    "origin",
    ["{origin}.evil.com", "https://{host}", "null", "", "http://{host}@evil.example", "{origin}/", "{origin}, {origin}", None],
)
async def test_an_origin_that_only_resembles_ours_is_refused(site: Serving, origin: str | None) -> None:
    """A-002."""
    async with RawClient(site) as evil:
        changed = origin.format(origin=site.origin, host=site.host) if origin is not None else None
        assert await evil.upgrade(Origin=changed) == 403
    assert site.hub.door.newcomers.arrive(b"\x7f\0\0", asyncio.get_running_loop().time(), 1), "a refused request is no newcomer"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", None])
async def test_a_request_for_another_host_is_refused(site: Serving, host: str | None) -> None:
    async with RawClient(site) as lost:
        assert await lost.upgrade(Host=host) == 400


@pytest.mark.parametrize("path", ["/", "/other", "/live/", "/live?ticket=1", "//live", "/live%2f", "http://evil.example/live"])
async def test_there_is_one_live_path_and_it_takes_no_parameters(site: Serving, path: str) -> None:
    async with RawClient(site) as lost:
        lost.write(request_head(site, path=path))
        assert b" 404 " in await lost.reader.readline()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Version": None, "Sec_WebSocket_Key": None, "Sec_WebSocket_Key1": "4 @1  46546xW%0l 1 5"}, 426),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
        ({"Upgrade": "h2c", "HTTP2_Settings": "AAMAAABkAARAAAAAAAIAAAAA"}, 404),
        ({"Upgrade": None, "Connection": "close"}, 404),
    ],
)
async def test_old_and_other_upgrades_are_refused(site: Serving, changes: dict[str, str | None], status: int) -> None:
    """A-022; what is no websocket upgrade goes to the pages, which have no ``/live``."""
    async with RawClient(site) as old:
        assert await old.upgrade(**changes) == status
        if status == 426:
            assert "Sec-WebSocket-Version: 13" in old.head  # RFC 6455 section 4.4


async def test_http_2_is_not_spoken(site: Serving) -> None:
    """A-022."""
    async with RawClient(site) as modern:
        modern.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
        assert b" 400 " in await modern.reader.readline()


@pytest.mark.parametrize("upgrading", [True, False])
@pytest.mark.parametrize(
    "headers",
    [{"X-Long": "x" * (64 << 10)}, {f"X-{n}": "1" for n in range(1_000)}, {"X-Long": "x" * (2 << 20)}],
    ids=["long", "many", "huge"],
)
async def test_a_head_that_is_too_large_is_refused(site: Serving, headers: dict[str, str], upgrading: bool) -> None:
    """A-024, for the upgrade and for every other request."""
    async with RawClient(site) as large:
        large.write(request_head(site, {**headers, **({} if upgrading else {"Upgrade": None})}))
        assert re.match(rb"HTTP/1.1 (431|400) ", await large.reader.readline())


async def test_deflate_is_never_agreed_to(site: Serving) -> None:
    """A-008: a compressed message then breaks the rules of framing."""
    async with RawClient(site) as bomb:
        assert await bomb.upgrade(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits") == 101
        assert "extensions" not in bomb.head.lower()


async def test_a_head_that_comes_drop_by_drop_is_cut(world: World) -> None:
    """A-016, with less patience than in production."""
    async with serving(world, Limits(request_s=1.0)) as site, RawClient(site) as slow:
        slow.write(request_head(site)[:20])
        await slow.ended()


async def test_a_connection_kept_alive_gets_the_same_time_for_its_next_head(world: World) -> None:
    async with serving(world, Limits(request_s=1.0)) as site, RawClient(site) as slow:
        slow.write(request_head(site, {"Upgrade": None, "Connection": None}))
        assert b" 404 " in await slow.reader.readline()
        await slow.reader.readuntil(b"\r\n\r\n")
        slow.write(b"G")
        await slow.ended()


async def test_the_201st_newcomer_of_a_network_in_a_minute_is_refused_and_who_signs_in_is_no_newcomer(world: World) -> None:
    """A-021, with a smaller number."""
    async with serving(world, Limits(newcomers_per_minute=3)) as site:
        for _ in range(5):
            async with Client(site) as citizen:
                await citizen.hello(world.ticket(world.citizen()))
        async with RawClient(site) as first, RawClient(site) as second, RawClient(site) as third, RawClient(site) as fourth:
            assert [await newcomer.upgrade() for newcomer in (first, second, third)] == [101, 101, 101]
            assert await fourth.upgrade() == 429
            assert "Retry-After: 60" in fourth.head
            first.write(masked(0x9, b"still here"))
            assert await first.frame() == (0xA, b"still here")


def test_after_a_minute_newcomers_are_welcome_again() -> None:
    newcomers = Newcomers()
    assert [newcomers.arrive(b"\xc0\0\2", at, most=2) for at in (0.0, 59.0, 59.9, 60.0, 60.1, 60.2)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert newcomers.arrive(b"\xc6\x33\x64", 60.3, most=2)


async def test_newcomers_behind_a_trusted_proxy_are_told_apart(world: World) -> None:
    async with serving(world, Limits(newcomers_per_minute=1), trusted_proxies=["127.0.0.1"]) as site:
        for address in ("192.0.2.1", "198.51.100.1", "2001:db8::1", "[2001:db8:0:100::1]:4711"):
            async with RawClient(site) as visitor:
                assert await visitor.upgrade(X_Forwarded_For=f"203.0.113.9, {address}") == 101
        async with RawClient(site) as neighbour:
            assert await neighbour.upgrade(X_Forwarded_For="192.0.2.77") == 429


async def test_a_forwarded_address_from_a_stranger_is_not_believed(world: World) -> None:
    async with serving(world, Limits(newcomers_per_minute=1)) as site:
        statuses = []
        for address in ("192.0.2.1", "198.51.100.1"):
            async with RawClient(site) as liar:
                statuses.append(await liar.upgrade(X_Forwarded_For=address))
        assert statuses == [101, 429]


def test_the_address_is_the_nearest_that_no_trusted_proxy_vouches_away() -> None:
    trusted = networks(["10.0.0.0/8", "::1"])
    assert str(client_address("10.0.0.1", "1.1.1.1, 2.2.2.2, 10.9.9.9", trusted)) == "2.2.2.2"
    assert str(client_address("9.9.9.9", "1.1.1.1", trusted)) == "9.9.9.9"
    assert str(client_address("10.0.0.1", "", trusted)) == "10.0.0.1"
    assert str(client_address("10.0.0.1", "1.1.1.1, nonsense", trusted)) == "10.0.0.1"
    assert str(client_address("::ffff:10.0.0.1", "1.1.1.1", trusted)) == "1.1.1.1"
    assert client_address("", "1.1.1.1", trusted) is None


def test_a_network_is_what_one_household_or_office_shares() -> None:
    assert network_of(ip_address("192.0.2.200")) == network_of(ip_address("192.0.2.7")) == b"\xc0\0\2"
    assert network_of(ip_address("2001:db8:0:1ff::1")) == network_of(ip_address("2001:db8:0:100::1"))
    assert network_of(ip_address("2001:db8:0:1ff::1")) != network_of(ip_address("2001:db8:0:200::1"))
    assert network_of(None) == b""
