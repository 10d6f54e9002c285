"""A crowd that votes and comments as fast as it may, and the comparison of what it was told with what is in the database."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from typing import Self

from server.kernel.ids import NodeId, PersonId, QuestionId
from server.protocol import live
from server.realtime.votes import voter_key
from server.store import votes
from server.store.connection import Connection, Pool
from tests.peers.citizens import OPEN, PATIENCE_S, Account, Citizen, Ledger, Site, sign_in
from tests.peers.consulted import Consulted, decision, open_consultation

VOTERS, SPEAKERS, READERS = 30, 6, 3
VOTE_EVERY_S, SPEAK_EVERY_S = 0.055, 0.125
LIMITS = {"LIVE_MESSAGES_PER_S": "20", "LIVE_BURST": "1000", "CONTRIBUTIONS_PER_PERSON_HOUR": "100000"}
"""Of the site: each does what several would, and repeats all that failed while the database was away, however long that was."""

VOTES_BEFORE, COMMENTS_BEFORE = 300, 20
"""Acknowledged in the second before anything is killed."""

FULL_SPEED_WITHIN_S = 10.0
"""A machine that has not come so far after this time is too slow for it: there, as many are acknowledged before the kill in longer."""


class Crowd:
    """The same people through all rounds: some vote, some comment, some only read. ``seed`` makes what they do repeatable."""

    def __init__(self, pool: Pool, site: Site, consulted: Consulted, accounts: Sequence[Account], chance: random.Random) -> None:
        self.pool = pool
        self.consulted = consulted
        self.chance = chance
        self.ledger = Ledger()
        self.people = [Citizen(site, account, self.ledger) for account in accounts]
        self.voters = self.people[:VOTERS]
        self.speakers = self.people[VOTERS : VOTERS + SPEAKERS]
        self.readers = self.people[VOTERS + SPEAKERS :]
        for reader in self.readers:
            reader.counting = True
        self.slow = 0
        """How often the machine was too slow for so many acknowledgements in one second."""
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    @classmethod
    async def gather(cls, pool: Pool, site: Site, seed: int) -> Self:
        """Signed-in people and a consultation open to them."""
        consulted = await open_consultation(pool, decision())
        return cls(pool, site, consulted, await sign_in(pool, VOTERS + SPEAKERS + READERS), random.Random(seed))

    # --- the burst ---

    async def connect(self) -> None:
        """Everybody who has no connection comes, or comes back, and the readers follow from where they were."""

        async def come(person: Citizen) -> None:
            if not person.connected:
                await person.connect()
                if person in self.readers:
                    await person.follow(self.consulted.topic)

        await asyncio.gather(*(come(person) for person in self.people))

    def begin(self) -> None:
        """Everybody votes and comments from now on, until the connection is gone or ``end`` is called."""
        self._stopping = False
        self._tasks = [
            *(asyncio.create_task(self._vote(person)) for person in self.voters),
            *(asyncio.create_task(self._speak(person)) for person in self.speakers),
        ]

    async def busy(self) -> None:
        """Wait for a random moment at which enough was acknowledged: within the last second where the machine manages that."""
        votes, comments = self.ledger.done(live.Vote), self.ledger.done(live.Contribute)

        def is_enough() -> bool:
            return self.ledger.done(live.Vote) >= votes + VOTES_BEFORE and self.ledger.done(live.Contribute) >= comments + COMMENTS_BEFORE

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FULL_SPEED_WITHIN_S):
                while True:
                    await self.ledger.until(self._is_busy, PATIENCE_S)
                    await asyncio.sleep(self.chance.uniform(0, 0.5))
                    if self._is_busy():
                        return
        self.slow += 1
        await self.ledger.until(is_enough, PATIENCE_S)

    async def goes_on(self) -> None:
        """Wait until those who are still connected have had as many more acknowledgements as they are."""
        before = [self.ledger.done(live.Vote), self.ledger.done(live.Contribute)]

        def all_have() -> bool:
            connected = [sum(person.connected for person in people) for people in (self.voters, self.speakers)]
            done = [self.ledger.done(live.Vote), self.ledger.done(live.Contribute)]
            return all(now - then >= number for now, then, number in zip(done, before, connected, strict=True))

        await self.ledger.until(all_have, PATIENCE_S)

    async def leave(self) -> None:
        """Everybody goes home."""
        await asyncio.gather(*(person.leave() for person in self.people))

    async def end(self) -> None:
        """Nothing more is asked, and everything asked is answered or the connection is gone."""
        self._stopping = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), PATIENCE_S)

    async def ask_unknown_again(self) -> int:
        """Repeat, with the same ids, all whose outcome is not known; every one must be recorded then. How many they were."""
        unknown = self.ledger.unknown()

        async def repeat(person: Citizen) -> None:
            for asked in unknown:  # one after the other: only so many commands of a connection are worked on at once
                if asked.person == person.account.person:
                    person.ask_again(asked)
                    await asyncio.wait_for(asked.settled, PATIENCE_S)
                    assert asked.answer == "done", f"{asked.message} was answered {asked.answer!r} when it was repeated"

        await asyncio.gather(*(repeat(person) for person in self.people))
        return len(unknown)

    def _is_busy(self) -> bool:
        return self.ledger.done_within(live.Vote, 1) >= VOTES_BEFORE and self.ledger.done_within(live.Contribute, 1) >= COMMENTS_BEFORE

    async def _vote(self, person: Citizen) -> None:
        await asyncio.sleep(self.chance.uniform(0, VOTE_EVERY_S))
        while not self._stopping and person.connected:
            asked = person.vote(self.chance.choice(self.consulted.questions), self.chance.randrange(3))
            await asyncio.gather(asked.settled, asyncio.sleep(VOTE_EVERY_S))

    async def _speak(self, person: Citizen) -> None:
        await asyncio.sleep(self.chance.uniform(0, SPEAK_EVERY_S))
        while not self._stopping and person.connected:
            asked = person.contribute(
                self.consulted.id, self.chance.choice(self.consulted.nodes), f"Ý kiến {self.chance.getrandbits(64):x}"
            )
            await asyncio.gather(asked.settled, asyncio.sleep(SPEAK_EVERY_S))

    # --- the comparison ---

    async def compare(self) -> None:
        """What everybody was told against what is in the database. Nothing may be asked meanwhile.

        Each acknowledged vote and comment is there once, as it was sent; each refused one is not; one of which nothing is known is there
        once or not at all; totals equal a recount; no reader was shown anything twice, out of order, or that is not there.
        """
        async with self.pool.acquire() as connection:
            await self._compare_votes(connection)
            await self._compare_comments(connection)
            kept, counted = await votes.kept_and_recounted(connection, self.consulted.id)
            assert kept == counted
            numbers = [row["seq"] for row in await connection.fetch(_EVENTS, self.consulted.topic)]
            assert numbers == list(range(1, len(numbers) + 1))
            there = {row["id"] for row in await connection.fetch(_COMMENTS, self.consulted.id)}
        for reader in self.readers:
            assert reader.faults == []
            assert reader.shown().keys() <= there
            assert reader.seq <= len(numbers)

    async def readers_see_everything(self) -> None:
        """Wait until every reader's page shows the newest event and the totals of a recount."""
        async with self.pool.acquire() as connection:
            newest = len(await connection.fetch(_EVENTS, self.consulted.topic))
            totals = (await votes.read_totals(connection, self.consulted.id)).people
        for reader in self.readers:
            await sees(reader, newest, totals)

    async def _compare_votes(self, connection: Connection) -> None:
        secret = await connection.fetchval(_SECRET, self.consulted.id)
        possible: dict[tuple[bytes, QuestionId], set[int | None]] = {}
        recorded: dict[tuple[bytes, str], bool] = {}
        keys = {person.account.person: voter_key(secret, person.account.person) for person in self.people}
        for asked in self.ledger.asked:
            if isinstance(asked.message, live.Vote):
                place = keys[asked.person], QuestionId(asked.message.question)
                if asked.answer == "done":
                    possible[place] = {asked.message.choice}
                elif asked.answer in OPEN:
                    possible[place] = {*possible.get(place, {None}), asked.message.choice}
                if asked.known:
                    recorded[keys[asked.person], asked.message.id] = asked.answer == "done"
        found = {(row["voter"], row["question"]): row["choice"] for row in await connection.fetch(_VOTES, self.consulted.questions)}
        assert found.keys() <= possible.keys()
        wrong = {place: (found.get(place), choices) for place, choices in possible.items() if found.get(place) not in choices}
        assert wrong == {}, f"{len(wrong)} votes are not as they were acknowledged"
        commands = {(row["actor"], str(row["id"])) for row in await connection.fetch(_COMMANDS, list(keys.values()))}
        assert [command for command, done in recorded.items() if done != (command in commands)] == []

    async def _compare_comments(self, connection: Connection) -> None:
        rows = await connection.fetch(_COMMENTS, self.consulted.id)
        times: dict[tuple[PersonId, str, NodeId | None], list[int]] = {}
        for row in rows:
            times.setdefault((row["author"], row["text"], row["node"]), []).append(row["id"])
        expected = 0
        for asked in self.ledger.asked:
            if isinstance(asked.message, live.Contribute):
                node = None if asked.message.node is None else NodeId(asked.message.node)
                ids = times.pop((asked.person, asked.message.text, node), [])
                expected += len(ids)
                assert len(ids) <= 1, f"{asked.message} is there {len(ids)} times"
                if asked.answer == "done":
                    assert asked.done is not None and ids == [asked.done.contribution], f"{asked.message} was acknowledged and is not there"
                elif asked.known:
                    assert ids == [], f"{asked.message} was refused as {asked.answer} and is there"
        assert times == {}, "comments are there that nobody sent"
        assert expected == len(rows)


async def sees(reader: Citizen, seq: int, totals: Mapping[QuestionId, list[int]]) -> None:
    """Wait until the reader's page shows event ``seq`` and these totals."""
    await reader.until(
        lambda: reader.seq == seq and all(reader.totals.get(question, people) == people for question, people in totals.items())
    )


_SECRET = "select voter_secret from consultations where id = $1"
_VOTES = "select voter, question, choice from votes where question = any($1)"
_COMMANDS = "select actor, id from commands where actor = any($1)"
_COMMENTS = "select id, author, text, node from contributions where consultation = $1"
_EVENTS = "select seq from events where topic = $1 order by seq"
