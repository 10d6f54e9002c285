"""What one agency and one person have in the database, for tests of who may do what with it."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from consultations.commands import AddPoll, OpenPoll
from consultations.entering import Opinion
from consultations.questions import Asked
from rooms import events as e
from rooms.chronicle import Entry
from rooms.papers import ForWhom
from rooms.state import Line, Plan
from server.documents import import_document
from server.identity.keys import Keys
from server.identity.viewer import Viewer
from server.kernel.ids import (
    AgencyId,
    CommandId,
    ConsultationId,
    ContributionId,
    LineId,
    MeetingId,
    PersonId,
    QuestionId,
    RoomId,
    Who,
    person_in_room,
)
from server.realtime.agenda_desk import AgendaDesk
from server.realtime.consulting import File
from server.realtime.following import Following
from server.realtime.imported import text_of
from server.realtime.roll_desk import RollDesk
from server.realtime.roll_list import Listed
from server.realtime.room_desk import Details, RoomDesk
from server.store import opinion_files, people, room_papers
from tests.peers.held import hold
from tests.web.dossiers import keep_dossier
from tests.web.office import DECREE, Office
from tests.web.slips import add_opinion, send_slip

KEY = "k" * 32
THIRD = "nguoi-thu-ba"


class Things(NamedTuple):
    """What one agency and one person have. The names of these are what a form of ``KNOCKS`` is filled with."""

    agency: AgencyId
    agency_slug: str
    draft: str
    open: str
    consultation: ConsultationId
    question: int
    poll: int
    """It is open."""
    contribution: ContributionId
    """By the person."""
    anothers_contribution: ContributionId
    """By a third person, for nobody rules on their own words."""
    paper: int
    draft_paper: int
    opinions: int
    """A file of opinions, none of which is chosen."""
    dossier: int
    """A consultation that the agency took over from elsewhere."""
    room: str
    room_paper: int
    seated: int
    """Who stands on its roll, a third person; its agenda has the item 1."""
    seated_email: str
    invited: str
    """A room on whose roll the person stands."""
    meeting: MeetingId
    """It was held in that room and is over."""
    slip: int
    """It is open in that room."""
    ballot: int
    """A secret one, open in the room on whose roll the person stands."""
    answered: int
    """Another one there, by name, on which the person has voted."""
    opinion_file: int
    """A file to their opinion."""
    hall: int
    """Stands for a hall in the room after this."""
    linked: str
    """Another room, with a guests' link."""
    secret: str
    """The secret of that link."""
    grant: int
    invitation_of_agency: int
    invitation_to_person: int
    session: int
    person: int
    follow: int
    letters: str
    """The secret that ends all letters to the person."""
    stop: str
    """The secret that ends this follow of theirs."""


