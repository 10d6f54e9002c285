"""A hall and the phones in it: what the code lets do, who says whose a phone is, and a delegate's meeting by forms without a script."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from msgspec import structs

from rooms.state import Duty, Seat
from server.identity.confirming import BALLOT_CODE_JOB, Confirming
from server.identity.signin import CODE_JOB, CodeRules
from server.identity.viewer import Viewer
from server.jobs.runner import Runner
from server.kernel.ids import CommandId, GuestId, MotionId, PersonId, Who, person_in_room
from server.mail.post import Postman
from server.protocol import meeting
from server.protocol import motions as votes
from server.protocol import rooms as messages
from server.realtime.bus import LocalBus
from server.realtime.hall_desk import HallDesk
from server.realtime.motion_reading import MotionReading
from server.realtime.room_access import Access
from server.realtime.room_desk import Details, RoomDesk
from server.realtime.rooms import Rooms
from server.store import halls as store
from server.store import identity, rolls
from server.store.connection import Pool
from server.web.desk import fresh_command
from server.web.edge import Edge, Place, every_door
from server.web.halls import HallPages
from tests.web.citizens import says
from tests.web.office import Office
from tests.web.site import HOST, ORIGIN, Browser

ROOM = "/phong-hop/hop-giao-ban"
PHONE = f"{ROOM}/dien-thoai"
TAB = "trang-cua-chu-toa"


class Halls(Office):
    """A meeting that runs, with its chair and the endpoint of a hall with three delegates inside; another hall has one, who has no name
    anywhere."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        desk = RoomDesk(pool, self.keys)
        confirming = Confirming(pool, self.keys, CodeRules())
        self.rooms = Rooms(pool, Access(pool, self.sessions), LocalBus(), None, lambda room: None, confirming, lambda: None)
        post = Postman(self.mail, "khong-tra-loi@example.vn", ORIGIN).post
        code, ballot_code = partial(self.sign_in.send_code, post=post), partial(confirming.send_code, post=post)
        self.runner = Runner(pool, {CODE_JOB: code, BALLOT_CODE_JOB: ballot_code})
        self.desk = desk
        self.persons: dict[str, Viewer] = {}
        below = self.edge.doors
        self.displaced: list[GuestId] = []
        halls = HallDesk(pool, self.keys, desk, self.displaced.append)
        pages = HallPages(pool, self.pages, halls, self.keys, desk, self.rooms, None, ORIGIN)
        self.edge = Edge(
            every_door(lambda: below, pages.doors),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    async def furnish(self) -> None:
        agency = await self.agency()
        chair = await self.person("chu-tri", ("editor", agency))
        details = Details("Họp giao ban", lobby=False)
        self.room, _ = await self.desk.create(chair, CommandId(fresh_command()), agency, details, "hop-giao-ban")
        self.persons["chu-tri"] = chair
        for name in ("xa-a", "xa-b", "a1", "a2", "a3", "b1"):
            self.persons[name] = await self.person(name)
        self.persons["b1"] = structs.replace(self.persons["b1"], name="")
        await identity.rename(self.pool, self.number("b1"), "")
        duties: dict[str, Duty] = {"chu-tri": "chair", "xa-a": "technician", "xa-b": "technician"}
        places = {"a1": "xa-a", "a2": "xa-a", "a3": "xa-a", "b1": "xa-b"}
        seats = [
            Seat(
                self.who(name),
                duties.get(name, "member"),
                weight=int("xa" not in name),
                hall=self.who(places[name]) if name in places else None,
            )
            for name in self.persons
        ]
        async with self.pool.acquire() as connection, connection.transaction():
            await rolls.replace_seats(connection, self.room, seats)
        for name in ("chu-tri", "xa-a"):
            await self.come_in(name)

    def who(self, name: str) -> Who:
        return person_in_room(self.number(name))

    def number(self, name: str) -> PersonId:
        person = self.persons[name].person
        assert person is not None
        return person

    async def come_in(self, name: str) -> None:
        await self.rooms.carry_out(self.persons[name], TAB, messages.Enter(fresh_command(), self.room))

    async def chair(self, command: messages.ForRoom) -> None:
        await self.rooms.carry_out(self.persons["chu-tri"], TAB, command)

    async def put_to_vote(self, secret: bool = False) -> int:
        """A motion that the chair opens for two minutes; its number."""
        drafted = await self.rooms.motions.carry_out(
            self.persons["chu-tri"], TAB, votes.DraftMotion(fresh_command(), self.room, None, "Thông qua kế hoạch", secret=secret)
        )
        assert drafted.motion is not None
        await self.rooms.motions.carry_out(self.persons["chu-tri"], TAB, votes.OpenMotion(fresh_command(), self.room, drafted.motion, 120))
        return drafted.motion

    async def address(self, hall: str) -> str:
        """What the hall shows at this moment, as a path."""
        minute, _ = await store.read_minute(self.pool)
        return f"{ROOM}/diem-cau/{self.number(hall)}/{self.keys.hall_code(self.room, self.number(hall), minute)}"

    async def scan(self, browser: Browser, hall: str = "xa-a") -> None:
        address = await self.address(hall)
        await browser.open(address)
        answer = await browser.submit(address)
        assert answer.status_code == 200, says(answer)

    async def seated(self, browser: Browser, name: str) -> None:
        """A phone that has scanned, whose owner has signed in on it and come in."""
        await browser.sign_in(f"{name}@example.vn")
        await self.scan(browser, "xa-a")
        await act(browser, "claim")
        assert "đang có lời" not in says(await act(browser, "enter"))


async def act(browser: Browser, what: str, kind: str = "statement", side: str = "") -> httpx.Response:
    """Sends one of the phone's forms."""
    return await browser.submit(PHONE, act=what, kind=kind, side=side)


@asynccontextmanager
async def halls(pool: Pool) -> AsyncIterator[Halls]:
    """A meeting that runs, without a media engine."""
    site = Halls(pool)
    await site.rooms.start()
    await site.furnish()
    yield site
    await site.rooms.stop()


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[Halls]:
    async with halls(pool) as site:
        yield site


@pytest.fixture
async def phone(site: Halls) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


@pytest.fixture
async def operator(site: Halls) -> AsyncIterator[Browser]:
    async with site.citizen("xa-a") as browser:
        yield browser


async def test_the_code_shows_where_a_phone_is_and_lets_it_do_nothing(site: Halls, phone: Browser) -> None:
    assert (await phone.open(PHONE)).status_code == 403
    await site.scan(phone)
    assert "Ông/bà là đại biểu nào?" in phone.page and re.search(r"phone__number[^>]*>\d{4}<", phone.page)
    motion = await site.put_to_vote()
    await phone.open(await site.address("xa-a"))
    for what in ("enter", "raise", "attend", "claim"):
        refused = await phone.client.post(PHONE, data=hidden(phone) | {"act": what, "kind": "statement"}, headers={"origin": ORIGIN})
        assert refused.status_code == (401 if what == "claim" else 404), what
    for address in (f"{PHONE}/{motion}", f"{PHONE}/{motion}/ma"):
        refused = await phone.client.post(address, data=hidden(phone) | {"choice": "0"}, headers={"origin": ORIGIN})
        assert refused.status_code == 404, address
    assert "Họp giao ban" not in (await phone.open(ROOM)).text
    minute, _ = await store.read_minute(site.pool)
    old = f"{ROOM}/diem-cau/{site.number('xa-a')}/{site.keys.hall_code(site.room, site.number('xa-a'), minute - 2)}"
    assert "Mã này đã được đổi" in says(await phone.open(old))
    elsewhere = (await site.address("xa-a")).replace(f"/{site.number('xa-a')}/", f"/{site.number('xa-b')}/")
    assert (await phone.open(elsewhere)).status_code == 409


async def test_a_delegate_signs_in_raises_a_hand_has_the_floor_and_votes_from_the_hall(site: Halls, phone: Browser) -> None:
    await site.seated(phone, "a1")
    said = says(await act(phone, "raise", kind="reply", side="against"))
    assert "a1 (xa-a)" in said and "Trả lời, trao đổi lại · Không tán thành" in said
    await site.chair(meeting.GiveFloor(fresh_command(), site.room, site.who("a1"), 60))
    assert "Xin nói vào micro của điểm cầu" in says(await phone.open(PHONE))
    assert "Xin nói vào micro" not in says(await act(phone, "yield"))
    motion = await site.put_to_vote()
    await phone.open(PHONE)
    assert (await phone.submit(f"{PHONE}/{motion}")).status_code == 422 and f'href="#choice-{motion}"' in phone.page
    assert "Đã ghi nhận: Không đồng ý" in says(await phone.submit(f"{PHONE}/{motion}", choice="1"))
    # The same member from the own account, and the hall's own endpoint: no second vote, and none.
    cast = partial(votes.CastBallot, room=site.room, motion=motion, choice=0)
    await site.rooms.motions.carry_out(site.persons["a1"], TAB, cast(fresh_command()))
    with pytest.raises(Exception, match="not_on_roll"):
        await site.rooms.motions.carry_out(site.persons["xa-a"], TAB, cast(fresh_command()))
    await site.rooms.motions.carry_out(site.persons["chu-tri"], TAB, votes.CloseMotion(fresh_command(), site.room, motion))
    page = says(await phone.open(PHONE))
    assert "1/5 thành viên" in page and "Kết quả biểu quyết" in page
    found = await MotionReading(site.pool).one(await site.rooms.seat(site.persons["chu-tri"], site.room), MotionId(motion))
    assert found.motion.result is not None
    assert (found.motion.result.members, dict(found.motion.result.origins)) == (5, {"hall": 1})


async def test_who_runs_the_hall_says_whose_a_phone_is_and_that_is_on_record(site: Halls, phone: Browser, operator: Browser) -> None:
    here = f"{ROOM}/diem-cau/{site.number('xa-a')}"
    await site.scan(phone)
    number = re.search(r"phone__number[^>]*>(\d{4})<", phone.page)
    assert number is not None
    page = says(await operator.open(here))
    assert "1 điện thoại đang chờ" in page and 'class="scan__code"' in operator.page and "0/3" in page
    wrong = await operator.submit(here, number="0000", person=str(site.number("a2")))
    assert wrong.status_code == 422 and "Không có điện thoại nào đang chờ với số này" in says(wrong) and 'value="0000"' in operator.page
    stranger = await operator.submit(here, number=number[1], person=str(site.number("b1")))
    assert "Không có điện thoại nào" in says(stranger), "a delegate of another hall is none of this one's"
    await operator.submit(here, number=number[1], person=str(site.number("a2")))
    await phone.open(PHONE)
    assert "Đăng ký phát biểu" in says(await act(phone, "enter"))
    assert "1/3" in says(await operator.open(here)) and "do điểm cầu xác nhận" in operator.page
    entered = await site.pool.fetchval("select body from events where type = 'entered' and body ->> 'who' = $1", site.who("a2"))
    assert entered["sits"] == {"hall": site.who("xa-a"), "vouched": site.who("xa-a")}
    assert "Đã ghi nhận đại biểu rời điểm cầu" in says(await operator.submit(here, act="forget", person=str(site.number("a2"))))
    assert (await phone.open(PHONE)).status_code == 403 and site.who("a2") not in (await site.rooms.state_now(site.room)).members


async def test_a_hall_is_run_by_its_own_endpoint_and_by_who_may_change_the_room(site: Halls, operator: Browser) -> None:
    other = f"{ROOM}/diem-cau/{site.number('xa-b')}"
    assert (await operator.open(other)).status_code == 404
    assert "xa-b" not in says(await operator.open(f"{ROOM}/diem-cau"))
    async with site.citizen("a1") as delegate, site.citizen("chu-tri") as chair:
        assert (await delegate.open(f"{ROOM}/diem-cau")).status_code == 403
        assert (await chair.open(other)).status_code == 200
        both = says(await chair.open(f"{ROOM}/diem-cau"))
        assert "xa-a" in both and "xa-b" in both


async def test_when_every_delegate_is_there_a_phone_that_waits_has_nobody_to_stand_for(
    site: Halls, phone: Browser, operator: Browser
) -> None:
    here = f"{ROOM}/diem-cau/{site.number('xa-a')}"
    await site.scan(phone)
    async with site.browser() as first, site.browser() as second, site.browser() as third:
        for one, name in ((first, "a1"), (second, "a2"), (third, "a3")):
            assert "Xác nhận đại biểu này" in says(await operator.open(here))
            await site.seated(one, name)
    page = says(await operator.open(here))
    assert "Mọi đại biểu trong danh sách của điểm cầu đã vào họp" in page and "1 điện thoại đang chờ" in page
    assert "Xác nhận đại biểu này" not in page


async def test_nobody_claims_a_place_in_a_hall_that_is_not_theirs(site: Halls, phone: Browser) -> None:
    await phone.sign_in("b1@example.vn")
    await site.scan(phone)
    refused = await act(phone, "claim")
    assert refused.status_code == 403 and "không có tên trong danh sách đại biểu của điểm cầu" in says(refused)


async def test_who_has_no_name_of_their_own_is_called_as_the_list_says(site: Halls, phone: Browser) -> None:
    await identity.rename(site.pool, site.number("a1"), "")
    roll = tuple(one.seat for one in await rolls.list_seats(site.pool, site.room))
    named = {site.who("a1"): "Đại biểu A1", site.who("b1"): "Đại biểu B1", site.who("a2"): "Tên khác"}
    async with site.pool.acquire() as connection, connection.transaction():
        await rolls.replace_seats(connection, site.room, [structs.replace(seat, name=named.get(seat.who, seat.name)) for seat in roll])
    await site.seated(phone, "a1")
    assert "Đại biểu A1 (xa-a)" in says(await act(phone, "raise"))
    await site.come_in("b1")
    inside = (await site.rooms.state_now(site.room)).members
    assert [inside[site.who(name)].name for name in ("a1", "b1")] == ["Đại biểu A1", "Đại biểu B1"]
    names = {one.seat.who: one.seat.name for one in await rolls.list_seats(site.pool, site.room)}
    assert names[site.who("a2")] == "a2", "whoever has a name keeps it"


async def test_a_phone_whose_owner_has_no_name_anywhere_asks_for_one(site: Halls, phone: Browser) -> None:
    await phone.sign_in("b1@example.vn")
    await site.scan(phone, "xa-b")
    assert "Danh sách của cuộc họp chưa ghi tên ông/bà" in says(await act(phone, "claim"))
    for typed, said in (("   ", "Xin ghi tên"), ("x" * 81, "80")):
        refused = await phone.submit(PHONE, act="enter", name=typed)
        assert refused.status_code == 422 and said in says(refused) and f'value="{typed}"' in phone.page and 'href="#name"' in phone.page
    assert "Đăng ký phát biểu" in says(await phone.submit(PHONE, act="enter", name="Đại biểu B1"))
    assert (await site.rooms.state_now(site.room)).members[site.who("b1")].name == "Đại biểu B1"


async def test_a_second_phone_takes_the_place_of_the_first_which_says_what_to_do(site: Halls, phone: Browser) -> None:
    await site.seated(phone, "a3")
    async with site.browser() as second:
        assert site.displaced == []
        await site.seated(second, "a3")
        assert len(site.displaced) == 1, "the first one's live connection is told of"
        motion = await site.put_to_vote()
        cast = await phone.client.post(f"{PHONE}/{motion}", data=hidden(phone) | {"choice": "0"}, headers={"origin": ORIGIN})
        assert cast.status_code == 403 and "Việc vừa gửi chưa được ghi nhận" in says(cast)
        page = await phone.open(PHONE)
        assert page.status_code == 403 and "Quét lại mã QR" in says(page) and "hỏi kỹ thuật viên" in says(page)
        page = await phone.open(f"{PHONE}?lang=en")
        assert "Scan the QR code" in says(page) and "Họp giao ban" not in page.text
        unknown = await phone.open("/phong-hop/khong-co/dien-thoai")
        assert unknown.status_code == 403, "which rooms there are is not told"
        assert "Đăng ký phát biểu" in says(await second.open(PHONE))


async def test_a_secret_vote_asks_for_the_code_that_goes_to_the_delegates_own_address(site: Halls, phone: Browser) -> None:
    await site.seated(phone, "a1")
    motion = await site.put_to_vote(secret=True)
    vote = f"{PHONE}/{motion}"
    page = says(await phone.open(PHONE))
    assert "không đổi được" in page and "hệ thống không hứa giữ kín" in page
    site.mail.letters.clear()
    await phone.submit(f"{vote}/ma")
    await site.deliver()
    assert [letter["To"] for letter in site.mail.letters] == ["a1@example.vn"]
    tracker = re.search(r"[0-9a-f]{32}", phone.page)
    assert tracker is not None
    wrong = await phone.submit(vote, choice="0", code="00000000")
    assert wrong.status_code == 422 and tracker[0] in phone.page, "the mark that was written down is kept"
    assert "Đã nhận phiếu kín này" in says(await phone.submit(vote, choice="0", code=site.mail.code("a1@example.vn")))
    assert (await site.rooms.motions.box.was_cast_secretly(MotionId(motion), site.who("a1"), tracker[0])) is True


def hidden(browser: Browser) -> dict[str, str]:
    """The fields that the forms of the page have in common."""
    token = re.search(r'name="csrf" value="([^"]+)"', browser.page)
    assert token is not None
    return {"csrf": token[1], "id": fresh_command()}
