"""What one topic tells: its recent events as finished frames, and who follows. Pure but for the sockets that it writes to."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

import msgspec

from server.kernel.ids import PersonId, Topic
from server.locale import Language
from server.protocol.live import Gone, Passed, Ruled, Shown, Tally, ToReader
from server.realtime import metrics
from server.realtime.frames import message_frame

Role = Literal["public", "moderator"]

RING_EVENTS = 500
RING_BYTES = 1 << 20


class Told(msgspec.Struct, frozen=True):
    """One stored event as each kind of reader may know it: exactly one message for the public and one for moderators, and to
    single persons what concerns only them, beside it. All carry the event's ``seq``."""

    seq: int
    public: ToReader
    moderators: ToReader
    persons: dict[PersonId, Ruled] = {}


class Totals(msgspec.Struct, frozen=True):
    """The totals that may be shown now, by question: people per option. Empty while they are hidden. ``version`` grows."""

    version: int
    people: dict[int, list[int]]


class Follower(Protocol):
    """A reader as a feed sees it."""

    @property
    def person(self) -> PersonId | None: ...

    @property
    def lang(self) -> Language: ...

    @property
    def behind(self) -> bool:
        """Whether bytes wait for it. Then it gets no tallies, and ``Feed.skipped`` remembers."""

    def send(self, frame: bytes) -> None: ...


class _Entry:
    """An event in the ring: a frame for each kind of reader, and the contribution that it shows to each."""

    __slots__ = ("moderators", "persons", "public", "seq")

    def __init__(self, told: Told) -> None:
        self.seq = told.seq
        self.public = message_frame(told.public)
        self.moderators = message_frame(told.moderators)
        self.persons = {person: message_frame(message) for person, message in told.persons.items()}

    @property
    def size(self) -> int:
        return len(self.public) + len(self.moderators) + sum(map(len, self.persons.values()))

    def frames(self, role: Role, person: PersonId | None) -> list[bytes]:
        frame = self.public if role == "public" else self.moderators
        return [frame, self.persons[person]] if person in self.persons else [frame]


class Ring:
    """A run of consecutive events as frames.

    Words that a later event took back are taken out: who comes back is told ``passed`` in their place, never a text hidden since.
    """

    def __init__(self, topic: Topic, after: int) -> None:
        self.topic = topic
        self.seq = after
        """The number of the newest event."""
        self._entries: deque[_Entry] = deque()
        self._shown: dict[tuple[Role, int], _Entry] = {}
        self._size = 0

    @property
    def first(self) -> int:
        """The number of the oldest event held; one above ``seq`` when there is none."""
        return self.seq + 1 - len(self._entries)

    def add(self, told: Told) -> _Entry:
        """Append the next event."""
        assert told.seq == self.seq + 1, f"{self.topic}: event {told.seq} after {self.seq}"
        entry = _Entry(told)
        self._supersede(entry, "public", told.public)
        self._supersede(entry, "moderator", told.moderators)
        self._entries.append(entry)
        self._size += entry.size
        self.seq = told.seq
        return entry

    def trim(self) -> None:
        """Keep the newest events, within the bounds of the ring."""
        while len(self._entries) > RING_EVENTS or (self._size > RING_BYTES and len(self._entries) > 1):
            self._size -= self._entries.popleft().size
        if len(self._shown) > 4 * RING_EVENTS:
            first = self.first
            self._shown = {key: entry for key, entry in self._shown.items() if entry.seq >= first}

    def since(self, after: int, role: Role, person: PersonId | None) -> list[bytes] | None:
        """The frames of the events after ``after``, in order; nothing if some of them are not held."""
        if not self.first - 1 <= after <= self.seq:
            return None
        skip = len(self._entries) - (self.seq - after)
        return [frame for at, entry in enumerate(self._entries) if at >= skip for frame in entry.frames(role, person)]

    def _supersede(self, entry: _Entry, role: Role, message: ToReader) -> None:
        if isinstance(message, Shown):
            key = (role, message.contribution.id)
        elif isinstance(message, Gone):
            key = (role, message.contribution)
        else:
            return
        earlier = self._shown.pop(key, None)
        if earlier is not None and earlier.seq > self.seq - len(self._entries):
            self._size -= earlier.size
            passed = message_frame(Passed(self.topic, earlier.seq))
            if role == "public":
                earlier.public = passed
            else:
                earlier.moderators = passed
            self._size += earlier.size
        if isinstance(message, Shown):
            self._shown[key] = entry


class Feed:
    """One followed topic: its ring, its followers by role, and the newest totals."""

    def __init__(self, topic: Topic, head: int) -> None:
        self.topic = topic
        self.ring = Ring(topic, head)
        self.public: set[Follower] = set()
        self.moderators: set[Follower] = set()
        self.skipped: set[Follower] = set()
        """Followers who were behind when a tally went out."""
        self._version = -1
        self._people: dict[int, list[int]] = {}
        self._whole: bytes | None = None

    @property
    def seq(self) -> int:
        return self.ring.seq

    @property
    def followed(self) -> bool:
        return bool(self.public or self.moderators)

    def join(self, follower: Follower, role: Role) -> None:
        (self.public if role == "public" else self.moderators).add(follower)
        metrics.followers.inc()

    def leave(self, follower: Follower) -> None:
        for followers in (self.public, self.moderators):
            if follower in followers:
                followers.remove(follower)
                metrics.followers.dec()
        self.skipped.discard(follower)

    def tell(self, events: Iterable[Told], followers_of: Callable[[PersonId], Iterable[Follower]]) -> None:
        """Append those of ``events`` that are new, and write each at once to all who follow."""
        for told in events:
            if told.seq <= self.seq:
                continue
            entry = self.ring.add(told)
            with metrics.fan_out_seconds.time():
                for follower in tuple(self.public):
                    follower.send(entry.public)
                for follower in tuple(self.moderators):
                    follower.send(entry.moderators)
                for person, frame in entry.persons.items():
                    for follower in followers_of(person):
                        if follower in self.public or follower in self.moderators:
                            follower.send(frame)
            metrics.frames.labels("event").inc(len(self.public) + len(self.moderators))
        self.ring.trim()

    def count(self, totals: Totals, *, whole: bool) -> bytes | None:
        """Take newer totals, of all questions when ``whole``. The frame to send, or nothing when nothing is new."""
        if totals.version < self._version:
            return None
        changed = {question: people for question, people in totals.people.items() if self._people.get(question) != people}
        self._people = dict(totals.people) if whole else self._people | changed
        self._version = totals.version
        if not changed:
            return None
        self._whole = None
        return message_frame(Tally(self.topic, self._version, {str(question): people for question, people in changed.items()}))

    def newest_totals(self) -> bytes | None:
        """One frame with the totals of all questions; nothing while there are none to show."""
        if self._whole is None and self._people:
            self._whole = message_frame(Tally(self.topic, self._version, {str(q): people for q, people in self._people.items()}))
        return self._whole

    def skip(self, follower: Follower) -> None:
        """Remember that a follower who is behind got no tally."""
        if follower in self.public or follower in self.moderators:
            self.skipped.add(follower)

    def catch_up(self, follower: Follower) -> None:
        """Send the newest totals to a follower who skipped some."""
        if follower in self.skipped:
            self.skipped.remove(follower)
            frame = self.newest_totals()
            if frame is not None:
                follower.send(frame)
