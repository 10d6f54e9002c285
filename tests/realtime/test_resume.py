"""Coming back: no event is missed, none comes twice, and nothing hidden since is told."""

import asyncio
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.viewer import Viewer
from server.kernel.ids import PersonId, QuestionId
from server.locale import Language
from server.protocol import live
from server.realtime.feed import Ring, Role
from server.realtime.pump import Pump
from tests.realtime.clients import Client
from tests.realtime.serving import Serving
from tests.realtime.world import TOPIC, Page, World

_decode = msgspec.json.Decoder(live.FromServer).decode


class Reader:
    """A follower without a socket: a page that applies every message, and remembers every text it was ever told."""

    behind = False

    def __init__(self, viewer: Viewer, role: Role, page: Page | None = None) -> None:
        self.viewer = viewer
        self.lang: Language = viewer.lang
        self.role = role
        self.page = page or Page()
        self.person: PersonId | None = viewer.person
        self.texts: list[str] = []
        self.wanted = True

    def send(self, frame: bytes) -> None:
        while frame:
            size, start = frame[1], 2
            if size == 126:
                size, start = int.from_bytes(frame[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(frame[2:10], "big"), 10
            message = _decode(frame[start : start + size])
            frame = frame[start + size :]
            if isinstance(message, live.Shown):
                self.texts.append(message.contribution.text)
            self.page.apply(message)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(0, 2**32))
def test_who_follows_sees_what_who_reloads_sees(steps: int, seed: int) -> None:
    asyncio.run(Storm(random.Random(seed)).blow(steps))


class Storm:
    """Readers come, leave and come back while opinions are shown and hidden; reads of the database take any number of turns."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.world = World()
        self.world.slowness = self.some_turns
        self.patience = chance.choice([1, 4, 12])
        self.readers: list[Reader] = []
        for n in range(chance.randrange(10)):
            self.world.show(f"trước {n}")
        opened_at = chance.randrange(self.world.head + 1)
        self.pump = Pump(self.world, TOPIC, opened_at, lambda person: [reader for reader in self.readers if reader.person == person])
        self.world.told.append(lambda topic: self.pump.wake())
        self.world.counted.append(lambda topic, questions: self.pump.dirty(questions))
        self.joining: list[asyncio.Task[None]] = []
        self.hidden_before: dict[Reader, set[str]] = {}

    async def some_turns(self) -> None:
        for _ in range(self.chance.randrange(self.patience)):
            await asyncio.sleep(0)

    async def blow(self, steps: int) -> None:
        doings = [self.show, self.show, self.hide, self.hide_the_newest, self.secret, self.vote, self.come, self.leave, self.come_back]
        for _ in range(steps):
            self.chance.choice(doings)()
            await self.some_turns()
        await asyncio.gather(*self.joining)
        await self.pump.catch_up()
        await self.compare()
        await self.pump.close()

    async def compare(self) -> None:
        totals = await self.world.read_totals(TOPIC, None)
        frame = self.pump.feed.count(totals, whole=True)
        for reader in self.readers:
            if not reader.wanted:
                continue
            if frame is not None:
                reader.send(frame)
            assert reader.page.same_as(Page.loaded(self.world.page(reader.role)))
            assert reader.page.totals == {str(question): people for question, people in totals.people.items()}
            if reader.role == "public":
                assert self.hidden_before[reader].isdisjoint(reader.texts), "words hidden before were told to who came back"

    # --- what may happen ---

    def show(self) -> None:
        author = self.chance.choice(self.readers).person if self.readers else None
        self.world.show(f"ý kiến {len(self.world.opinions)}", author or PersonId(0))

    def hide(self) -> None:
        if self.visible:
            self.world.hide(self.chance.choice(self.visible))

    def hide_the_newest(self) -> None:
        if self.visible:
            self.world.hide(self.visible[-1])

    def secret(self) -> None:
        self.world.secret()

    def vote(self) -> None:
        vote = live.Vote("", self.chance.randrange(1, 4), self.chance.randrange(3))
        self.world.vote(PersonId(self.chance.randrange(5)), vote, lambda outcome: None)

    def come(self) -> None:
        """With a page loaded at this moment, by its numbers."""
        role: Role = self.chance.choice(["public", "public", "moderator"])
        viewer = self.world.moderator() if role == "moderator" else self.world.citizen()
        reader = Reader(viewer, role, Page.loaded(self.world.page(role)))
        self.readers.append(reader)
        self.bring_in(reader)

    def leave(self) -> None:
        present = [reader for reader in self.readers if reader in self.pump.feed.public | self.pump.feed.moderators]
        if present:
            reader = self.chance.choice(present)
            reader.wanted = False
            self.pump.feed.leave(reader)

    def come_back(self) -> None:
        absent = [reader for reader in self.readers if not reader.wanted]
        if absent:
            self.bring_in(self.chance.choice(absent))

    @property
    def visible(self) -> list[int]:
        return [opinion.id for opinion in self.world.opinions.values() if opinion.state == "visible"]

    def bring_in(self, reader: Reader) -> None:
        reader.wanted = True
        reader.texts = []
        known = self.world.events[TOPIC][: self.pump.feed.seq]
        self.hidden_before[reader] = {self.world.opinions[event.opinion].text for event in known if event.kind == "hidden"}
        bring_in = self.pump.bring_in(reader, reader.viewer, live.Follow(TOPIC, reader.page.seq, reader.role), lambda: reader.wanted)
        self.joining.append(asyncio.create_task(bring_in))


@pytest.mark.parametrize("after", [-1, -(2**63) + 1, 2, 5, 2**63 - 1])
async def test_a_number_that_is_none_of_the_topics_gets_a_snapshot(site: Serving, world: World, after: int) -> None:
    """A-023."""
    author = world.citizen()
    assert author.person is not None
    world.hide(world.show("lời của người khác", author.person))
    world.events[TOPIC] = world.events[TOPIC][:1] if after == 2 else world.events[TOPIC]
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        await client.follow(TOPIC, after)
        message = await client.hear()
        assert isinstance(message, live.Snapshot)
        assert message == world.page("public")


async def test_who_missed_more_than_is_sent_one_by_one_gets_a_snapshot_and_goes_on_from_there(site: Serving, world: World) -> None:
    for n in range(600):
        world.show(f"ý kiến {n}")
    async with Client(site) as long_away, Client(site) as away:
        await long_away.hello(world.ticket(world.citizen()))
        await away.hello(world.ticket(world.citizen()))
        await long_away.follow(TOPIC, 99)
        await away.follow(TOPIC, 100)
        page = Page()
        page.apply(await long_away.hear())
        assert page.seq == 600
        near = Page()
        near.seq = 100
        for _ in range(500):
            near.apply(await away.hear())
        world.show("tiếp theo")
        page.apply(await long_away.hear())
        near.apply(await away.hear())
        assert (page.seq, near.seq) == (601, 601)


async def test_a_reason_is_told_to_its_author_only_even_to_who_comes_back(site: Serving, world: World) -> None:
    """A-023."""
    author, reader = world.citizen(), world.citizen()
    assert author.person is not None
    async with Client(site) as keeps_open:
        await keeps_open.hello(world.ticket(world.citizen()))
        await keeps_open.follow(TOPIC, 0)
        await keeps_open.hear()
        world.hide(world.show("lời", author.person))
        await keeps_open.hear_a(live.Gone)
        heard: dict[str, list[Any]] = {}
        for name, viewer in (("author", author), ("reader", reader)):
            async with Client(site) as back:
                await back.hello(world.ticket(viewer))
                await back.follow(TOPIC, 0)
                heard[name] = [await back.hear() for _ in range(3 if name == "author" else 2)]
                id = await back.vote(1, 0)
                assert await back.hear() == live.Done(id)
        assert [type(message) for message in heard["author"]] == [live.Passed, live.Gone, live.Ruled]
        assert [type(message) for message in heard["reader"]] == [live.Passed, live.Gone]


def test_a_ring_holds_the_newest_events_within_its_bounds() -> None:
    world = World()
    ring = Ring(TOPIC, 0)
    for n in range(1_200):
        world.show("x" * 100)
        ring.add(world._told(TOPIC, world.events[TOPIC][n]))
        ring.trim()
    assert (ring.first, ring.seq) == (701, 1_200)
    assert ring.since(699, "public", None) is None
    assert len(ring.since(700, "public", None) or []) == 500
    assert ring.since(1_200, "public", None) == []
    assert ring.since(1_201, "public", None) is None
    for n in range(1_200, 1_300):
        world.show("x" * 16_000)
        ring.add(world._told(TOPIC, world.events[TOPIC][n]))
        ring.trim()
    assert ring._size <= 1 << 20
    assert ring._size == sum(entry.size for entry in ring._entries)


async def test_tallies_of_a_busy_topic_are_few_and_the_last_is_right(site: Serving, world: World) -> None:
    async with Client(site) as reader:
        await reader.hello(world.ticket(world.citizen()))
        await reader.follow(TOPIC, 0)
        await reader.hear()
        started = asyncio.get_running_loop().time()
        for person in range(1, 301):
            world.vote(PersonId(person), live.Vote("", 1, 0), lambda outcome: None)
            await asyncio.sleep(0.002)
        tallies: list[live.Tally] = []
        while not tallies or tallies[-1].totals != {"1": [300, 0, 0]}:
            tallies.append(await reader.hear_a(live.Tally))
        took = asyncio.get_running_loop().time() - started
        assert len(tallies) <= 4 * took + 2
        assert world.ballots[QuestionId(1), PersonId(300)] == 0
