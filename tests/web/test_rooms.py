"""Rooms from outside: who sees which, what an editor may write of one, and how guests come in."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from livekit.api import TokenVerifier

from server.identity.tickets import Tickets
from server.kernel.vietnam import VIETNAM
from server.livekit.engine import MediaEngine
from server.realtime.room_desk import RoomDesk
from server.store.connection import Pool
from server.web.edge import Edge, Place, every_door
from server.web.headers import room_headers
from server.web.room_page import RoomEntrance
from server.web.rooms import RoomPages
from tests.web.citizens import says
from tests.web.office import HOSTILE, Office
from tests.web.site import HOST, ORIGIN, Browser

WHEN = {"starts_day": "2099-03-02", "starts_time": "09:00", "ends_day": "", "ends_time": "11:30"}
SECRET = "s" * 32
ENGINE = "wss://livekit.example.vn:7443"


class Hall(Office):
    """A site with rooms."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.rooms = RoomDesk(pool, self.keys)
        below = self.edge.doors
        inside = RoomPages(pool, self.pages, self.rooms, ORIGIN)
        engine = MediaEngine("http://127.0.0.1:9", ENGINE, "key", SECRET)  # no call is made to it here
        entrance = RoomEntrance(pool, self.pages, self.keys, self.rooms, engine, room_headers(ORIGIN, ENGINE))
        self.edge = Edge(
            every_door(lambda: below, inside.doors, entrance.doors),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )


@pytest.fixture
def hall(pool: Pool) -> Hall:
    return Hall(pool)


@pytest.fixture
async def editor(hall: Hall) -> AsyncIterator[Browser]:
    async with hall.official("bien-tap", ("editor", await hall.agency())) as browser:
        yield browser


async def create(browser: Browser, title: str = "Họp giao ban", **fields: str) -> str:
    """Makes a room; its slug."""
    await browser.open("/phong-hop/moi")
    made = await browser.submit("/phong-hop/moi", follow=False, **({"title": title, "when": "at"} | WHEN | fields))
    assert made.status_code == 303, says(made)
    slug: str = made.headers["location"].split("/")[2]
    return slug


async def guest_link(editor: Browser, slug: str) -> str:
    """A new guests' link; its path."""
    await editor.open(f"/phong-hop/{slug}/sua")
    await editor.submit(f"/phong-hop/{slug}/lien-ket")
    start = editor.page.index(f"/phong-hop/{slug}/khach/")
    return editor.page[start : editor.page.index('"', start)]


# --- making and changing a room ----------------------------------------------------------------------------------------


async def test_a_new_room_stands_in_the_list_with_its_time_and_its_entry_for_a_calendar(hall: Hall, editor: Browser) -> None:
    slug = await create(editor, lobby="1")
    assert slug == "hop-giao-ban"
    listed = says(await editor.open("/phong-hop"))
    assert "Sắp tới" in listed and "Họp giao ban" in listed and "9 giờ 00 – 11 giờ 30, ngày 2/3/2099" in listed
    entry = await editor.client.get(f"/phong-hop/{slug}/lich.ics")
    assert entry.headers["content-type"].startswith("text/calendar")
    assert b"\r\nDTSTART;TZID=Asia/Ho_Chi_Minh:20990302T090000\r\n" in entry.content
    assert f"URL:{ORIGIN}/phong-hop/{slug}".encode() in entry.content


async def test_a_calendar_that_has_the_entry_replaces_it_after_a_change(editor: Browser) -> None:
    slug = await create(editor)

    async def facts() -> dict[str, str]:
        lines = (await editor.client.get(f"/phong-hop/{slug}/lich.ics")).text.split("\r\n")
        return {name: value for name, _, value in (line.partition(":") for line in lines)}

    before = await facts()
    await editor.open(f"/phong-hop/{slug}/sua")
    kept = {"title": "Họp giao ban", "when": "at", "hosts": "bien-tap@example.vn"} | WHEN
    assert (await editor.submit(f"/phong-hop/{slug}/sua", follow=False, **(kept | {"starts_time": "08:00"}))).status_code == 303
    after = await facts()
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["DTSTART;TZID=Asia/Ho_Chi_Minh"] == "20990302T080000"


async def test_who_may_write_privately_is_a_rule_of_the_room_and_comes_back_as_it_was_set(editor: Browser, pool: Pool) -> None:
    slug = await create(editor)
    read = "select private_among, private_kept from rooms where slug = $1"
    assert tuple(await pool.fetchrow(read, slug) or ()) == ("all", False)
    await editor.open(f"/phong-hop/{slug}/sua")
    kept = {"title": "Họp giao ban", "when": "at", "hosts": "bien-tap@example.vn"} | WHEN
    await editor.submit(f"/phong-hop/{slug}/sua", follow=True, **(kept | {"private": "desk", "private_kept": "on"}))
    assert tuple(await pool.fetchrow(read, slug) or ()) == ("desk", True)
    assert re.search(r'name="private" value="desk" checked', editor.page) and re.search(r'name="private_kept" checked', editor.page)
    answer = await editor.submit(f"/phong-hop/{slug}/sua", follow=False, **(kept | {"private": "whoever"}))
    assert answer.status_code == 400


