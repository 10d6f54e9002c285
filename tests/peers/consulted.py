"""Consultations for tests on a running product, made by an editor through the product's own doors."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

import msgspec

import server.demo
from consultations import commands as c
from server.documents import import_document
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import AgencyId, CommandId, ConsultationId, NodeId, QuestionId, Topic, consultation_topic
from server.realtime.consulting import Consulting, Text, statements_of, text_of
from server.store import consultations, drafts, identity, people
from server.store.connection import Pool

EDITOR = "bien-tap-thu@thu.example"
_AGENCY = ("co-quan-thu", "Cơ quan thử nghiệm", "Test agency")


class Consulted(msgspec.Struct, frozen=True):
    """An open consultation: what it is voted on, and where opinions may be placed (``nodes``, empty for a list of statements)."""

    id: ConsultationId
    topic: Topic
    slug: str
    agency: AgencyId
    questions: list[QuestionId]
    nodes: list[NodeId]


def decision() -> Text:
    """The demo's draft decision: about twenty articles to vote on, and their parts to comment on."""
    folder = Path(server.demo.__file__).parent
    return text_of(import_document("decision.md", (folder / "decision.md").read_bytes()), "du-thao.md")


def statements(lines: Sequence[str]) -> Text:
    """A list of statements, one vote each."""
    return statements_of(list(lines))


async def open_consultation(
    pool: Pool, text: Text, *, tallies: Literal["live", "hidden"] = "live", moderation: Literal["after", "before"] = "after"
) -> Consulted:
    """A consultation on ``text``, open from now for a month."""
    editor, agency = await _editor(pool)
    consulting = Consulting(pool, lambda consultation, events: None)
    id, slug = await consulting.create(editor, _new(), agency, "Dự thảo thử nghiệm", f"thu-nghiem-{uuid4().hex[:8]}")
    await consulting.change(editor, _new(), id, c.Describe("Dự thảo thử nghiệm", "", "Tóm tắt bằng lời dễ hiểu.", ""))
    await consulting.place_text(editor, _new(), id, text)
    async with pool.acquire() as connection:
        now = await consultations.database_now(connection)
    await consulting.change(editor, _new(), id, c.Publish(now, now + timedelta(days=30), moderation, tallies))
    async with pool.acquire() as connection:
        questions = [question.id for question in await drafts.read_questions(connection, id)]
    return Consulted(id, consultation_topic(id), slug, agency, questions, [node.id for node in text.nodes])


async def _editor(pool: Pool) -> tuple[Viewer, AgencyId]:
    async with pool.acquire() as connection, connection.transaction():
        await people.add_agency(connection, *_AGENCY)  # nothing when it is there
        agency = await people.find_agency(connection, _AGENCY[0])
        assert agency is not None
        person = await identity.find_or_add_person(connection, EDITOR, "Biên tập viên")
        await people.add_grant(connection, person, "editor", agency.id)
        return Viewer(person, None, grants_of(await people.roles_of(connection, person))), agency.id


def _new() -> CommandId:
    return CommandId(str(uuid4()))
