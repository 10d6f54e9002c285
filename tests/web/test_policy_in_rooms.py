"""Everybody sends every command of a room over the live socket of the finished product: from outside, from the lobby, and from inside
in each role. Who may not, is refused and changes nothing.
"""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooms.papers import ForWhom
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, Who
from server.protocol import groups, live, meeting, papers, rooms, sites
from server.realtime.room_desk import Details
from server.store import room_papers
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.facts import mark_of
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house

EVERYBODY = [
    *("member", "official", "editor", "administrator"),
    *("stranger", "editor elsewhere", "administrator elsewhere", "site administrator", "citizen"),
]
OF_HOSTS = {*(rooms.ByHost | meeting.ByLeader | meeting.ByPreparer | groups.ForGroups).__args__, papers.ShowPage, sites.CheckSites}
"""Where a roll names no chair, the hosts lead too."""
OF_THE_LINE = {meeting.TakeChair, meeting.GiveChair}
"""Asked in vain where nobody is in it."""
FROM_THE_LOBBY = {rooms.Enter, rooms.Leave}
NEEDS_THE_ENGINE = {rooms.Mute}
"""What is allowed and then refused by the engine, for none runs here."""


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    hall = await Hall.open(pool)
    async with pool.acquire() as connection, connection.transaction():
        paper = await room_papers.add_paper(connection, hall.room, "Tờ trình", ForWhom(), Who("p1"))
        await room_papers.add_version(connection, paper, room_papers.NewVersion("a.pdf", False, "", b"%PDF-", ["Một trang"]))
    return hall


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    keys: dict[str, Any] = {"livekit_api_key": "key", "livekit_api_secret": "s" * 32, "media_signal_port": 9}
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch, **keys) as house:
        yield house


def every_command(room: int, other: str) -> list[rooms.ForRoom]:
    """One of each kind at least, about ``other``; what ends something comes last."""
    plan = meeting.Plan("Nội dung")
    commands: list[rooms.ForRoom] = [
        meeting.Attend(new_id(), room),
        meeting.TakeChair(new_id(), room),
        meeting.GiveChair(new_id(), room, other),
        meeting.AddItem(new_id(), room, plan),
        meeting.AddItem(new_id(), room, plan, before=1),
        meeting.EditItem(new_id(), room, 1, plan),
        meeting.MoveItem(new_id(), room, 1),
        meeting.RemoveItem(new_id(), room, 2),
        meeting.GoTo(new_id(), room, 1),
        meeting.RaiseHand(new_id(), room, "reply", "for"),
        meeting.MoveHand(new_id(), room, 1),
        meeting.LowerHand(new_id(), room),
        meeting.SetDiscussion(new_id(), room, False),
        meeting.SetLimits(new_id(), room, meeting.Limits(speaker_s=60)),
        meeting.GiveFloor(new_id(), room, other, 60),
        meeting.ExtendFloor(new_id(), room, 60),
        meeting.WithdrawFloor(new_id(), room),
        meeting.YieldFloor(new_id(), room),
        meeting.FinishItem(new_id(), room),
        groups.PlanGroups(new_id(), room, 2),
        groups.PutInGroup(new_id(), room, other, 1),
        groups.OpenGroups(new_id(), room, 600),
        groups.VisitGroup(new_id(), room, 1),
        groups.CallBack(new_id(), room, 0),
        sites.TellCheck(new_id(), room, sites.Findings()),
        sites.CheckSites(new_id(), room, other),
        rooms.Say(new_id(), room, "Xin ý kiến"),
        rooms.React(new_id(), room, "agree"),
        papers.ShowPage(new_id(), room, 1, 1),
        rooms.AskMedia(new_id(), room),
        rooms.ReadChat(new_id(), room, 1),
        rooms.Admit(new_id(), room, None),
        rooms.TurnAway(new_id(), room, other),
        rooms.SetLobby(new_id(), room, True),
        rooms.Mute(new_id(), room, other, "microphone"),
        rooms.Remove(new_id(), room, other),
        rooms.EndMeeting(new_id(), room),
        rooms.Leave(new_id(), room),
        rooms.Enter(new_id(), room),
    ]
    assert {type(command) for command in commands} == set(rooms.ForRoom.__args__), "a command that nobody sends here"
    return commands


async def facts(pool: Pool) -> str:
    """A mark of all that a room keeps."""
    tables = ["rooms", "room_people", "room_seats", "room_items", "meetings", "room_names", "chat", "events", "topics", "commands"]
    return await mark_of(pool, tables)


async def refused_and_nothing_changed(pool: Pool, who: Attendee, command: rooms.ForRoom, *codes: str) -> None:
    before = await facts(pool)
    assert await who.refused(command) in codes, command
    assert await facts(pool) == before, command


def role_of(hall: Hall, name: str) -> str | None:
    """What the policy table makes of somebody who is on no list."""
    viewer: Viewer = hall.people[name]
    if may(viewer, Action.ENTER_ROOM, agency=hall.agency):
        return "member"
    return "guest" if may(viewer, Action.KNOCK_AT_ROOM, agency=hall.agency) else None


