"""``python3 -m tests.benchmarks floor``: how soon who is given the floor is heard, how soon who has it no more is not, and how far apart
many pages are told so.

The whole product on loopback, its own media engine included. ``ROUNDS`` turns of ten seconds: a client publishes when it may and goes on
sending whatever it is told; another one counts what comes. Then ``PEOPLE`` pages follow a turn that runs out, and all at once ask for a
thousand things of the queue and the floor, after which all must show the same.
"""

import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from server.kernel.ids import RoomId
from server.protocol import live, meeting, rooms
from server.store.pool import open_pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.product import Product
from tests.peers.rtp_client import RtpClient, playing
from tests.realtime.halls import Hall
from tests.realtime.procedures import any_command

ROUNDS = int(os.environ.get("ROUNDS", "10"))
PEOPLE = int(os.environ.get("PEOPLE", "50"))
ORDERS = 1_000
TURN_S = 10
GOALS = {"last_packet_after_the_cut_ms": 300, "first_packet_after_giving_ms": 1_000, "told_apart_ms": 250}


class Page(Attendee):
    """Notes when it was told that the floor is another's, or nobody's (Unix time)."""

    def __init__(self, origin: str, room: RoomId, cookies: dict[str, str]) -> None:
        super().__init__(origin, room, cookies)
        self.told_at: list[float] = []

    def _take(self, message: live.FromServer) -> None:
        before = None if self.state is None else self.state.procedure.floor
        super()._take(message)
        if self.state is not None and self.state.procedure.floor != before:
            self.told_at.append(time.time())


class Listener(RtpClient):
    """Notes when the first and the last packet came of each track (Unix time)."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.first_at: dict[int, float] = {}
        self.last_at: dict[int, float] = {}
        take = self.down.on_rtp

        def note(packet: bytes) -> None:
            ssrc = int.from_bytes(packet[8:12], "big")
            self.first_at.setdefault(ssrc, time.time())
            self.last_at[ssrc] = time.time()
            take(packet)

        self.down.on_rtp = note


async def turn(chair: Page, speaker: Page, speaking: RtpClient, listening: Listener) -> tuple[float, float]:
    """Milliseconds from giving the floor to the first packet heard, and from the cut to the last one."""
    permitted = len(speaking.signals)
    gave_at = time.time()
    await chair.do(meeting.GiveFloor(new_id(), chair.room, speaker.who, TURN_S))
    await speaking.until(lambda: any(signal.update.participants for signal in speaking.signals[permitted:]))
    sound = await speaking.publish_audio()
    await listening.until(lambda: sound.sid in listening.tracks and listening.tracks[sound.sid].received)
    ssrc = listening.tracks[sound.sid].ssrc
    await chair.sees(lambda: chair.page.procedure.floor is not None)
    floor = chair.page.procedure.floor
    assert floor is not None and floor.cut_at is not None
    await chair.sees(lambda: chair.page.procedure.floor is None)
    await asyncio.sleep(1)
    for stream in sound.streams:
        stream.active = False
    return 1000 * (listening.first_at[ssrc] - gave_at), 1000 * (listening.last_at[ssrc] - floor.cut_at.timestamp())


async def heard(chair: Page, speaker: Page, url: str) -> dict[str, Any]:
    """Of all turns: how soon one is heard, and how soon no more."""
    await chair.do(meeting.SetDiscussion(new_id(), chair.room, False))
    await chair.do(meeting.SetLimits(new_id(), chair.room, meeting.Limits(grace_s=0)))
    passes = [await one.ask(rooms.AskMedia(new_id(), one.room)) for one in (speaker, chair)]
    tokens = [given.token for given in passes if isinstance(given, rooms.MediaPass)]
    speaking, listening = RtpClient(url, tokens[0]), Listener(url, tokens[1])
    for client in (speaking, listening):
        await client.join()
    async with playing([speaking, listening]):
        took = [await turn(chair, speaker, speaking, listening) for _ in range(ROUNDS)]
    for client in (speaking, listening):
        await client.close()
    firsts, lasts = [first for first, _ in took], [last for _, last in took]
    return {
        "first_packet_after_giving_ms": round(max(firsts)),
        "median_first_packet_ms": round(statistics.median(firsts)),
        "last_packet_after_the_cut_ms": round(max(lasts)),
        "median_last_packet_ms": round(statistics.median(lasts)),
    }


async def told(chair: Page, speaker: Page, pages: list[Page]) -> dict[str, Any]:
    """How far apart all are told that the floor is given and that it is over."""
    for page in pages:
        page.told_at.clear()
    await chair.do(meeting.GiveFloor(new_id(), chair.room, speaker.who, TURN_S))
    for page in pages:
        await page.sees(lambda page=page: len(page.told_at) == 2)  # type: ignore[misc]
    moments = list(zip(*(page.told_at for page in pages), strict=True))
    return {"told_apart_ms": round(1000 * max(max(one) - min(one) for one in moments))}


async def at_once(pages: list[Page]) -> dict[str, Any]:
    """Everybody asks for anything; afterwards all show the same. Seconds it took, and whether they do."""
    chance, people = random.Random(1284), [page.who for page in pages]

    async def ask(page: Page) -> None:
        for _ in range(ORDERS // len(pages)):
            await page.ask(any_command(chance, page.room, people))

    began = time.monotonic()
    await asyncio.gather(*(ask(page) for page in pages))
    took_s = time.monotonic() - began
    last = max(page.page.seq for page in pages)
    for page in pages:
        await page.sees(lambda page=page: page.page.seq >= last)  # type: ignore[misc]
    shown = [(page.page.queue, page.page.procedure, page.page.spoken) for page in pages]
    return {"orders": ORDERS, "orders_s": round(took_s, 1), "all_show_the_same": all(one == shown[0] for one in shown)}


async def measure(product: Product) -> dict[str, Any]:
    pool = await open_pool(product.dsn(), 4)
    try:
        hall = await Hall.open(pool, lobby=False)
        async with AsyncExitStack() as stack:
            pages = []
            for number in range(PEOPLE):
                cookies = await hall.browser("host") if number == 0 else await hall.guest(f"Đại biểu {number}")
                pages.append(await stack.enter_async_context(Page(product.url, hall.room, cookies)))
                await pages[-1].enter()
            chair, speaker = pages[:2]
            await chair.sees(lambda: len(chair.inside) == PEOPLE)
            figures: dict[str, Any] = {"rounds": ROUNDS, "people": PEOPLE}
            for part in (heard(chair, speaker, product.url), told(chair, speaker, pages), at_once(pages)):
                figures |= await part
                print(json.dumps(figures), flush=True)
            return figures
    finally:
        await pool.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder), environ={"SECRET_KEY": "k" * 32})
        product.start()
        try:
            figures = asyncio.run(measure(product))
        finally:
            product.stop()
    holds = figures["all_show_the_same"] and all(figures[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"benchmark": "floor", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
