"""Meetings over the live socket of the finished product, on real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.protocol import meeting, rooms
from server.store import meetings
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    return await Hall.open(pool)


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def test_everybody_inside_sees_who_comes_what_is_said_and_whose_hand_was_first(house: House) -> None:
    host = await house.person("host")
    member = await house.person("member")
    await host.sees(lambda: host.inside == {host.who, member.who})
    await member.say("Xin chào các đồng chí")
    await member.raise_hand()
    await host.raise_hand()
    for one in (host, member):
        await one.sees(lambda one=one: one.chat == ["Xin chào các đồng chí"] and one.hands == [member.who, host.who])  # type: ignore[misc]
    assert [(line.name, line.who) for line in host.page.chat] == [("Đại biểu member", member.who)]
    assert {one.role for one in host.page.members} == {"host", "member"}


async def test_who_comes_late_finds_the_hands_and_the_chat(house: House) -> None:
    host = await house.person("host")
    await host.say("Ta bắt đầu")
    await host.raise_hand()
    official = await house.person("official")
    await official.sees(lambda: official.standing == "inside")
    assert (official.chat, official.hands, official.page.title) == (["Ta bắt đầu"], [host.who], "Họp giao ban")


async def test_a_guest_knocks_the_host_hears_it_and_lets_them_in(house: House) -> None:
    host, guest = await house.person("host"), await house.guest("Chuyên gia mẫu")
    member = await house.person("member")
    assert guest.page.me.lobby and await guest.enter() == "waiting"
    await guest.sees(lambda: guest.standing == "waiting")
    await host.sees(lambda: host.waiting == [guest.who])
    assert host.page.waiting[0].name == "Chuyên gia mẫu"
    assert (guest.inside, guest.chat, member.waiting) == (set(), [], [])
    assert await guest.refused(rooms.Say(new_id(), guest.room, "Cho tôi vào")) == "not_inside"
    await host.do(rooms.Admit(new_id(), host.room, None))
    await guest.sees(lambda: guest.standing == "inside" and guest.inside == {host.who, member.who, guest.who})


async def test_who_is_turned_away_is_told_so_and_sees_nothing(house: House) -> None:
    host, guest = await house.person("host"), await house.guest()
    await guest.enter()
    await host.do(rooms.TurnAway(new_id(), host.room, guest.who))
    await guest.sees(lambda: guest.standing == "turned_away")
    await host.say("Nội bộ")
    await guest.sees(lambda: guest.page.seq == host.page.seq)
    assert (guest.inside, guest.chat) == (set(), [])


async def test_a_removed_member_is_told_so_and_hears_no_more(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    await host.do(rooms.Remove(new_id(), host.room, member.who))
    await member.sees(lambda: member.standing == "removed" and member.inside == set())
    await host.say("Nội bộ")
    await member.sees(lambda: member.page.seq == host.page.seq)
    assert member.chat == []
    assert await member.refused(meeting.RaiseHand(new_id(), member.room)) == "not_inside"
    assert await member.refused(rooms.AskMedia(new_id(), member.room)) == "not_inside"


async def test_a_second_tab_takes_the_place_and_gives_it_back(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    await member.raise_hand()
    second = await house.person("member")
    await member.sees(lambda: member.standing == "elsewhere" and member.inside == set())
    await second.sees(lambda: second.standing == "inside" and second.hands == [second.who])
    assert await member.refused(rooms.Say(new_id(), member.room, "Từ thẻ cũ")) == "not_inside"
    await member.enter()
    await second.sees(lambda: second.standing == "elsewhere")
    await host.sees(lambda: host.inside == {host.who, member.who} and host.hands == [member.who])


async def test_a_lost_member_is_shown_as_lost_at_once_and_finds_place_and_hand_again(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    await member.raise_hand()
    await member.lose()
    await host.sees(lambda: host.connected(member.who) is False)
    await host.say("Chờ một chút")
    await member.come_back()
    await member.sees(lambda: member.standing == "inside" and member.chat == ["Chờ một chút"])
    await host.sees(lambda: host.connected(member.who) is True and host.hands == [member.who])


async def test_the_end_is_told_to_all_and_the_next_meeting_is_empty(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    await host.say("Cảm ơn các đồng chí")
    await host.do(rooms.EndMeeting(new_id(), host.room))
    for one in (host, member):
        await one.sees(lambda one=one: (one.page.phase, one.standing, one.inside, one.chat) == ("ended", "outside", set(), []))  # type: ignore[misc]
    assert await member.enter() == "inside"
    await member.sees(lambda: member.page.phase == "running" and member.inside == {member.who})
    await host.sees(lambda: host.page.phase == "running" and host.standing == "outside")


async def test_a_reaction_is_shown_to_those_inside_and_kept_nowhere(house: House, pool: Pool) -> None:
    host, member, guest = await house.person("host"), await house.person("member"), await house.guest()
    events = await pool.fetchval("select count(*) from events")
    await member.do(rooms.React(new_id(), member.room, "applause"))
    await host.sees(lambda: host.reactions == [rooms.Reacted(f"room/{host.room}", member.who, "applause")])
    assert guest.reactions == [] and await pool.fetchval("select count(*) from events") == events


async def test_a_repeated_command_is_carried_out_once(house: House) -> None:
    host = await house.person("host")
    say = rooms.Say(new_id(), host.room, "Một lần thôi")
    assert await host.do(say) == await host.do(say)
    await host.say("Xong")
    await host.sees(lambda: host.chat == ["Một lần thôi", "Xong"])
    other = rooms.Say(say.id, host.room, "Nội dung khác")
    assert await host.refused(other) == "conflict"


async def test_strangers_citizens_and_visitors_find_no_room_and_officials_of_others_knock(house: House, hall: Hall) -> None:
    stranger = await house.person("stranger", enter=False)
    host = await house.person("host")
    assert await stranger.enter() == "waiting"
    await host.sees(lambda: host.waiting == [stranger.who])
    citizen = Attendee(house.origin, hall.room, await hall.browser("citizen"))
    visitor = Attendee(house.origin, hall.room, {})
    for nobody in (citizen, visitor):
        async with nobody:
            assert [refusal.code for refusal in nobody.refusals] == ["not_found"] and nobody.state is None


async def test_guests_without_a_meeting_are_told_to_wait_for_its_beginning(house: House) -> None:
    guest = await house.guest()
    assert await guest.refused(rooms.Enter(new_id(), guest.room)) == "not_started"
    await house.person("member")
    await guest.sees(lambda: guest.page.phase == "running")
    assert await guest.enter() == "waiting"


async def test_what_an_editor_changes_is_seen_inside(house: House, hall: Hall) -> None:
    host, guest = await house.person("host"), await house.guest()
    await guest.enter()
    await host.do(rooms.Admit(new_id(), host.room, guest.who))
    await guest.sees(lambda: guest.standing == "inside")
    await hall.desk.withdraw_link(hall.people["host"], hall.slug)
    await guest.sees(lambda: guest.standing == "removed")
    await hall.desk.delete(hall.people["host"], hall.slug)
    await host.sees(lambda: host.page.phase == "ended")


async def test_who_came_by_a_link_while_signed_in_goes_with_it(house: House, hall: Hall) -> None:
    host, editor = await house.person("host"), hall.people["host"]
    await hall.desk.come_signed_in(hall.people["citizen"], hall.slug, await hall.desk.make_link(editor, hall.slug))
    citizen, stranger = await house.person("citizen", enter=False), await house.person("stranger", enter=False)
    assert await citizen.enter() == await stranger.enter() == "waiting"
    await host.do(rooms.Admit(new_id(), host.room, None))
    await host.sees(lambda: host.inside == {host.who, citizen.who, stranger.who})
    await hall.desk.withdraw_link(editor, hall.slug)
    await citizen.sees(lambda: citizen.standing == "removed")
    assert await citizen.refused(rooms.Enter(new_id(), citizen.room)) == "not_found"
    assert host.inside == {host.who, stranger.who}


async def test_older_lines_of_the_chat_are_read_where_they_are_stored(house: House) -> None:
    host = await house.person("host")
    for number in range(6):
        await host.say(f"{number}")
    await host.sees(lambda: len(host.chat) == 6)
    page = await host.ask(rooms.ReadChat(new_id(), host.room, host.page.chat[4].id))
    assert isinstance(page, rooms.ChatPage) and not page.earlier
    assert [line.text for line in page.lines] == ["0", "1", "2", "3"]


async def test_after_a_restart_the_meeting_its_hands_and_its_chat_are_still_there(
    hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        host, member = await house.person("host"), await house.person("member")
        await member.raise_hand()
        await host.say("Ta họp tiếp sau giờ nghỉ")
        await member.sees(lambda: member.chat == ["Ta họp tiếp sau giờ nghỉ"])
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        for one in (host, member):
            one.origin = house.origin
            async with one:
                await one.sees(lambda one=one: one.standing == "inside" and one.hands == [member.who])  # type: ignore[misc]
                assert one.chat == ["Ta họp tiếp sau giờ nghỉ"]


async def test_the_log_read_back_is_the_state_and_holds_neither_names_nor_words(house: House, pool: Pool) -> None:
    host, member, guest = await house.person("host"), await house.person("member"), await house.guest("Chuyên gia mẫu")
    await guest.enter()
    await member.say("Lời chỉ ở một nơi")
    await member.raise_hand()
    await host.sees(lambda: host.waiting == [guest.who] and host.hands == [member.who])
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        loaded = await meetings.load(connection, host.room)
    assert loaded is not None
    seq, state = loaded
    assert (seq, {str(who) for who in state.members}, [str(who) for who in state.waiting]) == (host.page.seq, host.inside, host.waiting)
    assert [line.text for line in state.chat] == host.chat and {one.name for one in state.waiting.values()} == {"Chuyên gia mẫu"}
    stored = await pool.fetchval("select string_agg(body::text, ' ') from events where topic = $1", f"room/{host.room}")
    assert "Lời" not in stored and "Chuyên" not in stored and "Đại biểu" not in stored