async def test_a_meeting_into_the_night_ends_on_the_next_day(editor: Browser) -> None:
    slug = await create(editor, starts_time="22:00", ends_time="01:00")
    assert "DTEND;TZID=Asia/Ho_Chi_Minh:20990303T010000" in (await editor.client.get(f"/phong-hop/{slug}/lich.ics")).text


async def test_a_room_that_is_always_there_has_no_entry_for_a_calendar(editor: Browser) -> None:
    slug = await create(editor, "Phòng của Ban soạn thảo", when="always")
    assert "Phòng thường trực" in says(await editor.open("/phong-hop"))
    assert (await editor.client.get(f"/phong-hop/{slug}/lich.ics")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"title": " "}, "title", "Xin ghi tên phòng họp."),
        ({"title": "n" * 201}, "title", "dài 201 ký tự; tối đa là 200"),
        ({"starts_day": ""}, "starts_day", "Xin cho biết ngày, giờ"),
        ({"starts_day": "31/2/2099"}, "starts_day", "Xin cho biết ngày, giờ"),
        ({"ends_day": "2099-03-01"}, "starts_day", "Xin cho biết ngày, giờ"),
        ({"ends_day": "2099-12-01"}, "starts_day", "không quá 31 ngày"),
        ({"hosts": "khong@"}, "hosts", "“khong@” chưa đúng"),
        ({"members": f"mot@example.vn\n{HOSTILE}"}, "members", "chưa đúng"),
        ({"members": "\n".join(f"m{number}@example.vn" for number in range(301))}, "members", "Nhiều nhất là 300 người"),
    ],
)
async def test_a_form_that_is_refused_comes_back_as_it_was_written(
    pool: Pool, editor: Browser, fields: dict[str, str], field: str, sentence: str
) -> None:
    await editor.open("/phong-hop/moi")
    answer = await editor.submit("/phong-hop/moi", follow=False, **({"title": "Họp", "when": "at"} | WHEN | fields))
    assert answer.status_code == 422
    assert sentence in says(answer) and f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
    assert "<img src=x" not in answer.text
    assert await pool.fetchval("select count(*) from rooms") == 0


async def test_a_form_sent_twice_is_one_room(pool: Pool, editor: Browser) -> None:
    await editor.open("/phong-hop/moi")
    page = editor.page
    for _ in range(2):
        editor.page = page
        await editor.submit("/phong-hop/moi", follow=False, title="Họp", when="at", **WHEN)
    assert await pool.fetchval("select count(*) from rooms") == 1


async def test_a_title_that_is_no_address_gets_another(editor: Browser) -> None:
    assert await create(editor, "Mới") == "phong-moi"
    assert await create(editor, "!!!") == "phong-hop"
    assert await create(editor, "Mới") == "phong-moi-2"


async def test_a_deleted_room_is_gone_and_was_asked_about_first(editor: Browser) -> None:
    slug = await create(editor)
    assert "không hoàn tác được" in says(await editor.open(f"/phong-hop/{slug}/xoa"))
    assert "Đã xóa phòng họp." in (await editor.submit(f"/phong-hop/{slug}/xoa")).text
    assert (await editor.client.get(f"/phong-hop/{slug}")).status_code == 404


async def test_a_room_is_found_without_accents_and_an_empty_search_says_so(editor: Browser) -> None:
    await create(editor, "Họp về đê điều")
    assert "Họp về đê điều" in says(await editor.open("/phong-hop?q=de+dieu"))
    nothing = says(await editor.open("/phong-hop?q=khong-co"))
    assert "Không tìm thấy phòng họp nào có “khong-co”." in nothing and "Họp về" not in nothing


async def test_today_begins_with_the_meeting_that_runs_then_goes_by_the_hour(pool: Pool, editor: Browser) -> None:
    for title in ("Thường trực một", "Thường trực hai"):
        await create(editor, title, when="always")
    today = datetime.now(VIETNAM).date().isoformat()
    for title, starts in (("Muộn", "23:58"), ("Sớm", "00:01")):
        await create(editor, title, starts_day=today, starts_time=starts, ends_time="23:59")
    running = "insert into meetings (room, first_seq, started_at) select id, 0, now() from rooms where title = 'Thường trực hai'"
    await pool.execute(running)
    listed = says(await editor.open("/phong-hop"))
    places = [listed.index(title) for title in ("Hôm nay", "Đang họp", "Thường trực hai", "Sớm", "Muộn", "Thường trực một")]
    assert places == sorted(places)


