"""The papers of a room from outside its meeting: who asks is placed in the room as at its door, and knows of nothing else there is."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from consultations.tree import search_key
from rooms.papers import ForWhom, may_read, names_of
from rooms.state import NOTHING, Room
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, PaperId, RoomId, Who
from server.kernel.refused import Refused
from server.kernel.words import clean
from server.realtime.consulting import uuid_of
from server.realtime.room_access import Access, Seat
from server.store import meetings, topics
from server.store import room_papers as store
from server.store.connection import Connection, Database, Pool
from server.store.requests import take_place
from server.store.room_papers import NewVersion, Opening, RoomPaper, Version

TITLE_LIMIT = 300
NOTE_LIMIT = 5_000
MOST_PAPERS = 200
MOST_VERSIONS = 1_000
"""Versions of all the papers that a room ever had: what is taken out is kept."""
VERSIONS_PER_DAY = 100
"""New papers and versions that one person puts into one room."""
MOST_NOTES = 2_000
"""Notes of one person on the papers of one room."""
MOST_FOUND = 100
SHORTEST_SEARCH = 2
_SNIPPET = 160

Given = Literal["all", "members", "mine"]
"""For whom a new paper is: ``mine`` is for its giver alone, until an item of the agenda has it."""


class Found(msgspec.Struct, frozen=True):
    """A page that holds what was searched for, with words around it."""

    paper: PaperId
    title: str
    page: int
    words: str


class Place(msgspec.Struct, frozen=True):
    """Who asks, in the room: in whose ``names`` one reads, and whether one ``prepares`` its papers."""

    seat: Seat
    names: tuple[Who, ...]
    prepares: bool


class PaperShelf:
    """``followed`` gives the state of a room that is known in this process anyway."""

    def __init__(self, pool: Pool, access: Access, followed: Callable[[RoomId], Room | None] = lambda _: None) -> None:
        self._pool = pool
        self._access = access
        self._followed = followed

    async def place(self, viewer: Viewer, room: RoomId) -> Place:
        """Where the viewer stands. Guests, and officials of other agencies, read papers while they are inside.

        Raises: Refused ``not_found``.
        """
        seat = await self._access.seat(viewer, room)
        state = await self._state(room)
        if seat.role == "guest" and seat.who not in state.members:
            raise Refused("not_found")
        prepares = seat.role == "host" or may(viewer, Action.EDIT_ROOM, agency=seat.row.agency)
        return Place(seat, names_of(state, seat.who), prepares)

    # --- reading ---

    async def papers(self, place: Place) -> list[RoomPaper]:
        """The papers of which one may know, in the order in which they came."""
        return [paper for paper in await store.list_papers(self._pool, place.seat.row.id) if _knows(place, paper)]

    async def paper(self, place: Place, paper: PaperId) -> RoomPaper:
        """One of them.

        Raises: Refused ``not_found``, also for one of which the reader may not know.
        """
        return await self._paper(self._pool, place, paper)

    async def versions(self, paper: RoomPaper) -> list[Version]:
        """The versions of a paper, the newest first."""
        return await store.list_versions(self._pool, paper.id)

    async def part(self, paper: RoomPaper, version: int, start: int, length: int) -> bytes:
        """Bytes of a version from byte ``start`` on."""
        return await store.read_part(self._pool, paper.id, version, start, length)

    async def opened(self, place: Place, paper: RoomPaper, version: int) -> None:
        """Keep that the reader has opened a version."""
        await store.note_opening(self._pool, paper.id, version, place.seat.who)

    async def openings(self, place: Place, paper: RoomPaper) -> list[Opening]:
        """Who has opened a paper, for who prepares the papers; nothing for others."""
        return await store.list_openings(self._pool, paper.id) if place.prepares else []

    async def search(self, place: Place, query: str, within: PaperId | None = None) -> list[Found]:
        """The pages that hold ``query``, whatever its accents; at most 100."""
        key = search_key(query)
        papers = {paper.id: paper.title for paper in await self.papers(place) if within in (None, paper.id)}
        if len(key) < SHORTEST_SEARCH or not papers:
            return []
        found = await store.search_pages(self._pool, list(papers), key, MOST_FOUND)
        around = await asyncio.to_thread(lambda: [_around(text, key) for _, _, text in found])  # a hundred pages may be long ones
        return [Found(paper, papers[paper], page, words) for (paper, page, _), words in zip(found, around, strict=True)]

    # --- changing ---

    async def add(self, viewer: Viewer, room: RoomId, id: CommandId, title: str, given: Given, file: NewVersion) -> PaperId:
        """A new paper. A repeat of the command gets the first answer.

        Raises: Refused ``not_found``, ``not_allowed``, ``empty``, ``too_long``, ``too_many_papers``, ``conflict``,
            ``too_many_versions``, ``rate_limited``.
        """
        place = await self._preparer(viewer, room)
        title = clean(title, "title", TITLE_LIMIT, lines=False)
        for_whom = ForWhom("all", (place.seat.who,)) if given == "mine" else ForWhom(given)
        key, digest = place.seat.key, _digest("add", room, title, given, file.sha256)
        async with self._pool.acquire() as connection, connection.transaction():
            known, answer = await topics.first_answer(connection, key, uuid_of(id), digest)
            if known:
                return PaperId(answer)
            if await store.count_papers(connection, room) >= MOST_PAPERS:
                raise Refused("too_many_papers", limit=MOST_PAPERS)
            await _bounded(connection, place)
            paper = await store.add_paper(connection, room, title, for_whom, place.seat.who)
            await store.add_version(connection, paper, file)
            await topics.remember_answer(connection, key, uuid_of(id), digest, paper)
        return paper

    async def add_version(self, viewer: Viewer, room: RoomId, paper: PaperId, id: CommandId, file: NewVersion) -> int:
        """A new version of a paper; those before stay. Its number.

        Raises: Refused ``not_found``, ``not_allowed``, ``conflict``, ``too_many_versions``, ``rate_limited``.
        """
        place = await self._preparer(viewer, room)
        key, digest = place.seat.key, _digest("version", room, paper, file.sha256)
        async with self._pool.acquire() as connection, connection.transaction():
            known, answer = await topics.first_answer(connection, key, uuid_of(id), digest)
            if known:
                return int(answer)
            await self._paper(connection, place, paper)
            await _bounded(connection, place)
            number = await store.add_version(connection, paper, file)
            await topics.remember_answer(connection, key, uuid_of(id), digest, number)
        return number

    async def remove(self, viewer: Viewer, room: RoomId, paper: PaperId) -> None:
        """Take a paper out.

        Raises: Refused ``not_found``, ``not_allowed``.
        """
        place = await self._preparer(viewer, room)
        async with self._pool.acquire() as connection, connection.transaction():
            await self._paper(connection, place, paper)
            await store.remove_paper(connection, paper)

    # --- one's own notes ---

    async def notes(self, viewer: Viewer, paper: RoomPaper) -> list[tuple[int, str]]:
        """The viewer's own notes on a paper; guests have none."""
        return [] if viewer.person is None else await store.read_notes(self._pool, viewer.person, paper.id)

    async def write_note(self, viewer: Viewer, place: Place, paper: PaperId, page: int, text: str) -> None:
        """Keep the viewer's own note on a page; an empty one is forgotten.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``too_long``, ``too_many_notes``.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        found = await self.paper(place, paper)
        if not 1 <= page <= found.pages:
            raise Refused("bad_page", field="page", limit=found.pages)
        words = clean(text, "text", NOTE_LIMIT) if text.strip() else ""
        if not await store.write_note(self._pool, viewer.person, place.seat.row.id, paper, page, words, MOST_NOTES):
            raise Refused("too_many_notes", field="text", limit=MOST_NOTES)

    # --- for the live path ---

    async def check_known(self, seat: Seat, state: Room, papers: Sequence[PaperId]) -> dict[PaperId, RoomPaper]:
        """That all of these belong to the room and the one in ``seat`` may know of them.

        Raises: Refused ``not_found``.
        """
        place = Place(seat, names_of(state, seat.who), prepares=False)
        known = {paper.id: paper for paper in await self.papers(place)}
        if any(paper not in known for paper in papers):
            raise Refused("not_found")
        return {paper: known[paper] for paper in papers}

    # --- inside ---

    async def _preparer(self, viewer: Viewer, room: RoomId) -> Place:
        place = await self.place(viewer, room)
        if not place.prepares:
            raise Refused("not_allowed")
        return place

    async def _paper(self, database: Database, place: Place, paper: PaperId) -> RoomPaper:
        found = await store.find_paper(database, place.seat.row.id, paper)
        if found is None or not _knows(place, found):
            raise Refused("not_found")
        return found

    async def _state(self, room: RoomId) -> Room:
        known = self._followed(room)
        if known is not None:
            return known
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            found = await meetings.load(connection, room)
        return NOTHING if found is None else found[1]


async def _bounded(connection: Connection, place: Place) -> None:
    """That the room, and the one who puts a version into it, have not had too many.

    Raises: Refused ``too_many_versions`` (with ``limit``), ``rate_limited``.
    """
    room = place.seat.row.id
    if await store.count_versions(connection, room) >= MOST_VERSIONS:
        raise Refused("too_many_versions", field="file", limit=MOST_VERSIONS)
    subject = place.seat.key + room.to_bytes(8, "big")
    wait_s = await take_place(connection, "paper version", subject, VERSIONS_PER_DAY, timedelta(days=1))
    if wait_s:
        raise Refused("rate_limited", field="file", retry_after_s=wait_s)


def _knows(place: Place, paper: RoomPaper) -> bool:
    return may_read(paper.for_whom, place.seat.role, place.names)


def _around(text: str, key: str) -> str:
    """The words of a page around what was found, on one line."""
    words = text.split()
    page = search_key(text)  # of as many words, but for those of nothing but marks
    start = page.count(" ", 0, max(0, page.find(key)))
    first = max(0, start - 6)
    return ("… " if first else "") + " ".join(words[first : start + key.count(" ") + 8])[:_SNIPPET]


def _digest(*body: object) -> int:
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["paper", *body])).digest()[:8], "big", signed=True)