async def things(office: Office, slug: str, person: str) -> Things:
    """An agency with a draft and an open consultation, and what ``person`` has."""
    agency = await office.agency(slug, f"Cơ quan {slug}")
    opened = await office.open_consultation(agency, moderation="after", title=f"Đang lấy ý kiến {slug}")
    editor = await office.person(f"bien-tap-{agency}", ("editor", agency))
    _, draft = await office.consulting.create(editor, CommandId(str(uuid4())), agency, f"Bản soạn {slug}", f"ban-soan-{slug}")
    text = text_of(import_document("mau.md", DECREE.encode()), "mau.md")
    await office.consulting.place_text(editor, CommandId(str(uuid4())), await office.consultation(draft), text)
    consultation = await office.consultation(opened)
    await office.consulting.change(editor, CommandId(str(uuid4())), consultation, AddPoll(Asked("several", "Màu nào?", ("Đỏ", "Vàng"))))
    poll = QuestionId(await office.pool.fetchval("select max(id) from questions where consultation = $1", consultation))
    await office.consulting.change(editor, CommandId(str(uuid4())), consultation, OpenPoll(poll))
    rooms, at = RoomDesk(office.pool, Keys(KEY.encode())), datetime.now(UTC)
    wanted = Details(f"Phòng họp {slug}", (at, at + timedelta(hours=1)))
    _, room = await rooms.create(editor, CommandId(str(uuid4())), agency, wanted, f"phong-{slug}")
    rolls = RollDesk(office.pool, Keys(KEY.encode()), rooms)
    await rolls.change(editor, room, lambda lines: [*lines, Listed(f"du-hop-{slug}@example.vn")])
    [on_roll] = (await rolls.read(editor, room))[1]
    await AgendaDesk(office.pool, rooms).add(editor, room, Plan("Khai mạc"))
    _, invited = await rooms.create(editor, CommandId(str(uuid4())), agency, wanted, f"co-moi-{slug}")
    await rolls.change(editor, invited, lambda lines: [*lines, Listed(f"{person}@example.vn")])
    began = e.Started(MeetingId(0), "Phiên họp", lobby=False, at=at)
    held_in = RoomId(await office.pool.fetchval("select id from rooms where slug = $1", room))
    said = e.Said(Line(LineId(await office.pool.fetchval("select nextval('chat_id_seq')")), Who("g1"), "Khách", at, "Xin chào"))
    meeting = await hold(office.pool, held_in, [Entry(1, at, began), Entry(2, at, said), Entry(3, at, e.Ended(at))])
    async with office.pool.acquire() as connection, connection.transaction():
        room_paper = await room_papers.add_paper(connection, held_in, "Tờ trình", ForWhom("members"), Who("p1"))
        await room_papers.add_version(connection, room_paper, room_papers.NewVersion("a.pdf", False, "", b"%PDF-", ["Một trang"]))
    _, linked = await rooms.create(editor, CommandId(str(uuid4())), agency, wanted, f"co-khach-{slug}")
    hall = f"diem-cau-{slug}@example.vn"
    await rolls.change(
        editor, linked, lambda lines: [Listed(hall, "technician", weight=0), Listed(f"dai-bieu-{slug}@example.vn", hall=hall)]
    )
    drafted = await office.consultation(draft)
    for one in (consultation, drafted):
        file = File("to-trinh.txt", "text/plain", "Tờ trình".encode())
        await office.consulting.add_paper(editor, CommandId(str(uuid4())), one, "submission", "Tờ trình", file)
    account = (await office.person(person)).person
    assert account is not None
    week, pool = timedelta(days=7), office.pool
    keys = Keys(KEY.encode())
    follow = await Following(pool, keys).follow(Viewer(account), consultation)
    async with pool.acquire() as connection, connection.transaction():
        await office.sessions.open(connection, account, "")
        to_agency = await people.add_invitation(connection, f"{slug}@example.vn", "editor", agency, week)
        to_person = await people.add_invitation(connection, f"{person}@example.vn", "editor", agency, week)
    answered = await send_slip(pool, editor, invited)
    return Things(
        agency=agency,
        agency_slug=slug,
        draft=draft,
        open=opened,
        consultation=consultation,
        question=await pool.fetchval("select min(id) from questions where consultation = $1", consultation),
        poll=poll,
        contribution=await office.contribute(person, opened, "Ý kiến của tôi", "dieu-1"),
        anothers_contribution=await office.contribute(THIRD, opened, "Ý kiến khác", "dieu-1"),
        paper=await pool.fetchval("select min(id) from papers where consultation = $1", consultation),
        opinions=await keep_opinions(office, consultation, account),
        dossier=await keep_dossier(pool, agency, account),
        draft_paper=await pool.fetchval("select max(id) from papers where consultation = $1", drafted),
        room=room,
        room_paper=room_paper,
        seated=on_roll.person,
        seated_email=on_roll.email,
        invited=invited,
        meeting=meeting,
        slip=await send_slip(pool, editor, room),
        ballot=await send_slip(pool, editor, invited, secret=True),
        answered=answered,
        opinion_file=await add_opinion(pool, answered, person_in_room(account)),
        hall=(await rolls.read(editor, linked))[1][0].person,
        linked=linked,
        secret=await rooms.make_link(editor, linked),
        grant=await pool.fetchval("select id from grants where agency = $1", agency),
        invitation_of_agency=to_agency,
        invitation_to_person=to_person,
        session=await pool.fetchval("select max(id) from sessions where person = $1", account),
        person=account,
        follow=follow.id,
        letters=keys.letters_link(account),
        stop=keys.follow_link(follow.id, account),
    )


async def keep_opinions(office: Office, consultation: ConsultationId, person: PersonId) -> int:
    """A file of one opinion."""
    line = Opinion(2, "", None, "Đồng ý", "Hộ dân", "citizen", None, "tại UBND xã, từ nguồn khác")
    async with office.pool.acquire() as connection, connection.transaction():
        lines = [opinion_files.OpinionLine(line, "ready", None, False)]
        return await opinion_files.keep(connection, consultation, ("0" * 64, "a.csv"), 1, (), person, lines)