async def test_what_people_write_is_shown_as_they_wrote_it(editor: Browser) -> None:
    slug = await create(editor, HOSTILE)
    for path in ("", f"/{slug}/sua", f"/{slug}", f"/{slug}/xoa"):
        page = (await editor.open(f"/phong-hop{path}")).text
        assert "<img src=x" not in page and "&lt;img src=x" in page


# --- whom a room concerns ----------------------------------------------------------------------------------------------


async def test_an_official_finds_again_the_room_of_another_agency_in_which_they_were(hall: Hall, editor: Browser, pool: Pool) -> None:
    slug = await create(editor, "Phòng thường trực", when="always")
    elsewhere = await hall.agency("khac", "Khác")
    async with hall.official("da-du", ("moderator", elsewhere)) as came, hall.citizen("khach") as guest:
        assert "Phòng thường trực" not in says(await came.open("/phong-hop"))
        inside = "insert into room_names (room, who, name) select r.id, 'p' || $1::bigint, '' from rooms as r where r.slug = $2"
        for name in ("da-du", "khach"):
            await pool.execute(inside, (await hall.person(name)).person, slug)
        page = says(await came.open("/phong-hop"))
        assert page.index("Đã qua") < page.index("Phòng thường trực") and "Vào phòng" not in page
        assert f'"/phong-hop/{slug}/cuoc-hop"' in came.page
        assert "Phòng thường trực" not in says(await guest.open("/phong-hop"))


async def test_an_invited_person_of_no_agency_sees_the_room_and_may_not_change_it(hall: Hall, editor: Browser) -> None:
    slug = await create(editor, members="Duoc-Moi@example.vn; ")
    async with hall.citizen("duoc-moi") as invited:
        assert "Họp giao ban" in says(await invited.open("/phong-hop"))
        assert (await invited.open(f"/phong-hop/{slug}")).status_code == 200
        assert (await invited.open(f"/phong-hop/{slug}/sua")).status_code == 403
    async with hall.citizen("nguoi-khac") as stranger:
        assert "Họp giao ban" not in says(await stranger.open("/phong-hop"))
        assert (await stranger.open(f"/phong-hop/{slug}")).status_code == 404
        assert (await stranger.open(f"/phong-hop/{slug}/lich.ics")).status_code == 404


async def test_a_host_who_is_no_editor_may_change_the_room(hall: Hall, editor: Browser) -> None:
    slug = await create(editor, hosts="chu-tri@example.vn")
    async with hall.citizen("chu-tri") as host:
        assert (await host.open(f"/phong-hop/{slug}/sua")).status_code == 200
        assert "chu-tri@example.vn" in host.page and "bien-tap@example.vn" in host.page


async def test_a_visitor_is_asked_to_sign_in_and_comes_back_to_the_room(hall: Hall, editor: Browser) -> None:
    slug = await create(editor)
    async with hall.browser() as visitor:
        answer = await visitor.client.get(f"/phong-hop/{slug}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/dang-nhap?next=%2Fphong-hop%2F{slug}")


# --- guests ------------------------------------------------------------------------------------------------------------


async def test_a_guest_comes_by_the_link_with_a_name_and_gets_a_ticket_for_that_room_only(hall: Hall, pool: Pool, editor: Browser) -> None:
    slug, other = await create(editor), await create(editor, "Phòng khác")
    link = await guest_link(editor, slug)
    async with hall.browser() as guest:
        assert "Họp giao ban" in says(await guest.open(link))
        entered = await guest.submit(link, name="Khách mời")
        assert entered.status_code == 200 and "<meeting-room" in entered.text
        (cookie,) = [one for one in guest.client.cookies.jar if "guest" in one.name]
        assert cookie.has_nonstandard_attr("HttpOnly") and cookie.secure and cookie.path == "/"
        assert (await guest.client.get(f"/phong-hop/{other}")).status_code == 303
        ids = {row["slug"]: row["id"] for row in await pool.fetch("select id, slug from rooms")}
        tickets = Tickets(pool, hall.sessions)
        for asked, name in ((ids[slug], "Khách mời"), (ids[other], ""), (None, "")):
            body = {} if asked is None else {"room": asked}
            answer = await guest.client.post("/live/ticket", json=body, headers={"origin": ORIGIN})
            viewer = await tickets.redeem(answer.json()["ticket"], guest_cookie=lambda room: cookie.value if room == ids[slug] else None)
            assert viewer is not None and viewer.name == name and (viewer.guest is not None) == bool(name)


