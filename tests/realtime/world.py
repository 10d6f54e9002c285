"""A toy world: consultations in memory, with the rules of the true one as far as the live path can see them.

Several hubs may stand on one world, as several processes stand on one database.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Literal

import msgspec

from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import AgencyId, GuestId, PersonId, QuestionId, SessionId, Topic
from server.kernel.refused import Refused
from server.protocol import live
from server.realtime import feed

TOPIC = Topic("consultation/1")
AGENCY = AgencyId(1)
NOBODY = PersonId(999_999)


class Opinion(msgspec.Struct):
    """A contribution, with the events of its life."""

    id: int
    author: PersonId
    text: str
    state: Literal["visible", "hidden"] = "visible"


class Happened(msgspec.Struct, frozen=True):
    """An event: an opinion was shown or hidden (or nothing that a reader may know)."""

    seq: int
    kind: Literal["shown", "hidden", "secret"]
    opinion: int
    total: int


class World:
    """One topic with opinions, votes and people. It is a ``server.realtime.ports.Source``."""

    def __init__(self) -> None:
        self.events: dict[Topic, list[Happened]] = {TOPIC: []}
        self.opinions: dict[int, Opinion] = {}
        self.ballots: dict[tuple[QuestionId, PersonId], int] = {}
        self.tickets: dict[str, Viewer] = {}
        self.over: set[SessionId] = set()
        self.gone_guests: set[GuestId] = set()
        self.answers: dict[tuple[PersonId, str], tuple[live.Command, live.Done]] = {}
        self.unpublished: set[Topic] = set()
        self.grants: dict[PersonId, frozenset[Grant]] = {}
        self.version = 0
        self.reads = 0
        self.slowness: Callable[[], Awaitable[None]] = _at_once
        """Awaited before and after every read: where a test makes other things happen in between."""
        self.committing: asyncio.Event | None = None
        """While it is there and not set, no commit ends."""
        self._people = 0
        self._waiting: list[tuple[PersonId, live.Vote, Callable[[str], None]]] = []
        self.told: list[Callable[[Topic], None]] = []
        self.counted: list[Callable[[Topic, list[QuestionId]], None]] = []

    # --- what tests do to it ---

    def citizen(self) -> Viewer:
        """Somebody new who has signed in."""
        self._people += 1
        return Viewer(person=PersonId(self._people), session=SessionId(self._people))

    def guest(self) -> Viewer:
        """Somebody new without an account."""
        self._people += 1
        return Viewer(guest=GuestId(self._people))

    def moderator(self) -> Viewer:
        viewer = self.citizen()
        assert viewer.person is not None
        self.grants[viewer.person] = frozenset({Grant(Role.MODERATOR, AGENCY)})
        return viewer

    def ticket(self, viewer: Viewer) -> str:
        """A ticket good for one hello."""
        ticket = f"ticket-{random.getrandbits(64):016x}"
        self.tickets[ticket] = viewer
        return ticket

    @property
    def head(self) -> int:
        return len(self.events[TOPIC])

    def show(self, text: str, author: PersonId = NOBODY) -> int:
        opinion = Opinion(len(self.opinions) + 1, author, text)
        self.opinions[opinion.id] = opinion
        self._happen("shown", opinion.id)
        return opinion.id

    def hide(self, opinion: int) -> None:
        self.opinions[opinion].state = "hidden"
        self._happen("hidden", opinion)

    def secret(self) -> None:
        """Something happens of which readers may know only that it did."""
        self._happen("secret", 0)

    def _happen(self, kind: Literal["shown", "hidden", "secret"], opinion: int) -> None:
        self.events[TOPIC].append(Happened(self.head + 1, kind, opinion, self._visible()))
        for tell in self.told:
            tell(TOPIC)

    def _visible(self) -> int:
        return sum(opinion.state == "visible" for opinion in self.opinions.values())

    # --- Source ---

    async def redeem(self, ticket: str, cookies: str) -> Viewer | None:
        await self.slowness()
        return self.tickets.pop(ticket, None)

    async def ended(self, sessions: Collection[SessionId]) -> Collection[SessionId]:
        return self.over.intersection(sessions)

    async def gone(self, guests: Collection[GuestId]) -> Collection[GuestId]:
        return self.gone_guests.intersection(guests)

    async def admit(self, viewer: Viewer, topic: Topic, role: feed.Role) -> None:
        await self.slowness()
        if topic not in self.events or topic in self.unpublished:
            raise Refused("not_found")
        if role == "moderator" and not (viewer.person and self.grants.get(viewer.person)):
            raise Refused("not_allowed")

    async def read_heads(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        await self.slowness()
        return {topic: len(self.events[topic]) for topic in topics if topic in self.events}

    async def read_events(self, topic: Topic, after: int) -> list[feed.Told]:
        self.reads += 1
        await self.slowness()
        told = [self._told(topic, event) for event in self.events[topic][after : after + 500]]
        await self.slowness()
        return told

    def _told(self, topic: Topic, event: Happened) -> feed.Told:
        if event.kind == "secret":
            passed = live.Passed(topic, event.seq)
            return feed.Told(event.seq, passed, passed)
        opinion = self.opinions[event.opinion]
        to_moderators = live.Shown(topic, event.seq, contribution(opinion), event.total)
        if event.kind == "shown":
            sealed = opinion.state == "hidden"
            public = live.Passed(topic, event.seq) if sealed else live.Shown(topic, event.seq, contribution(opinion), event.total)
            return feed.Told(event.seq, public, to_moderators)
        ruled = live.Ruled(topic, event.seq, opinion.id, "hidden", "personal_data", "a reason")
        return feed.Told(event.seq, live.Gone(topic, event.seq, opinion.id, None, event.total), to_moderators, {opinion.author: ruled})

    async def read_totals(self, topic: Topic, questions: Collection[QuestionId] | None) -> feed.Totals:
        await self.slowness()
        people: dict[int, list[int]] = {}
        for (question, _), choice in self.ballots.items():
            if questions is None or question in questions:
                people.setdefault(question, [0, 0, 0])[choice] += 1
        return feed.Totals(self.version, people)

    async def snapshot(self, viewer: Viewer, topic: Topic, role: feed.Role) -> live.Snapshot:
        await self.slowness()
        snapshot = self.page(role)
        await self.slowness()
        return snapshot

    def page(self, role: feed.Role) -> live.Snapshot:
        """What a page loaded now would show."""
        opinions = [opinion for opinion in self.opinions.values() if role == "moderator" or opinion.state == "visible"]
        newest = [contribution(opinion) for opinion in reversed(opinions)]
        return live.Snapshot(TOPIC, self.head, "open", None, None, [live.Place(None, self._visible(), newest)])

    async def carry_out(self, viewer: Viewer, command: live.Contribute | live.Respond | live.Withdraw | live.Rule) -> live.Done:
        await self.slowness()
        if self.committing is not None:
            await self.committing.wait()
        assert viewer.person is not None
        first = self.answers.get((viewer.person, command.id))
        if first is not None:
            if first[0] != command:
                raise Refused("conflict")
            return first[1]
        if isinstance(command, live.Contribute):
            if Topic(f"consultation/{command.consultation}") not in self.events:
                raise Refused("not_found")
            if command.text == "a fault":
                raise RuntimeError("a fault of ours")
            done = live.Done(command.id, self.show(command.text, viewer.person), "visible")
        elif isinstance(command, live.Rule):
            if not self.grants.get(viewer.person):
                raise Refused("not_allowed")
            self.hide(command.contribution)
            done = live.Done(command.id)
        else:
            raise Refused("not_found")
        self.answers[viewer.person, command.id] = (command, done)
        return done

    def vote(self, person: PersonId, vote: live.Vote, reply: Callable[[str], None]) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        self._waiting.append((person, vote, reply))

    def _commit(self) -> None:
        if self.committing is not None and not self.committing.is_set():
            asyncio.get_running_loop().call_later(0.01, self._commit)
            return
        batch, self._waiting = self._waiting, []
        touched = set()
        for person, vote, reply in batch:
            if vote.question > 100:
                reply("not_found")
            elif vote.choice > 2:
                reply("bad_choice")
            else:
                self.ballots[QuestionId(vote.question), person] = vote.choice
                touched.add(QuestionId(vote.question))
                reply("done")
        self.version += 1
        for tell in self.counted:
            tell(TOPIC, sorted(touched))

    def refusal(self, viewer: Viewer, id: str | None, code: str, detail: dict[str, object]) -> live.RefusedCommand:
        wait_s = detail.get("retry_after_s")
        return live.RefusedCommand(id, code, f"{viewer.lang}: {code}", wait_s if isinstance(wait_s, float) else None)


def contribution(opinion: Opinion) -> live.Contribution:
    return live.Contribution(opinion.id, None, None, "", "một người", "citizen", False, opinion.text, "2026-03-02T08:30:00Z", opinion.state)


async def _at_once() -> None:
    """No wait at all."""


class Page:
    """What a reader's page shows, changed by messages as the page in the browser changes it."""

    def __init__(self) -> None:
        self.seq = 0
        self.opinions: dict[int, live.Contribution] = {}
        self.total = 0
        self.totals: dict[str, list[int]] = {}
        self.reasons: list[live.Ruled] = []

    def apply(self, message: object) -> None:
        """Take one message, and fail if it leaves a gap or comes twice."""
        if isinstance(message, live.Snapshot):
            (place,) = message.places
            self.seq, self.total = message.seq, place.total
            self.opinions = {shown.id: shown for shown in place.newest}
        elif isinstance(message, live.Tally):
            self.totals.update(message.totals)
        elif isinstance(message, live.Ruled):
            assert message.seq == self.seq, f"the reason of event {message.seq} after event {self.seq}"
            self.reasons.append(message)
        elif isinstance(message, live.Passed) and message.seq == self.seq:
            pass  # nothing was missing
        elif isinstance(message, live.Shown | live.Gone | live.Passed | live.PhaseChanged):
            assert message.seq == self.seq + 1, f"event {message.seq} after event {self.seq}"
            self.seq = message.seq
            if isinstance(message, live.Shown):
                self.opinions[message.contribution.id] = message.contribution
                self.total = message.total
            elif isinstance(message, live.Gone):
                self.opinions.pop(message.contribution, None)
                self.total = message.total

    @classmethod
    def loaded(cls, snapshot: live.Snapshot) -> "Page":
        page = cls()
        page.apply(snapshot)
        return page

    def same_as(self, other: "Page") -> bool:
        """Whether both show the same; hidden ones may be there only for moderators."""
        return (self.seq, self.opinions, self.total) == (other.seq, other.opinions, other.total)
