"""Slips: drafted, sent with letters, voted on by form without a script, called for, and counted; and secret ones with their code."""

import functools
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from rooms import motions as m
from server.documents.apart import Reader
from server.documents.minutes import Scribe
from server.documents.to_pdf import Converter
from server.identity.confirming import BALLOT_CODE_JOB, Confirming
from server.identity.signin import CodeRules
from server.jobs.runner import Runner
from server.jobs.slips import Slips
from server.kernel.ids import CommandId, MotionId, person_in_room
from server.kernel.vietnam import VIETNAM
from server.mail.post import Postman
from server.realtime.bus import LocalBus
from server.realtime.motion_desk import SLIP_JOB
from server.realtime.motion_reading import MotionReading
from server.realtime.motions import Motions
from server.realtime.paper_shelf import PaperShelf
from server.realtime.presence import Presence
from server.realtime.room_access import Access
from server.realtime.room_desk import Details, RoomDesk
from server.store.connection import Pool
from server.store.jobs import MAIL_JOB
from server.store.motions import restrict
from server.web import motion_forms as forms
from server.web.desk import fresh_command
from server.web.edge import Edge, Place, every_door
from server.web.motion_files import VotePages
from server.web.paper_intake import PaperIntake
from tests.peers.postgres import Database
from tests.store.voting import pass_deadline
from tests.web.citizens import says
from tests.web.office import HOSTILE, Office
from tests.web.site import HOST, ORIGIN, Browser, forms_of
from tests.web.test_room_papers import MISSING, PDF, send

IN_THREE_DAYS = (datetime.now(VIETNAM) + timedelta(days=3)).date().isoformat()
HERE = "/phong-hop/hop-giao-ban/bieu-quyet"
_MOVE_CLOSE = "update motions set closes_at = clock_timestamp() where id = $1"


