"""People at their pages: connected through a chosen web process, and with forms."""

import httpx
from lxml import html

from tests.peers.citizens import PATIENCE_S, Account, Citizen, Ledger, Site, cookie
from tests.peers.consulted import Consulted
from tests.peers.product import Product


async def connected(site: Site, account: Account, ledger: Ledger | None = None, *, counting: bool = False) -> Citizen:
    citizen = Citizen(site, account, ledger, counting=counting)
    await citizen.connect()
    return citizen


async def reading(
    product: Product,
    site: Site,
    account: Account,
    consulted: Consulted,
    process: int,
    *,
    role: str = "public",
    ledger: Ledger | None = None,
) -> Citizen:
    """A page of that person that follows the consultation through this web process. What it asks for goes into ``ledger``."""
    while True:  # the kernel chooses the process
        citizen = await connected(site, account, ledger, counting=True)
        if product.web_process_of(citizen.wire.local_port) == process:
            await citizen.follow(consulted.topic, "moderator" if role == "moderator" else "public")
            return citizen
        await citizen.leave()


def browser(site: Site, account: Account) -> httpx.AsyncClient:
    """The person's browser, as far as forms go."""
    return _client(site, {"Cookie": cookie(account.secret)})


def stranger(site: Site) -> httpx.AsyncClient:
    """The browser of somebody who has not signed in."""
    return _client(site, {})


def _client(site: Site, headers: dict[str, str]) -> httpx.AsyncClient:
    # In the clear; to read the certificates of all authorities for it takes longer than all else.
    return httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url, **headers}, timeout=PATIENCE_S, verify=False)


async def token_of(visit: httpx.AsyncClient, page: str) -> str:
    """The token in the forms of a page."""
    answer = await visit.get(page, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    token = str(html.fromstring(answer.text).xpath("string(//input[@name='csrf']/@value)"))
    assert token
    return token


async def send(visit: httpx.AsyncClient, page: str, address: str, **fields: str) -> None:
    """Send a form that stands on ``page``."""
    answer = await visit.post(address, data={"csrf": await token_of(visit, page), **fields})
    assert answer.status_code == 303, answer.text