@pytest.mark.parametrize("name", EVERYBODY)
async def test_who_has_not_entered_may_do_nothing_and_enters_or_knocks_as_the_policy_says(
    house: House, hall: Hall, pool: Pool, name: str
) -> None:
    host = await house.person("host")
    somebody = await house.person(name, enter=False)
    role = "member" if name == "member" else role_of(hall, name)
    *commands, enter = every_command(hall.room, host.who)
    if role is None:
        assert [refusal.code for refusal in somebody.refusals] == ["not_found"]
        for command in (*commands, enter):
            await refused_and_nothing_changed(pool, somebody, command, "not_inside", "not_found")
        return
    assert somebody.page.me.role == role
    for command in commands:
        if not isinstance(command, rooms.Leave):
            await refused_and_nothing_changed(pool, somebody, command, "not_inside")
    assert (await somebody.do(enter)).state == ("inside" if role == "member" else "waiting")


async def test_a_visitor_may_do_nothing(house: House, hall: Hall, pool: Pool) -> None:
    host = await house.person("host")
    async with Attendee(house.origin, hall.room, {}) as visitor:
        for command in every_command(hall.room, host.who):
            await refused_and_nothing_changed(pool, visitor, command, "sign_in_needed")


async def test_a_guest_is_one_in_one_room_only(house: House, hall: Hall, pool: Pool) -> None:
    host = await house.person("host")
    other, slug = await hall.desk.create(hall.people["host"], CommandId(new_id()), hall.agency, Details("Phòng khác"), "phong-khac")
    link = await hall.desk.make_link(hall.people["host"], slug)
    _, cookie = await hall.desk.come_as_guest(slug, link, "Khách của phòng khác")
    with pytest.raises(AssertionError, match="not_found"):
        await Attendee(house.origin, hall.room, {f"guest-{hall.room}": cookie}).come_back()
    async with Attendee(house.origin, other, {f"guest-{other}": cookie}) as guest:
        await guest.follow(hall.room)
        assert [refusal.code for refusal in guest.refusals] == ["not_found"]
        for command in every_command(hall.room, host.who):
            await refused_and_nothing_changed(pool, guest, command, "not_inside", "not_found")


@pytest.mark.parametrize("standing", ["waiting", "member", "guest", "host"])
async def test_each_standing_may_do_what_it_may_and_nothing_else(house: House, hall: Hall, pool: Pool, standing: str) -> None:
    host = await house.person("host")
    other = await house.person("member")
    waiting = await house.guest("Khách đang chờ")
    somebody = host if standing == "host" else await house.person("official") if standing == "member" else await house.guest()
    await waiting.enter()
    if standing in ("waiting", "guest"):
        await somebody.enter()
    if standing == "guest":
        await host.do(rooms.Admit(new_id(), hall.room, somebody.who))
    for asked in every_command(hall.room, waiting.who if standing == "host" else other.who):
        kind, command = type(asked), asked
        if standing == "host" and kind is rooms.Admit:
            continue  # who waits is turned away below
        if kind in (rooms.Mute, rooms.Remove, groups.PutInGroup, sites.CheckSites):
            command = msgspec.structs.replace(asked, who=other.who)
        if isinstance(asked, meeting.GiveFloor | meeting.GiveChair):
            command = msgspec.structs.replace(asked, to=other.who)
        if standing == "waiting" and kind not in FROM_THE_LOBBY:
            await refused_and_nothing_changed(pool, somebody, command, "not_inside")
        elif kind in OF_THE_LINE or (standing != "host" and kind in OF_HOSTS):
            await refused_and_nothing_changed(pool, somebody, command, "not_allowed")
        elif kind is sites.TellCheck:
            await refused_and_nothing_changed(pool, somebody, command, "no_check")
        elif kind in NEEDS_THE_ENGINE:
            await refused_and_nothing_changed(pool, somebody, command, "media_unavailable")
        else:
            answer = await somebody.ask(command)
            assert isinstance(answer, live.Done | rooms.MediaPass | rooms.ChatPage), (command, answer)


async def test_a_media_pass_opens_this_meeting_alone_and_only_to_be_seen_and_heard(house: House, hall: Hall) -> None:
    host = await house.person("host")
    first = await host.ask(rooms.AskMedia(new_id(), hall.room))
    assert isinstance(first, rooms.MediaPass)
    claims = msgspec.json.decode(_payload(first.token))
    assert (claims["sub"], claims["name"]) == (host.who, "Đại biểu host")
    assert claims["exp"] - claims["nbf"] <= first.expires_in_s + 1 == 601
    video = claims["video"]
    assert {name for name, value in video.items() if value is True} == {"roomJoin", "canPublish", "canSubscribe"}
    assert video["canPublishSources"] == ["microphone", "camera", "screen_share", "screen_share_audio"]
    await host.do(rooms.EndMeeting(new_id(), hall.room))
    await host.enter()
    second = await host.ask(rooms.AskMedia(new_id(), hall.room))
    assert isinstance(second, rooms.MediaPass)
    assert msgspec.json.decode(_payload(second.token))["video"]["room"] != video["room"]


def _payload(token: str) -> bytes:
    """The claims of a token, unverified."""
    middle = token.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
