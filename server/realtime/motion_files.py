"""What lies with a motion: the papers that who asks puts to it, and the files that members add to their opinions.

What is voted on stands from the opening on; what is said of it, from the close on.
"""

import hashlib
from collections.abc import Collection

import msgspec

from rooms.motions import Motion
from rooms.papers import may_read
from rooms.state import Room
from rooms.voting import MOST_PAPERS, attach
from server.kernel.ids import CommandId, MotionId, PaperId, Who
from server.kernel.refused import Refused
from server.realtime.consulting import uuid_of
from server.realtime.motion_reading import MotionPage, MotionReading
from server.realtime.motion_rights import casts, may_know
from server.realtime.room_access import Seat
from server.store import ballot_files as store
from server.store import ballots, meetings, motions, room_papers, topics
from server.store.ballot_files import BallotFile
from server.store.connection import Connection
from server.store.motions import Head
from server.store.room_papers import NewVersion, RoomPaper

LARGEST_FILE_BYTES = 10 << 20
"""Of a file to an opinion."""


class MotionFiles:
    """Who may know of what, ``reading`` says."""

    def __init__(self, reading: MotionReading) -> None:
        self._pool = reading.pool
        self._reading = reading

    # --- papers of the room ---

    async def papers(self, names: Collection[Who], asker: Seat, motion: MotionId) -> list[tuple[RoomPaper, int]]:
        """The papers of a motion that the asker, reading in these ``names``, may read, each with the version that was put to it."""
        linked = await store.papers_of(self._pool, motion)
        known = {one.id: one for one in await room_papers.list_papers(self._pool, asker.row.id)} if linked else {}
        return [
            (known[paper], version) for paper, version in linked if paper in known and may_read(known[paper].for_whom, asker.role, names)
        ]

    async def link(self, asker: Seat, motion: MotionId, paper: PaperId) -> None:
        """Put a paper of the room, as it is now, to a motion that is being written.

        Raises: Refused ``not_found``, ``not_allowed``, ``motion_decided``, ``too_many_papers``.
        """
        await self._writing(asker, motion)
        async with self._pool.acquire() as connection, connection.transaction():
            await _held_in(connection, asker, motion, "drafted")
            found = await room_papers.find_paper(connection, asker.row.id, paper)
            if found is None:
                raise Refused("not_found")
            if len(await store.papers_of(connection, motion)) >= MOST_PAPERS:
                raise Refused("too_many_papers", limit=MOST_PAPERS)
            await store.link_paper(connection, motion, paper, found.version)

    async def unlink(self, asker: Seat, motion: MotionId, paper: PaperId) -> None:
        """Take a paper from a motion that is being written.

        Raises: Refused ``not_found``, ``not_allowed``, ``motion_decided``.
        """
        await self._writing(asker, motion)
        async with self._pool.acquire() as connection, connection.transaction():
            await _held_in(connection, asker, motion, "drafted")
            await store.unlink_paper(connection, motion, paper)

    async def _writing(self, asker: Seat, motion: MotionId) -> None:
        if not (await self._reading.one(asker, motion)).prepares:
            raise Refused("not_allowed")

    # --- files to opinions ---

    async def files(self, page: MotionPage) -> list[BallotFile]:
        """The files that the one who has this page may read: those to an opinion of their own; after the count, for who leads, all."""
        if page.motion.rule.secret or (not (mine := _own(page)) and not _reads_all(page)):
            return []
        found = await store.list_files(self._pool, page.head.id)
        return found if _reads_all(page) else [one for one in found if one.member in mine]

    async def read(self, asker: Seat, motion: MotionId, file: int) -> tuple[BallotFile, bytes]:
        """One of them, whole.

        Raises: Refused ``not_found``, also for one that the asker may not read.
        """
        page = await self._reading.one(asker, motion)
        found = next((one for one in await self.files(page) if one.id == file), None)
        data = None if found is None else await store.read_bytes(self._pool, motion, file)
        if found is None or data is None:
            raise Refused("not_found")
        return found, data

    async def add(self, asker: Seat, id: CommandId, motion: MotionId, member: Who, file: NewVersion) -> None:
        """One more file to an opinion. A repeat of the command changes nothing.

        Raises: Refused as ``rooms.voting.attach``; ``not_found``, ``too_large``, ``conflict``.
        """
        if len(file.data) > LARGEST_FILE_BYTES:
            raise Refused("too_large", limit=LARGEST_FILE_BYTES)
        digest = _digest(motion, member, file.sha256)
        async with self._pool.acquire() as connection, connection.transaction():
            known, _ = await topics.first_answer(connection, asker.key, uuid_of(id), digest)
            if known:
                return
            await self._opinion(connection, asker, motion, member, more=True)
            await store.add_file(connection, motion, member, asker.who, file)
            await topics.remember_answer(connection, asker.key, uuid_of(id), digest, {})

    async def remove(self, asker: Seat, motion: MotionId, file: int) -> None:
        """Take a file from an opinion that the asker could give.

        Raises: Refused as ``rooms.voting.attach``; ``not_found``.
        """
        found, _ = await self.read(asker, motion, file)
        async with self._pool.acquire() as connection, connection.transaction():
            await self._opinion(connection, asker, motion, found.member, more=False)
            await store.remove_file(connection, motion, file)

    async def _opinion(self, connection: Connection, asker: Seat, motion: MotionId, member: Who, *, more: bool) -> None:
        """Hold the motion, on which the asker may add to this opinion (``more``) or take from it."""
        head, found, state = await _held_in(connection, asker, motion, "open")
        if not may_know(state, head, found, asker.who, asker.role):
            raise Refused("not_found")
        voted = {one.member for one in await ballots.standing_ballots(connection, motion)}
        files = [one for one in await store.list_files(connection, motion) if one.member == member]
        now = await motions.clock(connection)
        attach(found, member, casts(state, asker.who, now, motion), voted, len(files) if more else 0)


async def _held_in(connection: Connection, asker: Seat, motion: MotionId, phase: str) -> tuple[Head, Motion, Room]:
    """Hold a motion of the asker's room until this transaction ends; it must be in this phase."""
    held, loaded = await motions.lock_motion(connection, motion), await meetings.load(connection, asker.row.id)
    found = None if held is None else await motions.load(connection, held[0])
    if held is None or found is None or loaded is None or held[0].room != asker.row.id:
        raise Refused("not_found")
    if held[0].phase != phase:
        raise Refused("motion_decided" if phase == "drafted" else "vote_closed")
    return held[0], found, loaded[1]


def _own(page: MotionPage) -> set[Who]:
    """Whose opinions the reader of this page could give."""
    return {voter.member for voter, _, _ in page.mandates}


def _reads_all(page: MotionPage) -> bool:
    return (page.chairs or page.prepares) and page.motion.counted_at is not None


def _digest(*body: object) -> int:
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["opinion file", *body])).digest()[:8], "big", signed=True)
