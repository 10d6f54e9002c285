"""The record of a meeting as people use it: who may read it, and what chair and secretary write with it."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from rooms.approvals import Approved, Text, approve, reopen, standing, versions
from rooms.approvals import Context as Approving
from rooms.chronicle import Chronicle, Entry, approves, chronicle, lines_for, may_know, prepares, read_log, took_part
from rooms.conclusions import Conclude, Concluded, Conclusion, Context, StrikeConclusion, decide_conclusion
from rooms.erasures import Context as ErasureContext
from rooms.erasures import LineErased, erase_line
from rooms.freezing import document_of, frozen, marked, stamp
from rooms.minutes import SENTENCE_LIMIT, Cover, Document, Edit, Kind, draft, reconcile, revise
from rooms.record import Fault, check
from rooms.state import Address, Line
from server.identity.policy import Action, may
from server.identity.rooms import role_in_room
from server.identity.viewer import Viewer
from server.jobs.erase_list import ERASED_JOB
from server.kernel.ids import CommandId, ConclusionId, LineId, MeetingId, PersonId, RoomId, Who, person_in_room
from server.kernel.refused import Refused
from server.kernel.words import clean
from server.realtime.consulting import person_key, uuid_of
from server.store import ballot_files, jobs, meetings, minutes, record, rooms, topics
from server.store.connection import Connection, Database, Pool
from server.store.minutes import Written
from server.store.record import Held, Record
from server.store.rooms import RoomRow


class OnRecord(msgspec.Struct, frozen=True):
    """A meeting as its record tells it. Of one that is not as it was, ``log`` ends before the ``fault``. ``who`` reads: all of it, or if
    ``came_only`` conclusions and what was approved. ``keeps`` says that they may write conclusions and minutes, ``approves`` that they may
    approve these."""

    room: RoomRow
    held: Held
    record: Record
    log: tuple[Entry, ...]
    told: Chronicle
    fault: Fault | None
    who: Who
    came_only: bool
    keeps: bool
    approves: bool

    @property
    def digest(self) -> str:
        """That of the newest link, in hex."""
        return self.record.links[-1].digest if self.record.links else ""


class Paper(msgspec.Struct, frozen=True):
    """Minutes or a notice as they stand: with the cover and what the secretary wrote, of which ``applied`` has a place in them; or as they
    were ``approved``, with the ``digest`` of that text."""

    document: Document
    applied: tuple[Written, ...] = ()
    seen: int = 0
    """The number of the newest thing that was written, also one without a place."""
    approved: Approved | None = None
    digest: str = ""


class Minuting:
    """Meetings that are or were held in rooms. ``concluded`` is called after COMMIT with a room in which a conclusion was written."""

    def __init__(self, pool: Pool, concluded: Callable[[RoomId], None] = lambda _: None) -> None:
        self._pool = pool
        self._concluded = concluded

    # --- reading ---

    async def held(self, viewer: Viewer, slug: str, before: int, limit: int) -> tuple[RoomRow, list[Held]]:
        """A room and at most ``limit`` of its meetings with numbers below ``before``, the newest first: all, or of an official who is not
        concerned by all those in which they were.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``.
        """
        async with self._pool.acquire() as connection:
            room = await self._room(connection, viewer, slug)
            every = concerned(viewer, room)
            if not every and not (room.known and _official(viewer)):
                raise _strange(viewer, room)
            return room, await record.list_held(connection, room.id, before, limit, person_in_room(_person(viewer)), every=every)

    async def open(self, viewer: Viewer, slug: str, meeting: int, *, also_came: bool = False) -> OnRecord:
        """One meeting with its whole record, checked. With ``also_came`` also for an official who was in it and is ``came_only``.

        Raises: as ``held``.
        """
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            return await self._open(connection, viewer, slug, meeting, also_came=also_came)

    async def letters(self, of: OnRecord) -> dict[LineId, Address]:
        """The private lines of this meeting that the reader may read, with to whom they were; ``of.log`` has their words."""
        return await meetings.read_letters(self._pool, of.held.id, of.who)

    async def paper(self, of: OnRecord, kind: Kind, *, whole: bool = False, version: int | None = None) -> Paper:
        """Minutes or notice of this meeting; ``whole`` with what the reader may know and others may not. As they were approved, if they
        stand so and for each ``version``.

        Raises: Refused ``not_found`` for an unknown version, ``record_broken`` for one that is not kept as it was approved,
            ``paper_not_issued`` to who is ``came_only`` while none stands approved.
        """
        approved = standing(of.told.approvals, kind)
        if version is not None:
            approved = next((one for one in versions(of.told.approvals, kind) if one.version == version), None)
            if approved is None:
                raise Refused("not_found")
        if approved is not None:
            return _as_approved(approved, of.who if whole else None)
        if of.came_only:
            raise Refused("paper_not_issued")
        cover = await _cover(self._pool, of, kind)
        written = await minutes.read_edits(self._pool, of.held.id, kind)
        return await asyncio.to_thread(_paper, of, kind, cover, written, of.who if whole else None)

    async def to_be_approved(self, of: OnRecord, kind: Kind) -> str:
        """What stands for the texts that would be approved now: ``approve`` refuses others."""
        return stamp(await self._texts(self._pool, of, kind))

    # --- writing ---

    async def conclude(self, viewer: Viewer, id: CommandId, slug: str, meeting: int, command: Conclude | StrikeConclusion) -> None:
        """Write a conclusion, or strike one out. Sent twice it is done once.

        Raises: as ``open`` and ``decide_conclusion``; Refused ``meeting_over``, ``record_broken``, ``conflict``.
        """
        digest = _digest("conclude", slug, meeting, type(command).__name__, command)
        async with self._pool.acquire() as connection, connection.transaction():
            now = await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            if await self._known(connection, viewer, id, digest):
                return
            if of.told.ended is not None:
                raise Refused("meeting_over")
            state = {id: one for id, (one, _) in of.told.conclusions.items() if knows(of, one)}
            event = decide_conclusion(state, command, Context(now, of.keeps, of.told.item, _next_conclusion(of.log)))
            await record.append(connection, of.held.id, now, [event])
            await self._remember(connection, viewer, id, digest)
        self._concluded(of.room.id)

    async def write(
        self, viewer: Viewer, id: CommandId, slug: str, meeting: int, kind: Kind, edit: Edit, seen: int, *, whole: bool
    ) -> None:
        """Put a sentence in the place of one, or with an empty ``key`` a new one after another. ``seen`` is the number of the newest edit
        that the writer knew.

        Raises: as ``open``; Refused ``not_allowed``, ``record_broken``, ``edited_meanwhile``, ``not_found``, ``empty``, ``too_long``,
            ``paper_approved``.
        """
        digest = _digest("write", slug, meeting, kind, edit, whole)
        async with self._pool.acquire() as connection, connection.transaction():
            await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            if await self._known(connection, viewer, id, digest):
                return
            _require_open(of, kind)
            cover = await _cover(connection, of, kind)
            written = await minutes.read_edits(connection, of.held.id, kind)
            if any(one.number > seen and one.edit.key == edit.key for one in written):
                raise Refused("edited_meanwhile", field="text")
            number = await minutes.next_number(connection, of.held.id, kind)
            text = clean(edit.text, "text", SENTENCE_LIMIT, required=not edit.key)
            edit = Edit(edit.key or f"own/{number}", text, edit.after)
            before = (await asyncio.to_thread(_paper, of, kind, cover, written, of.who if whole else None)).document
            if revise(before, [edit]) != before:
                await minutes.write(connection, of.held.id, kind, number, edit, _person(viewer))
            await self._remember(connection, viewer, id, digest)

    async def undo(self, viewer: Viewer, slug: str, meeting: int, kind: Kind, number: int) -> None:
        """Take back what was written last, which has this number.

        Raises: as ``open``; Refused ``not_allowed``, ``record_broken``, ``edited_meanwhile``, ``paper_approved``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            _require_open(of, kind)
            if not await minutes.undo(connection, of.held.id, kind, number):
                raise Refused("edited_meanwhile")

    async def place_cover(self, viewer: Viewer, slug: str, meeting: int, kind: Kind, cover: Cover) -> None:
        """Give minutes or notice another cover.

        Raises: as ``open``; Refused ``not_allowed``, ``record_broken``, ``paper_approved``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            _require_open(of, kind)
            await minutes.place_cover(connection, of.held.id, kind, cover)

    async def approve(self, viewer: Viewer, id: CommandId, slug: str, meeting: int, kind: Kind, seen: str) -> None:
        """Approve a paper: its text stands from now on. ``seen`` is what ``to_be_approved`` gave for what was read.

        Raises: as ``open``; Refused as ``rooms.approvals.approve``; ``record_broken``, ``edited_meanwhile``, ``does_not_agree`` while the
            paper says something else than the record; ``conflict``.
        """
        digest = _digest("approve", slug, meeting, kind)
        async with self._pool.acquire() as connection, connection.transaction():
            now = await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            if await self._known(connection, viewer, id, digest):
                return
            texts = await self._texts(connection, of, kind)
            approved = approve(of.told.approvals, kind, texts, _approving(of, now))
            if stamp(texts) != seen:
                raise Refused("edited_meanwhile")
            if await asyncio.to_thread(_disagrees, of, texts):
                raise Refused("does_not_agree")
            await record.append(connection, of.held.id, now, [approved])
            await self._remember(connection, viewer, id, digest)

    async def reopen(self, viewer: Viewer, id: CommandId, slug: str, meeting: int, kind: Kind) -> None:
        """Let an approved paper be written on, for another version.

        Raises: as ``open``; Refused as ``rooms.approvals.reopen``; ``record_broken``, ``conflict``.
        """
        digest = _digest("reopen", slug, meeting, kind)
        async with self._pool.acquire() as connection, connection.transaction():
            now = await record.hold(connection, MeetingId(meeting))
            of = await self._kept(connection, viewer, slug, meeting)
            if await self._known(connection, viewer, id, digest):
                return
            await record.append(connection, of.held.id, now, [reopen(of.told.approvals, kind, _approving(of, now))])
            await self._remember(connection, viewer, id, digest)

    async def lines(self, of: OnRecord) -> list[tuple[int, Line]]:
        """What the reader may read of the chat, each line with the number of its event."""
        return lines_for(of.log, of.told, of.who, await self.letters(of))

    async def erase_line(self, viewer: Viewer, id: CommandId, slug: str, meeting: int, number: int) -> None:
        """Destroy the words of a line of the chat, and the name beside it, at its author's demand. Sent twice it is done once.

        Raises: as ``open``; Refused as ``rooms.erasures.erase_line``; ``record_broken``, ``conflict``.
        """
        digest = _digest("erase_line", slug, meeting, number)
        async with self._pool.acquire() as connection, connection.transaction():
            now = await record.hold(connection, MeetingId(meeting))
            of = await self._open(connection, viewer, slug, meeting)
            if await self._known(connection, viewer, id, digest):
                return
            if of.fault is not None:
                raise Refused("record_broken")
            lines = lines_for(of.log, of.told, of.who, await meetings.read_letters(connection, of.held.id, of.who))
            erased = erase_line(lines, number, erasing(of, now))
            await erase_on_record(connection, of.held.id, dict(lines)[number].id, erased, now)
            await jobs.add_job(connection, ERASED_JOB, {})
            await self._remember(connection, viewer, id, digest)

    # --- inside ---

    async def _texts(self, database: Database, of: OnRecord, kind: Kind) -> tuple[Text, ...]:
        cover = await _cover(database, of, kind)
        written = await minutes.read_edits(database, of.held.id, kind)
        return await asyncio.to_thread(frozen, of.told, lambda reader: _paper(of, kind, cover, written, reader).document)

    async def _room(self, connection: Connection, viewer: Viewer, slug: str) -> RoomRow:
        room = await rooms.find_room(connection, slug, viewer.person)
        if room is None or viewer.person is None:
            raise Refused("not_found" if viewer.signed_in else "sign_in_needed")
        return room

    async def _open(self, connection: Connection, viewer: Viewer, slug: str, meeting: int, *, also_came: bool = False) -> OnRecord:
        room = await self._room(connection, viewer, slug)
        who = person_in_room(_person(viewer))
        held = await record.read_held(connection, room.id, meeting, who)
        if held is None:
            raise Refused("not_found")
        kept = await record.read(connection, held.id)
        fault, log, told = await asyncio.to_thread(_read, held.id, kept)
        came_only = not concerned(viewer, room) and who not in {seat.who for seat in told.roll}
        if came_only and not (also_came and _official(viewer) and took_part(log, who)):
            raise _strange(viewer, room)
        host = room.listed == "host" or may(viewer, Action.EDIT_ROOM, agency=room.agency)
        return OnRecord(room, held, kept, log, told, fault, who, came_only, prepares(told, who, host), approves(told, who, host))

    async def _kept(self, connection: Connection, viewer: Viewer, slug: str, meeting: int) -> OnRecord:
        of = await self._open(connection, viewer, slug, meeting)
        if not of.keeps:
            raise Refused("not_allowed")
        if of.fault is not None:
            raise Refused("record_broken")
        return of

    async def _known(self, connection: Connection, viewer: Viewer, id: CommandId, digest: int) -> bool:
        known, _ = await topics.first_answer(connection, person_key(_person(viewer)), uuid_of(id), digest)
        return known

    async def _remember(self, connection: Connection, viewer: Viewer, id: CommandId, digest: int) -> None:
        await topics.remember_answer(connection, person_key(_person(viewer)), uuid_of(id), digest, True)


async def erase_on_record(connection: Connection, meeting: MeetingId, line: LineId, erased: LineErased, now: datetime) -> None:
    """The words of a line go, of the chat and beside the record, which says so. The caller holds the record."""
    await record.append(connection, meeting, now, [erased])
    await record.erase(connection, meeting, erased.number)
    await meetings.erase_line(connection, meeting, line, erased.at)


def erasing(of: OnRecord, now: datetime) -> ErasureContext:
    """As what the reader asks to have a line erased."""
    return ErasureContext(now, of.who, of.keeps, of.told.ended is not None)


def knows(of: OnRecord, conclusion: Conclusion) -> bool:
    """Whether the reader may know of a conclusion."""
    return may_know(of.told, conclusion.item, of.who)


def concerned(viewer: Viewer, room: RoomRow) -> bool:
    """Whether all meetings concern the viewer: a host or member of the room, and who may change it. Others read of those on whose roll
    they were, and officials what was issued of those in which they were: else what was said without them does not concern them."""
    return room.listed in ("host", "member") or may(viewer, Action.EDIT_ROOM, agency=room.agency)


def _official(viewer: Viewer) -> bool:
    return may(viewer, Action.KNOCK_AT_ROOM)


def _strange(viewer: Viewer, room: RoomRow) -> Refused:
    """To whom a meeting is not; nor is there one to whom not even the room is."""
    return Refused("not_allowed" if role_in_room(viewer, room.agency, room.listed) is not None else "not_found")


def _person(viewer: Viewer) -> PersonId:
    assert viewer.person is not None
    return viewer.person


def _read(meeting: MeetingId, kept: Record) -> tuple[Fault | None, tuple[Entry, ...], Chronicle]:
    fault = check(meeting, kept.links, kept.openings, kept.known)
    sound = [link for link in kept.links if fault is None or link.number < fault.number]
    numbers = {link.number for link in sound}
    log = tuple(read_log(sound, [one for one in kept.openings if one.number in numbers]))
    return fault, log, chronicle(log)


async def _cover(database: Database, of: OnRecord, kind: Kind) -> Cover:
    """What the record does not say of the meeting: what was typed, and for minutes the names of the files to opinions."""
    typed = await minutes.read_cover(database, of.held.id, kind) or Cover(of.room.agency_name)
    return replace(typed, files=await ballot_files.read_names(database, [*of.told.drafts])) if kind == "minutes" else typed


def _paper(of: OnRecord, kind: Kind, cover: Cover, written: list[Written], reader: Who | None) -> Paper:
    document = draft(kind, of.log, replace(cover, reader=reader), of.digest)
    applied = []
    for one in written:
        try:
            document = revise(document, [one.edit])
        except Refused:  # what it was written to is not there: of an item of which one may not know, or a conclusion since struck out
            continue
        applied.append(one)
    document = marked(document, len(versions(of.told.approvals, kind)) + 1)
    return Paper(document, tuple(applied), written[-1].number if written else 0)


def _as_approved(approved: Approved, reader: Who | None) -> Paper:
    text = approved.text_for(reader)
    try:
        return Paper(document_of(text), approved=approved, digest=text.digest)
    except ValueError:
        raise Refused("record_broken") from None


def _approving(of: OnRecord, now: datetime) -> Approving:
    return Approving(now, of.who, of.approves, of.told.ended is not None)


def _require_open(of: OnRecord, kind: Kind) -> None:
    if standing(of.told.approvals, kind) is not None:
        raise Refused("paper_approved")


def _disagrees(of: OnRecord, texts: tuple[Text, ...]) -> bool:
    """Whether one of the texts says something else than the record."""
    return any(
        reconcile(replace(paper, cover=replace(paper.cover, reader=text.readers[0] if text.readers else None)), of.log)
        for text in texts
        for paper in (document_of(text),)
    )


def _next_conclusion(log: tuple[Entry, ...]) -> ConclusionId:
    return ConclusionId(max((entry.event.conclusion.id for entry in log if isinstance(entry.event, Concluded)), default=0) + 1)


def _digest(*body: object) -> int:
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["record", *body])).digest()[:8], "big", signed=True)
