"""Carrying out what people ask of a consultation: load, decide, append, commit, and only then tell.

Forms and the live socket come here alike. A command is one transaction that holds the consultation's topic, so that what was
decided is still true when it is written; its first answer is kept for repeats.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from consultations import commands as c
from consultations import events as e
from consultations.blocks import Imported
from consultations.decide import Context, decide
from consultations.papers import PaperKind
from consultations.places import placed_nodes
from consultations.state import NOTHING, next_deadline
from consultations.tree import Draft, articles, search_key
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId, CommandId, ConsultationId, ContributionId, PersonId, consultation_topic
from server.kernel.refused import Refused
from server.realtime.notices import send_notices
from server.store import consultations as store
from server.store import drafts, jobs, papers, topics
from server.store.connection import Connection, Pool
from server.store.requests import take_place

TICK = "consultation_tick"
"""The kind of job that wakes a consultation at its opening and at its close."""

_HOUR = timedelta(hours=1)

Told = Callable[[ConsultationId, list[e.AnyEvent]], None]
"""Called after COMMIT with the consultation and what happened in it."""


class Answer(msgspec.Struct, frozen=True):
    """What a command is answered with: the consultation, its newest event, and the contribution spoken of, with its state."""

    consultation: ConsultationId
    seq: int
    contribution: ContributionId | None = None
    state: str | None = None


OfEditors = c.Describe | c.Publish | c.Close | c.Suspend | c.Resume | c.Cancel | c.Archive | c.RemovePaper


class File(msgspec.Struct, frozen=True):
    """A file as it was sent. Whoever took it has looked at what it is: ``media_type`` is not what the sender said."""

    name: str
    media_type: str
    data: bytes


class Text(msgspec.Struct, frozen=True):
    """A text ready to be put in place: the stored version, its nodes, and what is voted on (articles, or statements)."""

    version: drafts.Version | None
    nodes: list[drafts.PlacedNode]
    articles: list[str]
    statements: list[str]


def text_of(imported: Imported, file_name: str, translation: Draft | None = None) -> Text:
    """An imported draft, ready to be put in place. ``translation`` is the same tree in English, node for node."""
    draft = imported.draft
    built = msgspec.to_builtins
    return Text(
        version=drafts.Version(
            1,
            file_name,
            built(draft),
            built(imported.left_out),
            built(imported.doubts),
            None if translation is None else built(translation),
        ),
        nodes=[drafts.PlacedNode(placed.node, placed.place, placed.anchor) for placed in placed_nodes(draft)],
        articles=[node.id for node in articles(draft)],
        statements=[],
    )


def statements_of(lines: list[str]) -> Text:
    """A plain list of statements, ready to be put in place."""
    return Text(version=None, nodes=[], articles=[], statements=lines)


class Consulting:
    """The doors of all consultations. ``per_hour`` is how much one person may contribute."""

    def __init__(self, pool: Pool, told: Told, per_hour: int = 60) -> None:
        self._pool = pool
        self._told = told
        self._per_hour = per_hour

    async def contribute(
        self, viewer: Viewer, id: CommandId, consultation: ConsultationId, node: str | None, text: str, name: str
    ) -> Answer:
        """Record an opinion. Raises Refused as ``consultations.decide`` says."""
        command = c.Contribute(node, text, name)  # type: ignore[arg-type]
        return await self._carry_out(viewer, id, consultation, command)

    async def withdraw(self, viewer: Viewer, id: CommandId, contribution: ContributionId) -> Answer:
        """Take one's own contribution back."""
        return await self._carry_out(viewer, id, None, c.Withdraw(contribution), contribution)

    async def rule(self, viewer: Viewer, id: CommandId, command: c.Rule) -> Answer:
        """A moderator's ruling on one contribution."""
        return await self._carry_out(viewer, id, None, command, command.contribution)

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
                await drafts.place_text(connection, consultation, text.version, text.nodes, text.articles)  # type: ignore[arg-type]
            else:
                await drafts.place_statements(connection, consultation, text.statements)

        return await self._carry_out(viewer, id, consultation, command, also=write)

    async def create(self, viewer: Viewer, id: CommandId, agency: AgencyId, title: str, slug: str) -> tuple[ConsultationId, str]:
        """Begin a consultation in draft; its id and its slug, which gets a number when it is taken.

        Raises: Refused ``not_allowed``, ``empty``, ``too_long``, ``conflict``.
        """
        command = c.Create(agency, title)
        actor, digest = _actor(viewer), _digest(command)
        async with self._pool.acquire() as connection, connection.transaction():
            known, answer = await topics.first_answer(connection, actor, uuid_of(id), digest)
            if known:
                return ConsultationId(answer["id"]), str(answer["slug"])
            now = await store.database_now(connection)
            [created] = decide(NOTHING, command, _context(viewer, agency, now))
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
        contribution: ContributionId | None = None,
        also: Callable[[Connection, list[e.AnyEvent]], Awaitable[None]] | None = None,
    ) -> Answer:
        actor, digest = _actor(viewer), _digest((consultation, command))
        async with self._pool.acquire() as connection, connection.transaction():
            if consultation is None and contribution is not None:
                consultation = await store.consultation_of(connection, contribution)
            if consultation is None or await topics.lock_topic(connection, consultation_topic(consultation)) is None:
                raise Refused("not_found")
            known, answer = await topics.first_answer(connection, actor, uuid_of(id), digest)
            if known:
                return msgspec.convert(answer, Answer)
            state = await store.load(connection, consultation, contribution)
            assert state.agency is not None
            now = await store.database_now(connection)
            context = _context(viewer, state.agency, now, await _new_id(connection, command))
            if state.phase == "draft" and Action.READ_DRAFT not in context.may:
                raise Refused("not_found")  # to everybody else a draft does not exist yet
            events = decide(state, command, context)
            if isinstance(command, c.Contribute) and await take_place(connection, "contribution", actor, self._per_hour, _HOUR):
                raise Refused("contributed_enough", limit=self._per_hour)
            key = search_key(command.title + " " + command.title_en) if isinstance(command, c.Describe) else None
            seq = await store.append(connection, consultation, now, viewer.person, events, key)
            if also is not None:
                await also(connection, events)
            await send_notices(connection, consultation, seq, events)
            given = _answer(consultation, seq, events)
            await topics.remember_answer(connection, actor, uuid_of(id), digest, given)
            if any(isinstance(event, e.Published | e.Opened | e.Closed | e.Resumed) for event in events):
                await _arrange_tick(connection, consultation)
        self._told(consultation, events)
        return given


