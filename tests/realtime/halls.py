"""A room in the finished product, for tests: its host, a member and guests, each with a browser."""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

import server.app
from rooms.state import Seat
from server.identity.keys import Keys, fingerprint, new_secret
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import AgencyId, CommandId, PersonId, RoomId, Who, person_in_room
from server.realtime.http import http_connection
from server.realtime.room_desk import Details, RoomDesk
from server.settings import Settings
from server.store import halls, identity, people, rolls
from server.store.connection import Pool
from server.store.identity import Lifetimes
from tests.peers.attendee import Attendee
from tests.web.site import BUILT, SHIPPED

KEY = "k" * 32


class Hall:
    """One room over a database. ``host`` and ``member`` are on its list, ``official`` and ``stranger`` are moderators of its agency and
    of another."""

    def __init__(self, pool: Pool, agency: AgencyId, people: dict[str, Viewer], room: RoomId, slug: str) -> None:
        self.pool = pool
        self.agency = agency
        self.people = people
        self.room = room
        self.slug = slug
        self.desk = RoomDesk(pool, Keys(KEY.encode()))
        self._sessions = Sessions(pool, Lifetimes(), _ended)

    @classmethod
    async def open(cls, pool: Pool, lobby: bool = True) -> "Hall":
        """A new agency with a room."""
        own = secrets.token_hex(4)
        here = await people.add_agency(pool, f"mau-{own}", "Cơ quan mẫu", "Sample agency")
        there = await people.add_agency(pool, f"khac-{own}", "Cơ quan khác", "Another agency")
        assert here is not None and there is not None
        roles: dict[str, list[tuple[str, AgencyId | None]]] = {
            "host": [("editor", here)],
            "member": [],
            "official": [("moderator", here)],
            "stranger": [("moderator", there)],
            "citizen": [],
            "editor": [("editor", here)],
            "editor elsewhere": [("editor", there)],
            "administrator": [("administrator", here)],
            "administrator elsewhere": [("administrator", there)],
            "site administrator": [("administrator", None)],
        }
        known = {name: await _person(pool, name, granted) for name, granted in roles.items()}
        desk = RoomDesk(pool, Keys(KEY.encode()))
        details = Details("Họp giao ban", lobby=lobby, members=("member@example.vn",))
        room, slug = await desk.create(known["host"], CommandId(str(uuid4())), here, details, "hop-giao-ban")
        return cls(pool, here, known, room, slug)

    def who(self, name: str) -> Who:
        """What a person is called in the room."""
        person = self.people[name].person
        assert person is not None
        return person_in_room(person)

    async def seat(self, *seats: Seat) -> None:
        """Make these the roll of the room."""
        async with self.pool.acquire() as connection, connection.transaction():
            await rolls.replace_seats(connection, self.room, seats)

    async def browser(self, name: str) -> dict[str, str]:
        """The cookies of somebody who has signed in."""
        person = self.people[name].person
        assert person is not None
        return {"session": await self._sessions.open(self.pool, PersonId(person), "")}

    async def guest(self, name: str) -> dict[str, str]:
        """The cookies of a new guest who came by the link."""
        host = self.people["host"]
        link = await self.desk.link(host, self.slug) or await self.desk.make_link(host, self.slug)
        room, cookie = await self.desk.come_as_guest(self.slug, link, name)
        return {f"guest-{room}": cookie}

    async def phone(self, name: str, hall: str) -> dict[str, str]:
        """The cookies of a phone that stands for somebody in a hall."""
        cookie, person, endpoint = new_secret(), self.people[name].person, self.people[hall].person
        assert person is not None and endpoint is not None
        async with self.pool.acquire() as connection, connection.transaction():
            await halls.add_phone(connection, self.room, endpoint, 1234, fingerprint(cookie))
            assert await halls.let_stand(connection, self.room, endpoint, 1234, person, None)
        return {f"guest-{self.room}": cookie}


class House:
    """One running web process, and who came to the room through it."""

    def __init__(self, origin: str, hall: Hall, stack: AsyncExitStack) -> None:
        self.origin = origin
        self.hall = hall
        self._stack = stack
        self.attendees: list[Attendee] = []

    async def attend(self, cookies: dict[str, str]) -> Attendee:
        """Somebody opens the room's page; closed at the end of the house."""
        attendee = await self._stack.enter_async_context(Attendee(self.origin, self.hall.room, cookies))
        self.attendees.append(attendee)
        return attendee

    async def person(self, name: str, *, enter: bool = True) -> Attendee:
        attendee = await self.attend(await self.hall.browser(name))
        if enter:
            assert await attendee.enter() == "inside"
        return attendee

    async def guest(self, name: str = "Khách mời") -> Attendee:
        return await self.attend(await self.hall.guest(name))


@asynccontextmanager
async def open_house(hall: Hall, dsn: str, dist: Path, monkeypatch: pytest.MonkeyPatch, port: int = 0, **more: Any) -> AsyncIterator[House]:
    """The finished product on ``port``, or on a free one, for as long as the block runs. Nobody's page has seen a fault when it ends."""
    files = {f"src/{name}": {"file": name} for name in BUILT} | {f"x/{name}": {"file": name} for name in SHIPPED}
    (dist / "manifest.json").write_text(json.dumps(files))
    monkeypatch.setattr(server.app, "DIST", dist)
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    settings = Settings(listen_port=port, database_url=dsn, secret_key=KEY, codes_on_console=True, **more)
    async with server.app.build(settings) as app:
        quiet: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off"}
        door: Any = app.hub.door.open
        running = uvicorn.Server(uvicorn.Config(app.edge, http=http_connection(app.limits), ws=door, **quiet))
        serving = asyncio.create_task(running.serve(sockets=[listener]))
        async with AsyncExitStack() as stack:
            house = House(f"http://127.0.0.1:{port}", hall, stack)
            yield house
        assert [attendee.faults for attendee in house.attendees] == [[] for _ in house.attendees]
        running.should_exit = True
        await serving


async def _person(pool: Pool, name: str, granted: list[tuple[str, AgencyId | None]]) -> Viewer:
    async with pool.acquire() as connection:
        person = await identity.find_or_add_person(connection, f"{name.replace(' ', '-')}@example.vn", f"Đại biểu {name}")
        for role, agency in granted:
            await people.add_grant(connection, person, role, agency)
    return Viewer(person, grants=grants_of(granted), name=f"Đại biểu {name}")


async def _ended(session: object) -> None:
    """Nobody's session ends here."""
