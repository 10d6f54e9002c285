"""``python3 -m tests.benchmarks papers``: how soon the first page of a large paper is seen, and a page that is presented.

The product as its users start it, limits on. A paper of 200 pages and 50 MB, a picture on each, not linearised, is opened in Chromium
from nothing: the page, its scripts, pdf.js and the first page as a picture. Then a host turns pages before a hundred members, each with
a websocket of their own: the time from the command's sending until a member's end has the message. Server, database, Chromium and
members share the machine's cores.
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from rooms.papers import ForWhom
from server.documents.pdf_directory import directory_of
from server.kernel.ids import PaperId, Who
from server.protocol import papers
from server.store import room_papers, rooms
from server.store.connection import Pool
from server.store.pool import open_pool
from server.store.room_papers import NewVersion
from tests.parts import SHELL
from tests.peers.attendee import Attendee, new_id
from tests.peers.citizens import sign_in
from tests.peers.product import Product
from tests.realtime.halls import Hall

PAGES, SIDE = 200, 512
MEMBERS, TURNS, OPENINGS = 100, 20, 5
AT_ONCE = 10
MISSED_S = 10.0
GOALS = {"first_page_ms": 1_000.0, "turn_p95_ms": 300.0}

_SEEN = """new Promise((seen) => {
    const look = () => document.querySelector('.leaf[data-page="1"][data-drawn]') ? seen(performance.now()) : requestAnimationFrame(look);
    look();
})"""


class Member(Attendee):
    """Notes when a page is shown: its number to the moment."""

    def __init__(self, origin: str, room: Any, cookies: dict[str, str]) -> None:
        super().__init__(origin, room, cookies)
        self.at: dict[int, float] = {}

    def _take(self, message: Any) -> None:
        if isinstance(message, papers.PageShown):
            self.at[message.page] = time.perf_counter()
        super()._take(message)


def large_pdf() -> bytes:
    """A PDF of 200 pages with a picture of noise on each, which nothing compresses; its list of objects stands at the end."""
    noise = random.Random(1)
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for page in range(1, PAGES + 1):
        first = len(objects) + 1
        words = f"q 500 0 0 500 50 200 cm /I Do Q BT /F 24 Tf 50 760 Td (Trang {page}) Tj ET".encode()
        picture = noise.randbytes(SIDE * SIDE)
        head = f"<</Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/ColorSpace/DeviceGray/BitsPerComponent 8/Length {len(picture)}>>"
        objects.append(head.encode() + b"stream\n" + picture + b"\nendstream")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(words), words))
        resources = f"<</Font<</F 3 0 R>>/XObject<</I {first} 0 R>>>>"
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {first + 1} 0 R/Resources{resources}>>".encode())
        kids.append(f"{first + 2} 0 R")
    objects[1] = f"<</Type/Pages/Count {PAGES}/Kids[{' '.join(kids)}]>>".encode()
    file = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + b"".join(b"%010d 00000 n \n" % place for place in places)
    file += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(file)


def main() -> int:
    """Measure, print, and end with one line of JSON; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="papers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        product = Product(folder / "data")
        product.start()
        try:
            figures = asyncio.run(measure(product))
        finally:
            product.stop()
    told = figures["turns"] == MEMBERS * TURNS and not figures["faults"]
    holds = told and figures["first_page_ms"] <= GOALS["first_page_ms"] and figures["turn_p95_ms"] <= GOALS["turn_p95_ms"]
    print(json.dumps({"benchmark": "papers", "cores": os.cpu_count(), "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1


async def measure(product: Product) -> dict[str, Any]:
    async with await open_pool(product.dsn(), connections=4) as pool:
        hall = await Hall.open(pool, lobby=False)
        data = large_pdf()
        paper = await keep(pool, hall, data)
        openings = await open_first_page(product.url, hall, paper)
        print(f"first page: {', '.join(f'{one:.0f}' for one in openings)} ms", flush=True)
        turns, faults = await turn_pages(pool, product.url, hall, paper)
    cuts = statistics.quantiles(turns, n=100)
    print(f"page turns: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms", flush=True)
    return {
        "bytes": len(data),
        "first_page_ms": round(statistics.median(openings), 1),
        "first_page_longest_ms": round(max(openings), 1),
        "members": MEMBERS,
        "turns": len(turns),
        "turn_p50_ms": round(cuts[49], 1),
        "turn_p95_ms": round(cuts[94], 1),
        "turn_longest_ms": round(max(turns), 1),
        "faults": faults,
    }


async def keep(pool: Pool, hall: Hall, data: bytes) -> PaperId:
    async with pool.acquire() as connection, connection.transaction():
        paper = await room_papers.add_paper(connection, hall.room, "Tài liệu lớn", ForWhom("members"), Who("p1"))
        words = [f"Trang {page}" for page in range(1, PAGES + 1)]
        await room_papers.add_version(connection, paper, NewVersion("lon.pdf", False, "", data, words, directory_of(data)))
    return paper


async def open_first_page(url: str, hall: Hall, paper: PaperId) -> list[float]:
    """Milliseconds from the navigation to the picture of the first page; each time in a browser that has kept nothing."""
    times = []
    cookies = await hall.browser("member")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which(SHELL), args=["--no-sandbox"])
        for _ in range(OPENINGS):
            context = await browser.new_context()
            await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
            page = await context.new_page()
            await page.goto(f"{url}/phong-hop/{hall.slug}/tai-lieu/{paper}", wait_until="commit")
            times.append(float(await page.evaluate(_SEEN)))
            await context.close()
        await browser.close()
    return times


async def turn_pages(pool: Pool, url: str, hall: Hall, paper: PaperId) -> tuple[list[float], list[str]]:
    """The milliseconds of each message, and what went wrong."""
    accounts = await sign_in(pool, MEMBERS)
    host_person = hall.people["host"].person
    assert host_person is not None
    async with pool.acquire() as connection, connection.transaction():
        await rooms.place_people(connection, hall.room, [host_person], [account.person for account in accounts])
    members = [Member(url, hall.room, {"session": account.secret}) for account in accounts]
    for first in range(0, MEMBERS, AT_ONCE):
        await asyncio.gather(*(arrive(member) for member in members[first : first + AT_ONCE]))
    async with Attendee(url, hall.room, await hall.browser("host")) as host:
        await host.enter()
        times: list[float] = []
        for page in range(1, TURNS + 1):
            began = time.perf_counter()
            await host.do(papers.ShowPage(new_id(), hall.room, paper, page))
            # A member whose line is lost at this moment is told nothing: what is presented is not repeated at once.
            with suppress(TimeoutError):
                async with asyncio.timeout(MISSED_S):
                    await asyncio.gather(*(member.sees(partial(member.at.__contains__, page)) for member in members))
            times += [(member.at[page] - began) * 1_000 for member in members if page in member.at]
            await asyncio.sleep(0.15)
        faults = [fault for member in members for fault in member.faults]
        await asyncio.gather(*(member.__aexit__(None, None, None) for member in members))
    return times, faults


async def arrive(member: Member) -> None:
    await member.__aenter__()
    await member.enter(f"Thành viên {member.tab}")


if __name__ == "__main__":
    raise SystemExit(main())
