"""Seeding: the demo is made through the same doors as everything else, with fixed command ids, so that doing it twice changes nothing."""

import secrets
from pathlib import Path
from typing import NamedTuple

from consultations import commands as c
from consultations.tree import anchors
from server.demo import content
from server.demo.doors import Doors, begin, command_id, publish, vote
from server.demo.house import house
from server.documents import import_document
from server.identity.keys import Keys
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import AgencyId, NodeId
from server.realtime.consulting import Consulting, File, statements_of, text_of
from server.realtime.room_desk import Details, RoomDesk
from server.realtime.votes import VoteWriter
from server.store import identity, people, rooms
from server.store.connection import Pool

_HERE = Path(__file__).parent
_AGENCY = (content.DEMO_AGENCY, content.AGENCY_NAME, "People's Committee of Mẫu Province")


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
        doors = Doors(pool, consulting, writer, agency, viewers)
        await _past(doors)
        await _survey(doors)
        await _decision(doors)
        await house(doors)
        await _room(doors)
    finally:
        await writer.stop()


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


async def _past(doors: Doors) -> None:
    describe = c.Describe(content.PAST_TITLE, content.PAST_TITLE_EN, content.PAST_SUMMARY, content.PAST_SUMMARY_EN)
    consultation = await begin(doors, "past", describe, "cho-phien-cuoi-tuan", statements_of(list(content.PAST)))
    if consultation is not None:
        await publish(doors, "past", consultation, 30, "hidden")
        await vote(doors, "past", consultation, 3)
        await doors.consulting.change(doors.editor, command_id("past close"), consultation, c.Close(content.PAST_REASON))


async def _survey(doors: Doors) -> None:
    describe = c.Describe(content.SURVEY_TITLE, content.SURVEY_TITLE_EN, content.SURVEY_SUMMARY, content.SURVEY_SUMMARY_EN)
    consultation = await begin(doors, "survey", describe, "gio-tiep-dan", statements_of(list(content.SURVEY)))
    if consultation is not None:
        await publish(doors, "survey", consultation, 45, "hidden")


async def _decision(doors: Doors) -> None:
    imported = import_document("decision.md", (_HERE / "decision.md").read_bytes())
    translation = import_document("decision.en.md", (_HERE / "decision.en.md").read_bytes()).draft
    describe = c.Describe(content.DECISION_TITLE, content.DECISION_TITLE_EN, content.DECISION_SUMMARY, content.DECISION_SUMMARY_EN)
    text = text_of(imported, "du-thao-quyet-dinh.md", translation)
    consultation = await begin(doors, "decision", describe, "hop-truc-tuyen-va-lay-y-kien", text)
    if consultation is None:
        return
    for position, paper in enumerate(content.DECISION_PAPERS):
        file = File(paper.file_name, "text/plain", paper.text.encode())
        await doors.consulting.add_paper(
            doors.editor, command_id(f"decision paper {position}"), consultation, paper.kind, paper.title, file
        )
    await publish(doors, "decision", consultation, 60, "live", "provincial_decision", content.DECISION_TARGET)
    nodes: dict[str, NodeId] = {anchor: node for node, anchor in anchors(imported.draft).items()}
    for position, opinion in enumerate(content.OPINIONS):
        citizen = doors.citizen(opinion.who)
        node = nodes[opinion.anchor] if opinion.anchor else None
        await doors.consulting.contribute(
            citizen, command_id(f"decision opinion {position}"), consultation, node, opinion.text, citizen.name
        )
    await vote(doors, "decision", consultation, 2)


async def _room(doors: Doors) -> None:
    if await rooms.find_room(doors.pool, content.ROOM_SLUG) is not None:
        return
    desk = RoomDesk(doors.pool, Keys(secrets.token_bytes(32)))  # it makes no link, so any key will do
    details = Details(content.ROOM_TITLE, members=("kiem-duyet@demo.example", "quan-tri-co-quan@demo.example"))
    await desk.create(doors.editor, command_id("room create"), doors.agency, details, content.ROOM_SLUG)
