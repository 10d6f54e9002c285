"""Seeding: the demo is made through the same doors as everything else, with fixed command ids, so that doing it twice changes nothing."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from consultations import commands as c
from consultations.statute import Document
from consultations.tree import anchors
from server.demo import content
from server.documents import import_document
from server.identity.keys import Keys
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import AgencyId, CommandId, ConsultationId, NodeId
from server.realtime.consulting import Consulting, File, Text, statements_of, text_of
from server.realtime.room_desk import Details, RoomDesk
from server.realtime.votes import VoteWriter
from server.store import consultations as store
from server.store import drafts, identity, people, rooms
from server.store.connection import Pool

_HERE = Path(__file__).parent
_AGENCY = (content.DEMO_AGENCY, "Ủy ban nhân dân tỉnh Mẫu", "People's Committee of Mẫu Province")
_CHOICES = (0, 0, 1, 0, 2, 0, 1, 0, 0, 2, 1, 0, 0, 1)
"""A fixed pattern of answers, uneven enough to look at."""


class Account(NamedTuple):
    """One account of the demo. ``role`` is empty for a citizen; an administrator without an agency keeps the site."""

    email: str
    name: str
    role: str = ""
    whole_site: bool = False


ACCOUNTS = (
    *(Account(f"cong-dan-{number}@demo.example", f"Công dân mẫu {number}") for number in (1, 2, 3)),
    Account("kiem-duyet@demo.example", "Kiểm duyệt viên mẫu", "moderator"),
    Account("bien-tap@demo.example", "Biên tập viên mẫu", "editor"),
    Account("quan-tri-co-quan@demo.example", "Quản trị viên cơ quan mẫu", "administrator"),
    Account("quan-tri@demo.example", "Quản trị viên hệ thống mẫu", "administrator", whole_site=True),
)


async def seed(pool: Pool) -> None:
    """Make the demo, unless it is there already."""
    agency, viewers = await _people(pool)
    consulting = Consulting(pool, lambda consultation, events: None)
    writer = VoteWriter(pool, lambda consultation, questions: None)
    writer.start()
    try:
        doors = _Doors(pool, consulting, writer, agency, viewers)
        await _past(doors)
        await _survey(doors)
        await _decision(doors)
        await _room(doors)
    finally:
        await writer.stop()


class _Doors(NamedTuple):
    pool: Pool
    consulting: Consulting
    writer: VoteWriter
    agency: AgencyId
    viewers: dict[str, Viewer]

    @property
    def editor(self) -> Viewer:
        return self.viewers["bien-tap@demo.example"]

    def citizen(self, number: int) -> Viewer:
        return self.viewers[f"cong-dan-{number}@demo.example"]


def _id(name: str) -> CommandId:
    return CommandId(str(uuid5(NAMESPACE_URL, f"demo:{name}")))


async def _people(pool: Pool) -> tuple[AgencyId, dict[str, Viewer]]:
    viewers = {}
    async with pool.acquire() as connection, connection.transaction():
        await people.add_agency(connection, *_AGENCY)  # nothing when it is there
        found = await people.find_agency(connection, _AGENCY[0])
        assert found is not None
        agency = found.id
        for account in ACCOUNTS:
            person = await identity.find_or_add_person(connection, account.email, account.name)
            if account.role:
                await people.add_grant(connection, person, account.role, None if account.whole_site else agency)
            viewers[account.email] = Viewer(person, None, grants_of(await people.roles_of(connection, person)), "vi", account.name)
    return agency, viewers


async def _begin(doors: _Doors, name: str, describe: c.Describe, slug: str, text: Text) -> ConsultationId | None:
    """A described consultation with its text, still in draft; nothing when it was seeded and published before."""
    consultation, _ = await doors.consulting.create(doors.editor, _id(f"{name} create"), doors.agency, describe.title, slug)
    async with doors.pool.acquire() as connection:
        if (await store.load(connection, consultation)).phase != "draft":
            return None
    await doors.consulting.change(doors.editor, _id(f"{name} describe"), consultation, describe)
    await doors.consulting.place_text(doors.editor, _id(f"{name} text"), consultation, text)
    return consultation


async def _publish(
    doors: _Doors,
    name: str,
    consultation: ConsultationId,
    days: int,
    tallies: str,
    document: Document = "other",
    target: int | None = None,
) -> None:
    async with doors.pool.acquire() as connection:
        now = await store.database_now(connection)
    publish = c.Publish(now, now + timedelta(days=days), "after", "live" if tallies == "live" else "hidden", document, target)
    await doors.consulting.change(doors.editor, _id(f"{name} publish"), consultation, publish)


async def _vote(doors: _Doors, name: str, consultation: ConsultationId, people: int) -> None:
    async with doors.pool.acquire() as connection:
        questions = await drafts.read_questions(connection, consultation)
    for number in range(1, people + 1):
        person = doors.citizen(number).person
        assert person is not None
        for position, question in enumerate(questions):
            choice = _CHOICES[(position * 3 + number * 5) % len(_CHOICES)]
            await doors.writer.cast(person, _id(f"{name} vote {number} {position}"), question.id, choice)


async def _past(doors: _Doors) -> None:
    describe = c.Describe(content.PAST_TITLE, content.PAST_TITLE_EN, content.PAST_SUMMARY, content.PAST_SUMMARY_EN)
    consultation = await _begin(doors, "past", describe, "cho-phien-cuoi-tuan", statements_of(list(content.PAST)))
    if consultation is not None:
        await _publish(doors, "past", consultation, 30, "hidden")
        await _vote(doors, "past", consultation, 3)
        await doors.consulting.change(doors.editor, _id("past close"), consultation, c.Close(content.PAST_REASON))


async def _survey(doors: _Doors) -> None:
    describe = c.Describe(content.SURVEY_TITLE, content.SURVEY_TITLE_EN, content.SURVEY_SUMMARY, content.SURVEY_SUMMARY_EN)
    consultation = await _begin(doors, "survey", describe, "gio-tiep-dan", statements_of(list(content.SURVEY)))
    if consultation is not None:
        await _publish(doors, "survey", consultation, 45, "hidden")


async def _decision(doors: _Doors) -> None:
    imported = import_document("decision.md", (_HERE / "decision.md").read_bytes())
    translation = import_document("decision.en.md", (_HERE / "decision.en.md").read_bytes()).draft
    describe = c.Describe(content.DECISION_TITLE, content.DECISION_TITLE_EN, content.DECISION_SUMMARY, content.DECISION_SUMMARY_EN)
    text = text_of(imported, "du-thao-quyet-dinh.md", translation)
    consultation = await _begin(doors, "decision", describe, "hop-truc-tuyen-va-lay-y-kien", text)
    if consultation is None:
        return
    for position, paper in enumerate(content.DECISION_PAPERS):
        file = File(paper.file_name, "text/plain", paper.text.encode())
        await doors.consulting.add_paper(doors.editor, _id(f"decision paper {position}"), consultation, paper.kind, paper.title, file)
    await _publish(doors, "decision", consultation, 60, "live", "provincial_decision", content.DECISION_TARGET)
    nodes: dict[str, NodeId] = {anchor: node for node, anchor in anchors(imported.draft).items()}
    for position, opinion in enumerate(content.OPINIONS):
        citizen = doors.citizen(opinion.who)
        node = nodes[opinion.anchor] if opinion.anchor else None
        await doors.consulting.contribute(citizen, _id(f"decision opinion {position}"), consultation, node, opinion.text, citizen.name)
    await _vote(doors, "decision", consultation, 2)


async def _room(doors: _Doors) -> None:
    if await rooms.find_room(doors.pool, content.ROOM_SLUG) is not None:
        return
    desk = RoomDesk(doors.pool, Keys(secrets.token_bytes(32)))  # it makes no link, so any key will do
    details = Details(content.ROOM_TITLE, members=("kiem-duyet@demo.example", "quan-tri-co-quan@demo.example"))
    await desk.create(doors.editor, _id("room create"), doors.agency, details, content.ROOM_SLUG)
