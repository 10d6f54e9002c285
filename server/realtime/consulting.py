"""Carrying out what people ask of a consultation: load, decide, append, commit, and only then tell.

Forms and the live socket come here alike. A command is one transaction that holds the consultation's topic, so that what was
decided is still true when it is written; its first answer is kept for repeats.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from consultations import commands as c
from consultations import events as e
from consultations.contributing import check_support
from consultations.contribution import Contribution
from consultations.decide import Context, decide
from consultations.papers import PaperKind
from consultations.questions import check_response
from consultations.state import NOTHING, next_deadline
from consultations.tree import search_key
from server.identity.policy import Action, may, require
from server.identity.viewer import Viewer
from server.jobs.erase_list import ERASED_JOB
from server.kernel.ids import AgencyId, CommandId, ConsultationId, ContributionId, NodeId, PersonId, QuestionId, consultation_topic
from server.kernel.refused import Refused
from server.realtime import needs
from server.realtime.answers import Answer as Answer
from server.realtime.answers import answer_to, entered
from server.realtime.notices import send_notices
from server.realtime.reissuing import reissue
from server.realtime.speaking import Speaking
from server.realtime.texts import Text as Text
from server.realtime.texts import statements_of as statements_of
from server.realtime.texts import text_of as text_of
from server.realtime.votes import voter_key
from server.store import consultations as store
from server.store import contributions, dispositions, drafts, jobs, papers, people, questions, topics
from server.store.connection import Connection, Pool
from server.store.erasing import hold_person
from server.store.requests import take_place

TICK = "consultation_tick"
"""The kind of job that wakes a consultation at its opening and at its close."""

_HOUR = timedelta(hours=1)

Told = Callable[[ConsultationId, list[e.AnyEvent]], None]
"""Called after COMMIT with the consultation and what happened in it."""


Counted = Callable[[ConsultationId, set[QuestionId]], None]
"""Called after COMMIT with the questions whose totals changed."""

Also = Callable[[Connection, list[e.AnyEvent]], Awaitable[None]]
"""Writes what goes with the events, in their transaction."""

OfEditors = (
    c.Describe | c.Publish | c.Close | c.Suspend | c.Resume | c.Cancel | c.Archive | c.RemovePaper | c.Dispose | c.PublishAnswers
    | c.Ask | c.AddPoll | c.OpenPoll | c.ClosePoll
)  # fmt: skip


class File(msgspec.Struct, frozen=True):
    """A file as it was sent. Whoever took it has looked at what it is: ``media_type`` is not what the sender said."""

    name: str
    media_type: str
    data: bytes


class Consulting:
    """The doors of all consultations. ``per_hour`` is how often one person may contribute, or edit what they contributed."""

    def __init__(self, pool: Pool, told: Told, per_hour: int = 60, counted: Counted = lambda consultation, questions: None) -> None:
        self._pool = pool
        self._counted = counted
        self._told = told
        self._per_hour = per_hour
        self._speaking = Speaking()

    async def contribute(
        self, viewer: Viewer, id: CommandId, consultation: ConsultationId, node: str | None, text: str, name: str
    ) -> Answer:
        """Record an opinion. Raises Refused as ``consultations.decide`` says."""
        return await self.speak(viewer, id, consultation, c.Contribute(None if node is None else NodeId(node), text, name))

    async def speak(self, viewer: Viewer, id: CommandId, consultation: ConsultationId, command: c.Contribute | c.Enter) -> Answer:
        """Record an opinion with all that may go with it, or opinions that were given elsewhere."""
        return await self._carry_out(viewer, id, consultation, command)

    async def enter(
        self, viewer: Viewer, id: CommandId, consultation: ConsultationId, command: c.Enter, written: store.Written, also: Also
    ) -> Answer:
        """Record opinions that were given elsewhere, thousands perhaps. ``written`` is told how many are, and ``also`` is written with
        them. Raises Refused as ``consultations.contributing.enter`` says."""
        return await self._carry_out(viewer, id, consultation, command, also, written)

    async def change_own(self, viewer: Viewer, id: CommandId, command: c.Edit | c.Withdraw | c.Erase | c.Appeal) -> Answer:
        """What an author does with one's own contribution."""
        return await self._carry_out(viewer, id, None, command)

    async def withdraw(self, viewer: Viewer, id: CommandId, contribution: ContributionId) -> Answer:
        """Take one's own contribution back."""
        return await self.change_own(viewer, id, c.Withdraw(contribution))

    async def rule(self, viewer: Viewer, id: CommandId, command: c.Rule) -> Answer:
        """A moderator's ruling on one contribution."""
        return await self.moderate(viewer, id, command)

    async def moderate(self, viewer: Viewer, id: CommandId, command: c.Rule | c.RuleMany | c.UndoRulings | c.DecideAppeal) -> Answer:
        """A moderator's ruling on one contribution or on many of one consultation, or the decision on an appeal."""
        return await self._carry_out(viewer, id, None, command)

    async def support(self, viewer: Viewer, contribution: ContributionId, supported: bool) -> int:
        """Record one's support, or take it back; how many people support it then. Doing it twice changes nothing.

        Raises: Refused as ``consultations.contributing.check_support`` says.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, viewer.person)
            consultation = await contributions.consultation_of(connection, contribution)
            state = NOTHING if consultation is None else await store.load(connection, consultation, [contribution])
            if consultation is None or state.agency is None:
                raise Refused("not_found")
            context = context_of(viewer, state.agency, await store.database_now(connection))
            check_support(state, contribution, context)
            voter = voter_key(await contributions.voter_secret(connection, consultation), viewer.person)
            return await contributions.support(connection, contribution, voter, supported)

    async def respond(self, viewer: Viewer, question: QuestionId, choices: Sequence[int], text: str = "") -> None:
        """Record what a person answers to a question of several options, of an order or of words; the last answer counts.

        Raises: Refused ``sign_in_needed``, ``not_found``, ``not_allowed``, ``not_open``, ``closed``, ``unread``,
            and as ``consultations.questions.check_response`` says.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, viewer.person)
            place = await questions.find_place(connection, question)
            if place is None or place.phase == "draft":
                raise Refused("not_found")
            require(viewer, Action.RESPOND, agency=AgencyId(place.agency))
            if place.phase in ("announced", "suspended") or place.question.state == "waiting":
                raise Refused("not_open")
            if place.phase != "open" or place.question.state == "closed":
                raise Refused("closed")
            kept, words = check_response(place.question.asked, choices, text)
            voter = voter_key(place.secret, viewer.person)
            if place.question.asked.whole and not await questions.has_opened_text(connection, place.consultation, voter):
                raise Refused("unread")
            await questions.respond(connection, question, voter, kept, words)
        self._counted(place.consultation, {question})

    async def open_text(self, viewer: Viewer, consultation: ConsultationId) -> None:
        """Record that a person opens the text, which they do before they answer a question about the whole of it.

        Raises: Refused ``sign_in_needed``, ``not_found``, ``not_allowed``.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, viewer.person)
            agency = await store.agency_of(connection, consultation)
            if agency is None:
                raise Refused("not_found")
            require(viewer, Action.RESPOND, agency=agency)
            voter = voter_key(await contributions.voter_secret(connection, consultation), viewer.person)
            await questions.open_text(connection, consultation, voter)

    async def change(self, viewer: Viewer, id: CommandId, consultation: ConsultationId, command: OfEditors) -> Answer:
        """What an editor does to a consultation."""
        return await self._carry_out(viewer, id, consultation, command)

    async def add_paper(
        self, viewer: Viewer, id: CommandId, consultation: ConsultationId, kind: PaperKind, title: str, file: File
    ) -> Answer:
        """Add a file to the dossier. Raises Refused as ``consultations.life.add_paper`` says."""
        digest = hashlib.sha256(file.data).hexdigest()
        command = c.AddPaper(kind, title, file.name, file.media_type, len(file.data), digest)

        async def write(connection: Connection, events: list[e.AnyEvent]) -> None:
            [added] = events
            assert isinstance(added, e.PaperAdded)
            await papers.keep_bytes(connection, added.paper.id, file.data)

        return await self._carry_out(viewer, id, consultation, command, also=write)

    async def place_text(self, viewer: Viewer, id: CommandId, consultation: ConsultationId, text: Text) -> Answer:
        """Put a text, or a list of statements, in place of what a draft consultation had."""
        body = msgspec.json.encode([text.version, text.statements])
        command = c.PlaceText(
            places={node.id: node.place for node in text.nodes},
            questions=len(text.articles) + len(text.statements),
            sha256=hashlib.sha256(body).hexdigest(),
        )

        async def write(connection: Connection, events: list[e.AnyEvent]) -> None:
            if text.version is not None:
                await drafts.place_text(connection, consultation, text.version, text.nodes, text.articles)
            else:
                await drafts.place_statements(connection, consultation, text.statements)

        return await self._carry_out(viewer, id, consultation, command, also=write)

    async def place_version(
        self,
        viewer: Viewer,
        id: CommandId,
        consultation: ConsultationId,
        number: int,
        text: Text,
        predecessors: Mapping[NodeId, Sequence[NodeId]],
        place: Callable[[Sequence[Contribution]], Sequence[drafts.Placement]],
    ) -> Answer:
        """Put the next version of a published draft in place: version ``number``, read from ``text``.

        ``place`` says where in it each contribution stands that was given on a node of an earlier version and answers no other; it is
        asked while nobody can contribute, and must answer for all. Raises Refused as ``consultations.life.place_version`` says.
        """
        assert text.version is not None
        version = replace(text.version, number=number)
        digest = hashlib.sha256(msgspec.json.encode(version)).hexdigest()
        command = c.PlaceVersion(number, {node.id: node.place for node in text.nodes}, len(text.articles), digest)

        async def write(connection: Connection, events: list[e.AnyEvent]) -> None:
            [placed] = events
            assert isinstance(placed, e.VersionPlaced)
            every = await contributions.load_all(connection, consultation)
            spoken = [one for one in every.values() if one.node is not None and one.parent is None]
            placements = place(spoken)
            assert {one.contribution for one in placements} == {one.id for one in spoken}, "every contribution has its place"
            votable = text.articles if placed.questions else []
            await drafts.place_version(connection, consultation, version, text.nodes, votable, predecessors, placements)

        return await self._carry_out(viewer, id, consultation, command, also=write)

    async def create(self, viewer: Viewer, id: CommandId, agency: AgencyId, title: str, slug: str) -> tuple[ConsultationId, str]:
        """Begin a consultation in draft; its id and its slug, which gets a number when it is taken.

        Raises: Refused ``not_allowed``, ``empty``, ``too_long``, ``conflict``.
        """
        command = c.Create(agency, title)
        actor, digest = _actor(viewer), _digest(command)
        async with self._pool.acquire() as connection, connection.transaction():
            await store.hold_agency(connection, agency)
            known, answer = await topics.first_answer(connection, actor, uuid_of(id), digest)
            if known:
                return ConsultationId(answer["id"]), str(answer["slug"])
            now = await store.database_now(connection)
            [created] = decide(NOTHING, command, context_of(viewer, agency, now))
            assert isinstance(created, e.Created)
            for attempt in range(1, 1000):
                named = slug if attempt == 1 else f"{slug}-{attempt}"
                try:
                    async with connection.transaction():
                        new = await store.create_consultation(
                            connection, created, named, search_key(created.title), secrets.token_bytes(32)
                        )
                    break
                except asyncpg.UniqueViolationError:
                    continue
            await store.append(connection, new, now, viewer.person, [created])
            await topics.remember_answer(connection, actor, uuid_of(id), digest, {"id": new, "slug": named})
        return new, named

    async def tick(self, consultation: ConsultationId) -> None:
        """A deadline has passed: record the opening or the close, and arrange the next."""
        async with self._pool.acquire() as connection, connection.transaction():
            if await topics.lock_topic(connection, consultation_topic(consultation)) is None:
                return
            state = await store.load(connection, consultation)
            now = await store.database_now(connection)
            events = decide(state, c.Tick(), Context(now, None, frozenset()))
            if events:
                seq = await store.append(connection, consultation, now, None, events)
                await send_notices(connection, consultation, seq, events)
            await _arrange_tick(connection, consultation)
        self._told(consultation, events)

    async def _carry_out(
        self,
        viewer: Viewer,
        id: CommandId,
        consultation: ConsultationId | None,
        command: c.Command,
        also: Also | None = None,
        written: store.Written | None = None,
    ) -> Answer:
        actor, digest = _actor(viewer), _digest((consultation, command))
        assert viewer.person is not None
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, viewer.person)
            spoken_of = needs.spoken_of(command)
            if consultation is None and spoken_of:
                consultation = await contributions.consultation_of(connection, spoken_of[0])
            if consultation is None or await topics.lock_topic(connection, consultation_topic(consultation)) is None:
                raise Refused("not_found")
            known, answer = await topics.first_answer(connection, actor, uuid_of(id), digest)
            if known:
                return msgspec.convert(answer, Answer)
            state = await store.load(connection, consultation, spoken_of, needs.sources(command))
            if isinstance(command, c.PublishAnswers):
                state = replace(state, contributions=await dispositions.load_unanswered(connection, consultation))
            assert state.agency is not None
            now = await store.database_now(connection)
            context = context_of(viewer, state.agency, now, await needs.new_id(connection, command))
            if isinstance(command, c.PublishAnswers):
                context = replace(context, answers=await dispositions.count_answered(connection, consultation))
            if isinstance(command, c.Contribute):
                context = replace(context, speaks_for=await _agencies_of(connection, viewer))
            if state.phase == "draft" and Action.READ_DRAFT not in context.may:
                raise Refused("not_found")  # to everybody else a draft does not exist yet
            command = await self._speaking.anchored(connection, consultation, state, command)
            if isinstance(command, c.Enter):  # thousands of opinions take seconds to look through, in which others are served
                events = await asyncio.to_thread(decide, state, command, context)
            else:
                events = decide(state, command, context)
            if isinstance(command, c.Contribute | c.Edit) and await take_place(connection, "contribution", actor, self._per_hour, _HOUR):
                raise Refused("contributed_enough", limit=self._per_hour)
            key = search_key(command.title + " " + command.title_en) if isinstance(command, c.Describe) else None
            seq = await store.append(connection, consultation, now, viewer.person, events, key, written)
            if also is not None:
                await also(connection, events)
            await send_notices(connection, consultation, seq, events, answered=state.phase == "answered")
            await reissue(connection, consultation, state, events)
            given = answer_to(consultation, seq, events)
            if isinstance(command, c.Enter):
                given = replace(given, contributions=await asyncio.to_thread(entered, state, command, events))
            await topics.remember_answer(connection, actor, uuid_of(id), digest, given)
            if isinstance(command, c.Erase):
                await jobs.add_job(connection, ERASED_JOB, {})
            if any(isinstance(event, e.Published | e.Opened | e.Closed | e.Resumed) for event in events):
                await _arrange_tick(connection, consultation)
        self._told(consultation, events)
        return given


async def _arrange_tick(connection: Connection, consultation: ConsultationId) -> None:
    state = await store.load(connection, consultation)
    deadline = next_deadline(state)
    if deadline is not None:
        after = deadline - await store.database_now(connection)
        key = f"{TICK}:{consultation}:{state.phase}:{deadline.isoformat()}"
        await jobs.add_job(connection, TICK, {"consultation": consultation}, idempotency_key=key, after=after)


def context_of(viewer: Viewer, agency: AgencyId, now: datetime, new_id: int = 0) -> Context:
    """What the rules are told of who asks."""
    allowed = frozenset(str(action) for action in Action if may(viewer, action, agency=agency, owner=viewer.person))
    return Context(now, viewer.person, allowed, new_id=new_id)


async def _agencies_of(connection: Connection, viewer: Viewer) -> frozenset[str]:
    """The names, in both languages, of the agencies in which somebody holds a role."""
    where = sorted({grant.agency for grant in viewer.grants if grant.agency is not None})
    found = await people.list_agencies(connection, where) if where else []
    return frozenset(name for agency in found for name in (agency.name, agency.name_en) if name)


def _actor(viewer: Viewer) -> bytes:
    if viewer.person is None:
        raise Refused("sign_in_needed")
    return person_key(viewer.person)


def person_key(person: PersonId) -> bytes:
    """The key under which a person's commands are kept; voters' keys are 16 bytes, so the two are never confused."""
    return b"p" + person.to_bytes(8, "big")


def uuid_of(id: CommandId) -> UUID:
    """The client's id of a command.

    Raises: Refused ``bad_input`` when it is none.
    """
    try:
        return UUID(id)
    except ValueError:
        raise Refused("bad_input", field="id") from None


def _digest(body: object) -> int:
    """A fingerprint of a command, to tell a repeat from another use of its id."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode([type(body).__name__, body])).digest()[:8], "big", signed=True)