class Ballots(Office):
    """A site with a room of three people and its votes."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.rooms = RoomDesk(pool, self.keys)
        confirming = Confirming(pool, self.keys, CodeRules())
        self.motions = Motions(pool, Access(pool, self.sessions), LocalBus(), Presence(), confirming)
        postman = Postman(self.mail, "khong-tra-loi@example.vn", ORIGIN)
        code = functools.partial(confirming.send_code, post=postman.post)
        self.runner = Runner(pool, {MAIL_JOB: postman.deliver, SLIP_JOB: Slips(pool).tell, BALLOT_CODE_JOB: code})
        below = self.edge.doors
        shelf, intake = PaperShelf(pool, Access(pool, self.sessions)), PaperIntake(Reader(), Converter(MISSING))
        votes = VotePages(self.pages, self.rooms, self.motions, MotionReading(pool), shelf, intake, Scribe())
        self.edge = Edge(
            every_door(lambda: below, votes.doors),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    async def deliver(self) -> None:
        """Does every job that is due, and those that they cause."""
        await super().deliver()
        await super().deliver()

    async def furnish(self) -> None:
        agency = await self.agency()
        chair = await self.person("chu-tri", ("editor", agency))
        details = Details("Họp giao ban", members=("uy-vien@example.vn", "thu-hai@example.vn"))
        await self.rooms.create(chair, CommandId(fresh_command()), agency, details, "hop-giao-ban")


@pytest.fixture
async def site(pool: Pool) -> Ballots:
    site = Ballots(pool)
    await site.furnish()
    return site


@pytest.fixture
async def chair(site: Ballots) -> AsyncIterator[Browser]:
    async with site.citizen("chu-tri") as browser:
        yield browser


@pytest.fixture
async def member(site: Ballots) -> AsyncIterator[Browser]:
    async with site.citizen("uy-vien") as browser:
        yield browser


async def drafted(chair: Browser, text: str = "Thông qua kế hoạch quý IV", **fields: str) -> str:
    """A slip that the chair has written; the address of its page, which is open."""
    await chair.open(f"{HERE}/moi")
    answer = await chair.submit(f"{HERE}/moi", follow=False, **({"text": text, "options": "", "base": "members", "tie": "falls"} | fields))
    assert answer.status_code == 303, says(answer)
    await chair.open(address := str(answer.headers["location"]))
    return address


async def sent(chair: Browser, **fields: str) -> str:
    """A slip that was sent to all; the address of its page."""
    slip = await drafted(chair, **fields)
    answer = await chair.submit(f"{slip}/viec", act="opened", closes_day=IN_THREE_DAYS, closes_time="17:00")
    assert "Đã gửi phiếu" in answer.text, says(answer)
    return slip


async def test_a_slip_is_sent_by_letter_voted_on_without_a_script_and_counted_with_its_origin(
    site: Ballots, chair: Browser, member: Browser
) -> None:
    slip = await drafted(chair)
    assert (await member.open(slip)).status_code == 404, "a draft is its writers' own"
    assert "Hạn" in says(await chair.submit(f"{slip}/viec", act="opened", closes_day="2020-01-01", closes_time="10:00"))
    await chair.submit(f"{slip}/viec", act="opened", closes_day=IN_THREE_DAYS, closes_time="17:00")
    await site.deliver()
    letter = site.mail.newest("uy-vien@example.vn")
    assert f"{ORIGIN}{slip}" in letter and "Thông qua" not in letter, "letters pass many hands"
    page = says(await member.open(slip))
    assert "Thông qua kế hoạch quý IV" in page and "checked" not in member.page
    missing = await member.submit(slip, follow=False)
    assert missing.status_code == 422 and "opinion" in member.page
    done = says(await member.submit(slip, choice="1", opinion=f"Cần rõ nguồn vốn {HOSTILE}"))
    assert "Đã ghi nhận: Không đồng ý" in done and "<img" not in member.page
    await member.submit(slip, choice="0", opinion="Đã rõ nguồn vốn")
    overdue = says(await chair.open(slip))
    assert "Chưa nhận được phiếu" in overdue and "thu-hai" in overdue and "Đã rõ nguồn vốn" not in overdue
    await chair.submit(slip, choice="0")
    counted = says(await chair.submit(f"{slip}/viec", act="closed"))
    assert "2/3 thành viên - cần ≥ 2 - THÔNG QUA" in counted and "2 bằng phiếu lấy ý kiến" in counted
    assert "Đã rõ nguồn vốn" in counted and "Đã rõ nguồn vốn" not in says(await member.open(slip))
    assert "Gửi khiếu nại" in says(await member.open(slip))
    assert "uy-vien" in says(await member.submit(f"{slip}/viec", act="objected", words="Tôi không thấy phiếu của mình"))
    assert "Đã công bố kết quả" in says(await chair.submit(f"{slip}/viec", act="announced"))
    assert "2/3 thành viên" in says(await member.open(HERE))


async def test_who_has_not_voted_is_reminded_a_day_and_an_hour_before(site: Ballots, chair: Browser, member: Browser) -> None:
    slip = await sent(chair)
    await site.deliver()
    await member.open(slip)
    await member.submit(slip, choice="0")
    site.mail.letters.clear()
    await site.pool.execute("update jobs set due_at = now() where kind = $1 and state = 'waiting'", SLIP_JOB)
    await site.deliver()
    subjects = sorted((str(letter["To"]), str(letter["Subject"])) for letter in site.mail.letters)
    assert subjects == [
        *(("chu-tri@example.vn", subject) for subject in ("Còn 1 giờ để biểu quyết", "Còn 24 giờ để biểu quyết")),
        *(("thu-hai@example.vn", subject) for subject in ("Còn 1 giờ để biểu quyết", "Còn 24 giờ để biểu quyết")),
    ]


async def test_a_deadline_is_moved_to_later_with_a_reason_that_all_are_told_of(site: Ballots, chair: Browser, member: Browser) -> None:
    slip = await sent(chair)
    await site.deliver()
    site.mail.letters.clear()
    move = functools.partial(chair.submit, f"{slip}/viec", act="delayed", closes_time="09:30")
    early = await move(closes_day=IN_THREE_DAYS, words="Vội")
    assert early.status_code == 422 and "Hạn mới phải sau hạn cũ" in says(early) and "Vội" in early.text
    assert "Xin chọn ngày và giờ kết thúc" in says(await move(closes_day="", words="Vội"))
    in_four = (datetime.now(VIETNAM) + timedelta(days=4)).date().isoformat()
    assert (await move(closes_day=in_four, words=" ")).status_code == 422
    assert "Đã lùi hạn" in says(await move(closes_day=in_four, words=f"Tài liệu gửi muộn {HOSTILE}"))
    page = says(await member.open(slip))
    assert "Tài liệu gửi muộn" in page and "9 giờ 30" in page and "<img" not in member.page
    await site.pool.execute("update jobs set due_at = now() where kind = $1 and state = 'waiting'", SLIP_JOB)
    await site.deliver()
    told = sorted(str(letter["Subject"]) for letter in site.mail.letters if str(letter["To"]) == "uy-vien@example.vn")
    assert told == ["Còn 1 giờ để biểu quyết", "Còn 24 giờ để biểu quyết", "Lùi hạn gửi phiếu lấy ý kiến"], "once each, of the new deadline"
    await member.open(slip)
    mine = {"act": "delayed", "closes_day": in_four, "closes_time": "10:00", "words": "Tự lùi", "id": fresh_command()}
    assert (await member.client.post(f"{slip}/viec", data=mine, headers={"origin": ORIGIN})).status_code == 403


async def test_a_withdrawn_slip_says_why_and_waits_for_no_votes(chair: Browser, member: Browser) -> None:
    slip = await sent(chair)
    assert "Đã rút nội dung" in says(await chair.submit(f"{slip}/viec", act="withdrawn", words=f"Trình lại sau {HOSTILE}"))
    page = says(await member.open(slip))
    assert "không biểu quyết nữa. Lý do: Trình lại sau" in page and "<img" not in member.page and "Hạn gửi phiếu" not in page


@pytest.mark.parametrize("share", [m.HALF, m.Share(2, 3), m.Share(3, 5), m.Share(1, 2)])
def test_what_a_form_of_a_draft_shows_is_what_was_drafted(share: m.Share) -> None:
    for rule in (m.Rule("present", share, tie="chair", live=True), m.Rule("cast", m.HALF, share, secret=True, papers=9)):
        draft = m.Motion(MotionId(1), "Thông qua", ("Một", "Hai"), rule)
        assert forms.drafted(forms.typed_of(draft), draft) == m.DraftMotion(draft.text, draft.options, rule)


async def test_a_draft_is_written_anew_until_it_is_sent(site: Ballots, chair: Browser, member: Browser) -> None:
    slip = await drafted(chair, text="Thông qua kế hoạch", quorum="two_thirds", threshold="three_quarters")
    form = (await chair.open(f"{slip}/sua")).text
    assert "Thông qua kế hoạch" in form and form.count(" selected") == 4
    wrong = await chair.submit(f"{slip}/sua", text=" ", options="Một")
    assert wrong.status_code == 422 and ">Một</textarea>" in wrong.text.replace("\n", "")
    await chair.submit(f"{slip}/sua", text="Thông qua kế hoạch quý I", quorum="two_thirds", threshold="three_quarters", base="cast")
    page = says(await chair.open(slip))
    assert "Thông qua kế hoạch quý I" in page and "ít nhất 3/4" in page and "ít nhất 2/3" in page
    assert (await member.open(f"{slip}/sua")).status_code == 404
    await chair.open(slip)
    await chair.submit(f"{slip}/viec", act="opened", closes_day=IN_THREE_DAYS, closes_time="17:00")
    assert (await member.open(f"{slip}/sua")).status_code == 403
    assert (await chair.open(f"{slip}/sua")).status_code == 409


async def test_of_a_vote_that_is_for_some_no_letter_goes_to_the_others(site: Ballots, chair: Browser) -> None:
    slip = await sent(chair)
    own = person_in_room(await site.pool.fetchval("select person from contacts where email = 'chu-tri@example.vn'"))
    async with site.pool.acquire() as connection:
        await restrict(connection, MotionId(int(slip.rpartition("/")[2])), [own])
    await site.deliver()
    assert [str(letter["To"]) for letter in site.mail.letters if slip in letter.get_content()] == ["chu-tri@example.vn"]


async def test_a_secret_slip_says_what_is_not_promised_and_takes_one_paper_with_a_fresh_code(
    site: Ballots, chair: Browser, member: Browser
) -> None:
    slip = await sent(chair, secret="1")
    await site.deliver()
    before = says(await member.open(slip))
    assert "không hứa giữ kín" in before and "không đổi được" in before and f'action="{slip}"' not in member.page
    await member.submit(f"{slip}/ma")
    await site.deliver()
    await member.open(f"{slip}?ma=1")
    tracker = re.search(r"<code>([0-9a-f]{32})</code>", member.page)
    assert tracker is not None
    wrong = await member.submit(slip, choice="0", code="00000000")
    assert wrong.status_code == 422 and tracker[1] in wrong.text, "what is tried again is the same paper"
    assert "Đã nhận phiếu kín này" in says(await member.submit(slip, choice="0", code=site.mail.code("uy-vien@example.vn")))
    assert tracker[1] not in (await chair.open(slip)).text
    page = says(await chair.open(slip))
    assert "cần ít nhất 3 phiếu" in page and "Kết thúc biểu quyết ngay" not in page
    early = await chair.submit(f"{slip}/viec", act="closed")
    assert early.status_code == 409 and "Chưa đủ 3 phiếu kín" in says(early)
    for name in ("chu-tri", "thu-hai"):
        async with site.citizen(name) as other:
            await other.open(slip)
            await other.submit(f"{slip}/ma")
            await site.deliver()
            await other.open(f"{slip}?ma=1")
            await other.submit(slip, choice="1", code=site.mail.code(f"{name}@example.vn"))
    await chair.open(slip)
    counted = says(await chair.submit(f"{slip}/viec", act="closed"))
    assert tracker[1] in counted and "uy-vien" in counted, counted


async def test_what_a_secret_slip_says_when_too_few_papers_came(site: Ballots, chair: Browser, member: Browser, database: Database) -> None:
    slip = await sent(chair, secret="1")
    await site.deliver()
    await member.open(slip)
    await member.submit(f"{slip}/ma")
    await site.deliver()
    await member.open(f"{slip}?ma=1")
    await member.submit(slip, choice="1", code=site.mail.code("uy-vien@example.vn"))
    number = MotionId(int(slip.rpartition("/")[2]))
    owner = await asyncpg.connect(database.owner_dsn)
    await pass_deadline(owner, number)
    await owner.close()
    await site.motions.desk.end(number)
    for one in (chair, member):
        over = says(await one.open(slip))
        assert "1/3 thành viên đã bỏ phiếu kín - cần ≥ 3 phiếu - KHÔNG KIỂM PHIẾU" in over and "uy-vien" in over
        assert "Không đồng ý" not in over and "<code>" not in one.page


async def test_nobody_else_may_know_or_do_anything(site: Ballots, chair: Browser, member: Browser) -> None:
    slip = await sent(chair)
    async with site.citizen("nguoi-la") as stranger:
        for path in (HERE, f"{HERE}/moi", slip):
            assert (await stranger.open(path)).status_code == 404
    assert (await member.open(f"{HERE}/moi")).status_code == 403
    await member.open(slip)
    forged = await member.client.post(f"{slip}/viec", data={"act": "closed", "id": fresh_command()}, headers={"origin": ORIGIN})
    assert forged.status_code == 403
    number = int(slip.rpartition("/")[2])
    assert (await member.open(f"{HERE}/{number + 1}")).status_code == 404
    await site.pool.execute(_MOVE_CLOSE, number)
    assert datetime.now(UTC) > await site.pool.fetchval("select closes_at from motions where id = $1", number)


async def test_papers_are_put_to_a_slip_while_it_is_written_and_read_by_who_may_read_them(
    site: Ballots, chair: Browser, member: Browser
) -> None:
    slip = await drafted(chair)
    assert "Xin chọn một tệp" in says(await send(chair, f"{slip}/tai-lieu"))
    assert "Chỉ nhận tệp" in says(await send(chair, f"{slip}/tai-lieu", "to-trinh.pdf", b"no PDF"))
    for name in ("to-trinh.pdf", "phu-luc.pdf"):
        assert (await send(chair, f"{slip}/tai-lieu", name, PDF)).status_code == 303
        await chair.open(slip)
    assert (await chair.submit(f"{slip}/tai-lieu/bo", follow=False)).status_code == 303
    papers = await site.pool.fetch("select id, title, audience from room_papers order by id")
    assert [(row["title"], row["audience"]) for row in papers] == [("to-trinh", "members"), ("phu-luc", "members")]
    left = await site.pool.fetchval("select paper from motion_papers")
    await chair.open(slip)
    other = next(row["id"] for row in papers if row["id"] != left)
    assert (await chair.submit(f"{slip}/tai-lieu", paper=str(other), follow=False)).status_code == 303
    await chair.open(slip)
    await chair.submit(f"{slip}/viec", act="opened", closes_day=IN_THREE_DAYS, closes_time="17:00")
    page = says(await member.open(slip))
    assert "to-trinh" in page and "phu-luc" in page and f"{slip}/tai-lieu" not in member.page
    late = {"id": fresh_command(), "paper": str(other), "csrf": next(iter(forms_of(member.page).values()))["csrf"]}
    assert (await member.client.post(f"{slip}/tai-lieu", data=late, headers={"origin": ORIGIN})).status_code == 403
    late["csrf"] = next(iter(forms_of(chair.page).values()))["csrf"]
    assert (await chair.client.post(f"{slip}/tai-lieu/bo", data=late, headers={"origin": ORIGIN})).status_code == 409


async def test_files_to_an_opinion_are_its_writers_own_and_after_the_count_the_secretarys(
    site: Ballots, chair: Browser, member: Browser
) -> None:
    slip = await sent(chair)
    await member.open(slip)
    early = {"id": fresh_command(), "csrf": next(iter(forms_of(member.page).values()))["csrf"]}
    files = {"file": ("y-kien.pdf", PDF)}
    assert (await member.client.post(f"{slip}/tep", data=early, files=files, headers={"origin": ORIGIN})).status_code == 422
    await member.submit(slip, choice="0", opinion="Xin xem tệp")
    for _ in range(3):
        sent_again = forms_of(member.page)[f"{slip}/tep"]
        for _ in range(2):  # a form sent twice adds one file
            again = await member.client.post(f"{slip}/tep", data=sent_again, files=files, headers={"origin": ORIGIN})
            assert again.status_code == 303
        await member.open(slip)
    assert f"{slip}/tep" not in forms_of(member.page), "three are the most"
    fourth = await member.client.post(f"{slip}/tep", data=sent_again | {"id": fresh_command()}, files=files, headers={"origin": ORIGIN})
    assert fourth.status_code == 422 and "nhiều nhất 3 tệp" in fourth.text
    first, second, third = [row["id"] for row in await site.pool.fetch("select id from ballot_files order by id")]
    await member.submit(f"{slip}/tep/{first}/bo")
    own = await member.open(f"{slip}/tep/{second}.pdf")
    assert own.content == PDF and own.headers["content-disposition"].startswith("attachment")
    async with site.citizen("thu-hai") as other:
        await other.open(slip)
        theirs = forms_of(other.page)[slip] | {"id": fresh_command()}
        for one, path in ((other, f"tep/{second}.pdf"), (chair, f"tep/{second}.pdf"), (member, f"tep/{first}.pdf")):
            assert (await one.open(f"{slip}/{path}")).status_code == 404
        assert (await other.client.post(f"{slip}/tep/{second}/bo", data=theirs, headers={"origin": ORIGIN})).status_code == 404
    await chair.open(slip)
    closed = says(await chair.submit(f"{slip}/viec", act="closed"))
    assert "y-kien.pdf" in closed and "uy-vien" in closed and (await chair.open(f"{slip}/tep/{third}.pdf")).content == PDF
    gone = await member.client.post(f"{slip}/tep/{second}/bo", data=sent_again, headers={"origin": ORIGIN})
    assert gone.status_code == 409, "what was said stands after the close"


async def test_a_secret_ballot_takes_no_file(site: Ballots, chair: Browser, member: Browser) -> None:
    slip = await sent(chair, secret="1")
    await member.open(slip)
    asked = forms_of(member.page)[f"{slip}/ma"] | {"id": fresh_command()}
    refused = await member.client.post(f"{slip}/tep", data=asked, files={"file": ("y-kien.pdf", PDF)}, headers={"origin": ORIGIN})
    assert refused.status_code == 403 and await site.pool.fetchval("select count(*) from ballot_files") == 0
