"""A meeting outlives everything that is killed with ``kill -9``: what was acknowledged is there, and everybody is still inside.

Each round people write and raise their hands until something dies at a random moment; then their pages come back by themselves, send
again what had no answer, under the same ids, and what they were told is compared with what is stored and shown.
"""

import asyncio
import itertools
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.exceptions import WebSocketException

from server.protocol import live, meeting, rooms
from server.store.connection import Pool
from tests.peers.attendee import PATIENCE_S, Attendee, new_id
from tests.peers.product import Product, wait_until_gone
from tests.realtime.halls import Hall

ROUNDS = 2


class Speaker:
    """Somebody inside who writes and raises a hand, lowers it and raises it again, and remembers every answer."""

    def __init__(self, attendee: Attendee) -> None:
        self.attendee = attendee
        self.said: list[str] = []
        """Acknowledged words, in order."""
        self.hand = False
        self.unknown: list[rooms.ForRoom] = []
        self.answers = 0
        self.silent = False

    async def speak(self) -> None:
        """Until told to be silent, or the connection breaks."""
        self.silent = False
        try:
            for turn in itertools.count():
                if self.silent:
                    return
                if turn % 10 == 0:  # nobody may write as fast as hands go up and down
                    await self._ask(rooms.Say(new_id(), self.attendee.room, f"{self.attendee.who} {new_id()}"))
                else:
                    await self._ask((meeting.LowerHand if self.hand else meeting.RaiseHand)(new_id(), self.attendee.room))
        except ConnectionError:
            pass

    async def come_back(self) -> None:
        """Connect again, however long that takes, and send again what had no answer."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.attendee.connected_now:
                try:
                    await self.attendee.come_back()
                except (OSError, httpx.HTTPError, ConnectionError, WebSocketException):
                    await asyncio.sleep(0.1)
        await self.attendee.sees(lambda: self.attendee.standing == "inside")
        unknown, self.unknown = self.unknown, []
        for command in unknown:
            await self._ask(command)

    async def _ask(self, command: rooms.ForRoom) -> None:
        while True:
            try:
                answer = await self.attendee.ask(command)
            except ConnectionError:
                self.unknown.append(command)
                raise
            if isinstance(answer, live.Done):
                break
            assert isinstance(answer, live.RefusedCommand) and answer.code == "rate_limited" and answer.retry_after_s, answer
            await asyncio.sleep(answer.retry_after_s)
        self.answers += 1
        if isinstance(command, rooms.Say):
            self.said.append(command.text)
        else:
            self.hand = isinstance(command, meeting.RaiseHand)


class Gathering:
    """A host, members and a guest inside one room of the running product."""

    def __init__(self, hall: Hall, pool: Pool, speakers: list[Speaker]) -> None:
        self.hall = hall
        self.pool = pool
        self.speakers = speakers
        self._speaking: list[asyncio.Task[None]] = []

    async def while_speaking(self, kill: Callable[[], Awaitable[list[Speaker]]]) -> None:
        """Everybody speaks; after some answers something is killed; those whom ``kill`` returns are still connected and speak on."""
        self._speaking = [asyncio.create_task(speaker.speak()) for speaker in self.speakers]
        await self._answered(self.speakers, random.randint(10, 30))
        left = await kill()
        if left:
            await self._answered(left, 5)
        for speaker in self.speakers:
            speaker.silent = True
        await asyncio.gather(*self._speaking)
        for speaker in self.speakers:
            await speaker.come_back()

    async def nothing_is_lost(self) -> None:
        """What was acknowledged is stored once and in order, and every page shows the same people and hands."""
        rows = await self.pool.fetch(
            "select text from chat join meetings m on m.id = meeting where m.room = $1 order by chat.id", self.hall.room
        )
        stored = [row["text"] for row in rows]
        for speaker in self.speakers:
            assert [text for text in stored if text.startswith(f"{speaker.attendee.who} ")] == speaker.said
        assert len(stored) == sum(len(speaker.said) for speaker in self.speakers)
        raised = {speaker.attendee.who for speaker in self.speakers if speaker.hand}
        everybody = {speaker.attendee.who for speaker in self.speakers}
        seq = await self.pool.fetchval("select seq from topics where id = $1", f"room/{self.hall.room}")
        first = self.speakers[0].attendee
        for one in (speaker.attendee for speaker in self.speakers):
            await one.sees(lambda one=one: one.page.seq >= seq and all(one.connected(who) for who in everybody))  # type: ignore[misc]
            assert (one.inside, set(one.hands), one.standing) == (everybody, raised, "inside")
            await one.sees(lambda one=one: one.hands == first.hands and one.chat[-20:] == first.chat[-20:])  # type: ignore[misc]
            assert one.faults == []

    async def _answered(self, speakers: list[Speaker], number: int) -> None:
        before = sum(speaker.answers for speaker in speakers)
        async with asyncio.timeout(PATIENCE_S):
            while sum(speaker.answers for speaker in speakers) < before + number:
                for task in self._speaking:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def environ() -> Mapping[str, str]:
    """Who meets has a media engine."""
    return {}


@pytest.fixture
async def gathering(product: Product, pool: Pool) -> AsyncIterator[Gathering]:
    hall = await Hall.open(pool, lobby=False)
    async with AsyncExitStack() as stack:
        speakers = []
        for cookies in (
            await hall.browser("host"),
            await hall.browser("member"),
            await hall.guest("Khách một"),
            await hall.guest("Khách hai"),
        ):
            attendee = await stack.enter_async_context(Attendee(product.url, hall.room, cookies))
            assert await attendee.enter() == "inside"
            speakers.append(Speaker(attendee))
        for speaker in speakers:
            await speaker.attendee.sees(lambda speaker=speaker: len(speaker.attendee.inside) == len(speakers))  # type: ignore[misc]
        yield Gathering(hall, pool, speakers)


async def test_kill_9_of_a_web_process_ends_no_meeting(product: Product, gathering: Gathering) -> None:
    for _ in range(ROUNDS):
        number = len(product.web_processes)

        async def kill() -> list[Speaker]:
            served_by = {speaker: product.web_process_of(speaker.attendee.port) for speaker in gathering.speakers}
            killed = random.choice(product.web_processes)
            os.kill(killed, signal.SIGKILL)
            await asyncio.to_thread(wait_until_gone, killed)
            return [speaker for speaker, process in served_by.items() if process != killed]

        await gathering.while_speaking(kill)
        await gathering.nothing_is_lost()
        await asyncio.to_thread(product.wait_until_listening, number)


async def test_kill_9_of_the_server_ends_no_meeting(product: Product, gathering: Gathering) -> None:
    for _ in range(ROUNDS):

        async def kill() -> list[Speaker]:
            await asyncio.to_thread(product.kill)
            product.spawn()
            return []

        await gathering.while_speaking(kill)
        await gathering.nothing_is_lost()
        await asyncio.to_thread(product.wait_until_ready)
