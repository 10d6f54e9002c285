"""A small world for tests: an agency, people, and a consultation with questions, made through the product's own store."""

import secrets
from datetime import timedelta
from typing import Literal

import asyncpg
import msgspec

from consultations import events as e
from consultations.tree import Draft, Node
from server.kernel.ids import AgencyId, ConsultationId, NodeId, PersonId, QuestionId
from server.store import consultations as store
from server.store import drafts


class World(msgspec.Struct):
    """``people[0]`` is the editor as far as events are concerned; nobody holds a role."""

    pool: asyncpg.Pool
    agency: AgencyId
    consultation: ConsultationId
    slug: str
    secret: bytes
    questions: list[QuestionId]
    people: list[PersonId]


def draft_of(articles: int) -> Draft:
    """The text of a world: one chapter of ``articles`` articles with one khoản each."""

    def article(number: int) -> Node:
        clause = Node(NodeId(f"n{number}.1"), "clause", "1", "1.", text=f"Nội dung khoản 1 Điều {number}.")
        return Node(NodeId(f"n{number}"), "article", str(number), f"Điều {number}.", heading=f"Tên điều {number}", children=(clause,))

    chapter = Node(
        NodeId("c1"), "chapter", "I", "Chương I", heading="QUY ĐỊNH CHUNG", children=tuple(article(n + 1) for n in range(articles))
    )
    return Draft("Dự thảo mẫu", (chapter,))


async def open_world(
    pool: asyncpg.Pool,
    articles: int = 2,
    people: int = 2,
    opens_in_s: float = -3600,
    closes_in_s: float = 3600,
    moderation: Literal["after", "before"] = "after",
    tallies: Literal["live", "hidden"] = "live",
    published: bool = True,
    slug: str = "mau",
    statements: tuple[str, ...] = (),
    translation: Draft | None = None,
) -> World:
    """A consultation on ``articles`` articles ``n1``..``nN``, each with one khoản ``nK.1``, opening and closing relative to now.

    With ``statements`` it is on them instead of a text.
    """
    secret = secrets.token_bytes(32)
    async with pool.acquire() as connection, connection.transaction():
        agency = await connection.fetchval(
            "insert into agencies (slug, name, name_en) values ('mau', 'Cơ quan mẫu', 'Sample agency')"
            " on conflict (slug) do update set name = excluded.name returning id"
        )
        persons = [await connection.fetchval("insert into persons default values returning id") for _ in range(people)]
        now = await store.database_now(connection)
        created = e.Created(agency, "Dự thảo mẫu", "Sample draft", "", "")
        consultation = await store.create_consultation(connection, created, slug, "du thao mau", secret)
        nodes = [NodeId(f"n{number + 1}") for number in range(articles)]
        placed = [drafts.PlacedNode(node, node, f"dieu-{number + 1}") for number, node in enumerate(nodes)]
        placed += [drafts.PlacedNode(NodeId(f"{node}.1"), node, f"dieu-{number + 1}-khoan-1") for number, node in enumerate(nodes)]
        if statements:
            placed = []
            await drafts.place_statements(connection, consultation, list(statements))
        else:
            english = msgspec.to_builtins(translation) if translation else None
            version = drafts.Version(1, "mau.txt", msgspec.to_builtins(draft_of(articles)), [], [], english)
            await drafts.place_text(connection, consultation, version, placed, nodes)
        places = {node.id: node.place for node in placed}
        events: list[e.AnyEvent] = [created, e.TextPlaced(places, len(statements) or articles, "0" * 64)]
        if published:
            opens, closes = now + timedelta(seconds=opens_in_s), now + timedelta(seconds=closes_in_s)
            events.append(e.Published("announced" if opens_in_s > 0 else "open", opens, closes, moderation, tallies))
        await store.append(connection, consultation, now, None, events)
        questions = [question.id for question in await drafts.read_questions(connection, consultation)]
    return World(pool, agency, consultation, slug, secret, questions, persons)
