"""A guest's phone on the same network: over TLS, to the machine's own address, where two web processes share the port over Redis."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.room.attendees import Attendee, attending
from tests.browser.stories.people import EDITOR
from tests.peers.media_engines import own_address
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import running_redis


@pytest_asyncio.fixture(loop_scope="session")
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    """With a certificate as the README makes one."""
    address, port = own_address(), free_port()
    names = ["-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"]
    pair = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *pair, *names]
    await asyncio.to_thread(subprocess.run, make, check=True, capture_output=True)
    with running_redis(tmp_path / "redis") as redis:
        environ = {
            "TLS_CERT": str(tmp_path / "cert.pem"),
            "TLS_KEY": str(tmp_path / "key.pem"),
            "PUBLIC_URL": f"https://{address}:{port}",
            "MEDIA_ADDRESSES": address,
            "REDIS_URL": redis.url,
        }
        product = Product(tmp_path / "data", "--host", "0.0.0.0", "--workers", "2", environ=environ, port=port)
        await asyncio.to_thread(product.start)
        yield product
        await asyncio.to_thread(product.stop)


async def test_a_guest_meets_a_host_by_phone(product: Product, devices: Browser) -> None:
    assert product.url.startswith("https://")
    async with attending(product, devices) as crowd:
        host, guest = Attendee(await crowd.person(EDITOR)), Attendee(await crowd.person(phone=True))
        await host.come()
        await guest.knock(await host.guest_link(), "Khách mẫu")
        await host.button("Mọi người").click()
        await host.page.get_by_role("button", name="Mời vào: Khách mẫu").click()
        await guest.is_inside()
        host_id, guest_id = await host.identity(), await guest.identity()
        await asyncio.gather(host.sees(guest_id), host.hears(guest_id), guest.sees(host_id), guest.hears(host_id))
        await guest.button("Giơ tay").click()
        await expect(host.tile(guest_id).locator(".tile__hand")).to_contain_text("1")