async def test_a_guest_who_came_already_goes_straight_in(hall: Hall, editor: Browser) -> None:
    link = await guest_link(editor, await create(editor))
    async with hall.browser() as guest:
        await guest.open(link)
        await guest.submit(link, name="Khách")
        assert (await guest.client.get(link)).status_code == 303


async def test_without_a_name_one_is_asked_again(hall: Hall, editor: Browser) -> None:
    link = await guest_link(editor, await create(editor))
    async with hall.browser() as guest:
        await guest.open(link)
        answer = await guest.submit(link, name="  ")
        assert answer.status_code == 422 and "Xin ghi tên." in says(answer)
        assert (await guest.submit(link, follow=False, name="Khách")).status_code == 303


async def test_a_withdrawn_link_lets_nobody_in_nor_back_in(hall: Hall, editor: Browser) -> None:
    slug = await create(editor)
    link = await guest_link(editor, slug)
    async with hall.browser() as guest:
        await guest.open(link)
        await guest.submit(link, name="Khách")
        await editor.submit(f"/phong-hop/{slug}/thu-hoi")
        assert (await guest.client.get(link)).status_code == 404
        assert (await guest.client.get(f"/phong-hop/{slug}")).status_code == 303
        assert (await guest.client.get(f"/phong-hop/{slug}/khach/sai")).status_code == 404
    assert "chưa có đường dẫn cho khách" in says(await editor.open(f"/phong-hop/{slug}/sua"))


async def test_who_is_signed_in_comes_by_the_link_as_themselves(hall: Hall, editor: Browser) -> None:
    slug = await create(editor)
    link = await guest_link(editor, slug)
    async with hall.citizen("cong-dan") as citizen:
        assert (await citizen.client.get(f"/phong-hop/{slug}")).status_code == 404
        assert "cong-dan" in says(await citizen.open(link))
        assert "<meeting-room" in (await citizen.submit(link)).text
        assert not [one for one in citizen.client.cookies.jar if "guest" in one.name]
    assert (await editor.client.get(link)).headers["location"] == f"/phong-hop/{slug}"


async def test_guests_from_one_address_are_counted(hall: Hall, editor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.room_page.GUESTS_PER_ADDRESS", 1)
    link = await guest_link(editor, await create(editor))
    for status in (303, 429):
        async with hall.browser() as guest:
            await guest.open(link)
            assert (await guest.submit(link, follow=False, name="Khách")).status_code == status


async def test_the_connection_can_be_tried_by_those_the_room_concerns_and_not_without_end(
    hall: Hall, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.room_page.TRIALS_PER_ADDRESS", 2)
    slug = await create(editor)
    address, ours = f"/phong-hop/{slug}/thu", {"origin": ORIGIN}
    assert f'data-trial="{address}"' in (await editor.open(f"/phong-hop/{slug}")).text
    async with hall.browser() as stranger:
        assert (await stranger.client.post(address, json={}, headers=ours)).status_code == 401
    given = [(await editor.client.post(address, json={}, headers=ours)).json() for _ in range(2)]
    claims = [TokenVerifier("key", SECRET).verify(one["token"]) for one in given]
    assert {one["url"] for one in given} == {ENGINE}
    assert claims[0].video is not None and claims[1].video is not None
    assert claims[0].video.room == claims[1].video.room == "trial" and claims[0].identity != claims[1].identity
    rights = [(one.video.can_publish, one.video.can_subscribe, one.video.can_publish_data, one.video.hidden) for one in claims if one.video]
    assert rights == [(False, False, False, True)] * 2
    refused = await editor.client.post(address, json={}, headers=ours)
    assert refused.status_code == 429 and refused.headers["retry-after"]


# --- what the room's page may do ---------------------------------------------------------------------------------------


async def test_only_the_room_s_page_may_use_camera_and_microphone_and_reach_the_media_engine(editor: Browser) -> None:
    slug = await create(editor)
    room, listed = await editor.open(f"/phong-hop/{slug}"), await editor.open("/phong-hop")
    assert "camera=(self), microphone=(self), display-capture=(self)" in room.headers["permissions-policy"]
    assert f"connect-src 'self' wss://{HOST} {ENGINE} {ENGINE.replace('wss', 'https')};" in room.headers["content-security-policy"]
    assert "camera=()" in listed.headers["permissions-policy"] and "display-capture=()" in listed.headers["permissions-policy"]
    assert "livekit" not in listed.headers["content-security-policy"]


def test_a_site_with_its_own_engine_reaches_nobody_else() -> None:
    policy = room_headers(ORIGIN, f"wss://{HOST}")["content-security-policy"]
    assert f"connect-src 'self' wss://{HOST};" in policy
