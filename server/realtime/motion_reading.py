"""What a page shows of the motions of a room to one who may know of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from rooms import motions as m
from rooms.chronicle import Entry
from rooms.minutes import Attached
from rooms.motions import Ballot, Box, Motion, Voter
from rooms.seen_motions import SeenMotion, see
from rooms.state import Room
from rooms.state import Seat as ListedSeat
from rooms.tally import standing
from rooms.voting import OBJECT_WITHIN, evolve_motion, lacking
from server.kernel.ids import MotionId, Who
from server.kernel.refused import Refused
from server.realtime.motion_rights import asks, may_know
from server.realtime.room_access import Seat
from server.store import ballot_files, ballots, meetings, motions, rolls, voters
from server.store.connection import Connection, Pool
from server.store.motions import Head


class MotionPage(msgspec.Struct, frozen=True):
    """A motion as one person may know it.

    ``mandates`` are the votes that they could give, each with what was recorded, and whether anything was. ``chairs`` and ``prepares`` say
    what they may do. For who prepares: ``missing`` are the voters whose vote was not given, ``opinions`` the words on slips. ``papers``
    and ``voters`` are, after the count of a secret ballot, all papers and all who voted. ``objections`` are words about the count;
    ``withdrawn`` is why it was withdrawn, empty where it was not; ``overdue`` says that its deadline has passed and it is not closed yet.
    """

    head: Head
    motion: Motion
    seen: SeenMotion
    mandates: tuple[tuple[Voter, Ballot | None, bool], ...]
    chairs: bool
    prepares: bool
    objects: bool
    missing: tuple[Voter, ...] = ()
    opinions: tuple[tuple[str, str], ...] = ()
    papers: tuple[m.Paper, ...] = ()
    voters: tuple[str, ...] = ()
    objections: tuple[tuple[str, str], ...] = ()
    withdrawn: str = ""
    overdue: bool = False

    def name_of(self, member: Who) -> str:
        """What a voter is called."""
        return next((voter.name for voter in self.motion.roll if voter.member == member), "") or member


class Told(msgspec.Struct, frozen=True):
    """A motion with its log, the ``names`` of who has to do with it and those of the ``files`` to opinions: all that a sheet is made of,
    and more than its reader may know."""

    page: MotionPage
    log: tuple[Entry, ...]
    names: Mapping[Who, str]
    files: tuple[Attached, ...]


class MotionReading:
    """Reads motions for pages."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def one(self, asker: Seat, motion: MotionId) -> MotionPage:
        """One motion of the asker's room.

        Raises: Refused ``not_found``, also for what the asker may not know of.
        """
        async with self.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            head = await motions.read_head(connection, motion)
            pages = [] if head is None or head.room != asker.row.id else await self._look(connection, asker, [head])
        if not pages:
            raise Refused("not_found")
        return pages[0]

    async def all(self, asker: Seat) -> list[MotionPage]:
        """The motions of a room of which the asker may know, as ``motions.motions_of``."""
        async with self.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            heads = await motions.motions_of(connection, asker.row.id)
            return await self._look(connection, asker, heads)

    async def told(self, asker: Seat, motion: MotionId) -> Told:
        """One motion of the asker's room with its whole log.

        Raises: as ``one``.
        """
        page = await self.one(asker, motion)
        whose = {who for voter in page.motion.roll for who in (voter.member, *voter.substitutes)} | {page.motion.chair or asker.who}
        async with self.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            log = await motions.read_log(connection, page.head)
            names = await voters.read_names(connection, page.head.room, whose)
            files = await ballot_files.read_names(connection, [motion])
        return Told(page, tuple(Entry(number, event.at, event) for number, event in enumerate(log, start=1)), names, files)

    async def _look(self, connection: Connection, asker: Seat, heads: Sequence[Head]) -> list[MotionPage]:
        """The pages of these motions of the asker's room, but for those of which the asker may not know."""
        found = await meetings.load(connection, asker.row.id)
        if found is None:
            return []
        now, listed = await motions.clock(connection), await rolls.read_roll(connection, asker.row.id)
        pages = [await self._page(connection, asker, head, found[1], listed, now) for head in heads]
        return [page for page in pages if page is not None]

    async def _page(
        self, connection: Connection, asker: Seat, head: Head, state: Room, listed: Sequence[ListedSeat], now: datetime
    ) -> MotionPage | None:
        log = await motions.read_log(connection, head)
        motion: Motion | None = None
        for event in log:
            motion = evolve_motion(motion, event)
        if motion is None:
            return None
        context = asks(state, head, asker.who, asker.role, None, now, listed)
        officer = context.chairs or context.prepares
        if not may_know(state, head, motion, asker.who, asker.role):
            return None
        box = await _box(connection, head)
        voted = {one.member for one in box.voted} | {one.member for one in box.ballots}
        seen = see(motion, box.ballots, len(voted), asker.who, officer)
        if seen is None:
            return None
        by_member = standing(box.ballots)
        names = {voter.member: voter.name or voter.member for voter in motion.roll}
        mine = [voter for voter in motion.roll if asker.who in (voter.member, *voter.substitutes)]
        counted = motion.counted_at is not None
        objects = bool(mine) and motion.counted_at is not None and now < motion.counted_at + OBJECT_WITHIN
        objections = tuple((names.get(one.who, one.who), one.words) for one in log if isinstance(one, m.Objected))
        return MotionPage(
            *(head, motion, seen),
            tuple((voter, by_member.get(voter.member), voter.member in voted) for voter in mine),
            context.chairs,
            context.prepares,
            objects,
            missing=tuple(lacking(motion, voted)) if officer and motion.phase == "open" else (),
            opinions=_opinions(by_member.values(), names) if officer and counted else (),
            papers=box.papers if counted else (),
            voters=tuple(names.get(one.member, one.member) for one in box.voted) if counted and motion.rule.secret else (),
            objections=objections,
            withdrawn=next((one.reason for one in log if isinstance(one, m.MotionWithdrawn)), ""),
            overdue=motion.phase == "open" and motion.closes_at is not None and motion.closes_at <= now,
        )


def _opinions(cast: Iterable[Ballot], names: Mapping[Who, str]) -> tuple[tuple[str, str], ...]:
    return tuple((names.get(one.member, one.member), one.opinion) for one in cast if one.opinion)


async def _box(connection: Connection, head: Head) -> Box:
    """What is cast so far: of a secret ballot that is open, only whose vote was given."""
    if not head.secret:
        return Box(tuple(await ballots.standing_ballots(connection, head.id)))
    if head.phase != "open":
        return await ballots.read_box(connection, head.id)
    who = await ballots.who_voted_secretly(connection, head.id)
    return Box(voted=tuple(m.Voted(one, one, "slip") for one in who))