def _answer(consultation: ConsultationId, seq: int, events: list[e.AnyEvent]) -> Answer:
    match events[-1] if events else None:
        case e.Contributed(contribution=one):
            return Answer(consultation, seq, one.id, one.state)
        case e.Withdrawn(contribution=id):
            return Answer(consultation, seq, id, "withdrawn")
        case e.Ruled(contribution=id, state=state):
            return Answer(consultation, seq, id, state)
        case _:
            return Answer(consultation, seq)


async def _arrange_tick(connection: Connection, consultation: ConsultationId) -> None:
    state = await store.load(connection, consultation)
    deadline = next_deadline(state)
    if deadline is not None:
        after = deadline - await store.database_now(connection)
        key = f"{TICK}:{consultation}:{state.phase}:{deadline.isoformat()}"
        await jobs.add_job(connection, TICK, {"consultation": consultation}, idempotency_key=key, after=after)


def _context(viewer: Viewer, agency: AgencyId, now: datetime, new_id: int = 0) -> Context:
    allowed = frozenset(str(action) for action in Action if may(viewer, action, agency=agency, owner=viewer.person))
    return Context(now, viewer.person, allowed, new_id=new_id)


async def _new_id(connection: Connection, command: c.Command) -> int:
    match command:
        case c.Contribute():
            return await store.next_contribution_id(connection)
        case c.AddPaper():
            return await papers.next_paper_id(connection)
        case _:
            return 0


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
