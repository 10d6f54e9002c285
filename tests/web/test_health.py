"""What those who keep the site running may read, and from where."""

import httpx
import pytest

from server.store.connection import Pool
from server.web.edge import Edge, Place
from server.web.health import HealthPages
from tests.web.site import HOST, ORIGIN, Site


async def ask(pool: Pool, path: str, *, peer: str = "127.0.0.1", **headers: str) -> httpx.Response:
    site = Site(pool)
    place = Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST}))
    edge = Edge(HealthPages(pool).doors(), place=place, sessions=site.sessions, keys=site.keys, pages=site.pages)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge, client=(peer, 40_000)), base_url=ORIGIN) as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_the_machine_itself_reads_the_figures(pool: Pool) -> None:
    answer = await ask(pool, "/metrics")
    assert answer.status_code == 200 and answer.text.startswith("# HELP ")


async def test_nobody_else_does(pool: Pool) -> None:
    assert (await ask(pool, "/metrics", peer="192.0.2.7")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
        {"X_Forwarded_For": ""},
        {"X_Real_IP": "127.0.0.1"},
        {"Via": "1.1 x"},
    ],
)
async def test_a_proxy_on_this_machine_hands_them_to_nobody(pool: Pool, headers: dict[str, str]) -> None:
    assert (await ask(pool, "/metrics", **headers)).status_code == 404


async def test_whether_the_site_is_well_anybody_may_ask(pool: Pool) -> None:
    assert (await ask(pool, "/healthz", peer="192.0.2.7", X_Forwarded_For="192.0.2.9")).text == "ok\n"
