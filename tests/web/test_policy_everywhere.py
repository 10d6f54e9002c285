"""Every role knocks at every door of the finished product, and sends every command over the live socket: on the things of its own
agency and of another, on its own things and on somebody else's. Who may not, is refused and changes nothing.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import msgspec
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

import server.app
from server.identity.keys import Keys, new_secret
from server.identity.policy import Action, may, may_somewhere
from server.identity.viewer import Role, Viewer, grants_of
from server.kernel.ids import AgencyId, PersonId
from server.protocol import live
from server.protocol.motions import ForMotion
from server.protocol.rooms import ForRoom
from server.realtime.http import http_connection
from server.settings import Settings
from server.store import people
from server.store.connection import Pool
from server.web.csrf import masked
from server.web.door import Door
from server.web.edge import Edge
from tests.peers.facts import mark_of
from tests.peers.postgres import Database
from tests.web.knocks import AGENCYS, KNOCKS, NOBODYS, OF_THE_OPEN, PERSONS, SITES
from tests.web.office import Office
from tests.web.site import BUILT, SHIPPED, templates
from tests.web.things import KEY, Things, things

TRUST = ssl.create_default_context()  # made once: it is slow to make, and nothing here uses it
EVERYBODYS = {Action.READ_PUBLIC, Action.FOLLOW_LIVE, Action.SIGN_IN, Action.BRING_MEDIA_NEWS}


class Product(NamedTuple):
    """The finished product on a port, over the database that ``office`` fills."""

    edge: Edge
    office: Office
    origin: str

    def client(self) -> httpx.AsyncClient:
        """Who asks this product."""
        return httpx.AsyncClient(base_url=self.origin, verify=TRUST, timeout=60)


@pytest.fixture
async def product(database: Database, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Product]:
    files = {f"src/{name}": {"file": name} for name in BUILT} | {f"x/{name}": {"file": name} for name in SHIPPED}
    (tmp_path / "manifest.json").write_text(json.dumps(files))
    monkeypatch.setattr(server.app, "DIST", tmp_path)
    monkeypatch.setattr(server.app, "Templates", lambda assets: templates())  # the same ones, compiled once for all tests
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        listen_port=port,
        data_folder=tmp_path / "data",
        database_url=database.app_dsn,
        secret_key=KEY,
        codes_on_console=True,
        livekit_api_key="key",  # of a media engine that is not there: what is allowed is known without it
        livekit_api_secret="s" * 32,
    )
    async with server.app.build(settings) as app:
        quiet: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off"}
        door: Any = app.hub.door.open
        running = uvicorn.Server(uvicorn.Config(app.edge, http=http_connection(app.limits), ws=door, **quiet))
        serving = asyncio.create_task(running.serve(sockets=[listener]))
        yield Product(app.edge, Office(pool), f"http://127.0.0.1:{port}")
        running.should_exit = True
        await serving


class Case(NamedTuple):
    """A viewer, the things knocked for, and whether they are the viewer's own (and of the viewer's agency)."""

    product: Product
    viewer: Viewer
    things: Things
    own: bool

    def may(self, action: Action, on: str) -> bool:
        """What the policy says of it."""
        if on == NOBODYS:
            return may_somewhere(self.viewer, action)
        owner = self.viewer.person if self.own else PersonId(0)
        return may(self.viewer, action, agency=None if on == SITES else self.things.agency, owner=owner)

    async def cookies(self) -> dict[str, str]:
        """Those of a browser of the viewer, newly signed in. The first is the one to which its forms are bound."""
        before = {"browser": new_secret()}
        if self.viewer.person is None:
            return before
        return {"session": await self.product.office.sessions.open(self.product.office.pool, self.viewer.person, "")} | before

    async def facts(self) -> str:
        """A mark of all that is stored, but for what comes and goes by itself and the viewer's own sessions."""
        pool = self.product.office.pool
        passing = ["sessions", "tickets", "requests", "codes", "kept_forms", "jobs", "migrations"]
        names = "select tablename from pg_tables where schemaname = 'public' and tablename <> all ($1::text[])"
        names += " and tablename not like 'box\\_%' order by 1"  # open ballot boxes, which nobody can look into
        tables = [row["tablename"] for row in await pool.fetch(names, passing)]
        others = "select string_agg(id::text, ' ' order by id) from sessions where person is distinct from $1"
        return f"{await mark_of(pool, tables)}, {await pool.fetchval(others, self.viewer.person)}"


async def cases(product: Product, role: Role, kind: str) -> list[Case]:
    """Two people with this role in one agency: one asks for their own things, the other for somebody else's in another agency."""
    office = product.office
    made = []
    for own in (True, False):
        me, where = f"toi-{kind}-{own}".lower(), f"{kind}-{own}".lower()
        mine = await things(office, f"cua-toi-{where}", me)
        theirs = await things(office, f"cua-ho-{where}", f"nguoi-khac-{where}")
        if role is Role.VISITOR:
            made.append(Case(product, Viewer(), mine if own else theirs, own))
            continue
        granted: list[tuple[str, AgencyId | None]] = []
        if role is Role.SITE_ADMINISTRATOR:
            granted.append(("administrator", None))
        elif role is not Role.CITIZEN:
            granted.append((str(role), mine.agency))
        person = (await office.person(me)).person
        assert person is not None
        for name, agency in granted:
            await people.add_grant(office.pool, person, name, agency)
        made.append(Case(product, Viewer(person, grants=grants_of(granted)), mine if own else theirs, own))
    return made


# --- doors -----------------------------------------------------------------------------------------------------------------


def key_of(door: Door) -> tuple[str, str]:
    return ("GET" if door.takes == "nothing" else "POST"), door.path


def address(door: Door, things: Things) -> str:
    """The door's address for these things."""
    slug = things.open if door.path.startswith(("/lay-y-kien/", "/api/")) or door.path.endswith(OF_THE_OPEN) else things.draft
    slug = things.agency_slug if door.path.startswith("/quan-tri/") else slug
    if door.path.startswith("/phong-hop/"):
        ballot = door.takes == "form" and door.path.endswith(("/{motion:int}", "/{motion:int}/ma"))
        slug = things.linked if "{secret}" in door.path or "{hall:int}" in door.path else things.room
        slug = things.invited if ballot or door.path.endswith("/tra-loi") else slug
    filled = door.path.replace("{slug}", slug).replace("{item:int}", "1").replace("{version:int}", "1").replace("{anchor}", "dieu-1")
    filled = filled.replace("{number:int}", "2")  # of a line of the chat
    filled = filled.replace("{contribution:int}", str(things.contribution)).replace("{hall:int}", str(things.hall))
    filled = filled.replace("{meeting:int}", str(things.meeting)).replace("/tep.{format}", "/tep.docx")
    filled = filled.replace("{paper}", "bien-ban")
    if door.path.startswith("/phong-hop/{slug}/bieu-quyet/{motion:int}/tep"):
        of_opinion = door.path.replace("{slug}", things.invited).replace("{motion:int}", str(things.answered))
        return of_opinion.replace("{file:int}", str(things.opinion_file))
    if door.path.startswith("/phong-hop/"):
        filled = filled.replace("{paper:int}", str(things.room_paper))
        filled = filled.replace("{person:int}", str(things.seated)).replace("{motion:int}", str(things.ballot if ballot else things.slip))
    if door.path.startswith("/thu/"):
        filled = filled.replace("{secret}", things.stop if "{follow:int}" in door.path else things.letters)
        filled = filled.replace("{person:int}", str(things.person)).replace("{follow:int}", str(things.follow))
    filled = filled.replace("{language}", "vi").replace("{paper:int}", str(things.paper))
    filled = filled.replace("{file:int}", str(things.opinions)).replace("{format}", "csv").replace("{dossier:int}", str(things.dossier))
    return filled.replace("{invitation:int}", str(things.invitation_to_person)).replace("{secret}", things.secret)


async def knock(case: Case, client: httpx.AsyncClient, door: Door, fields: Mapping[str, str]) -> httpx.Response:
    """Sends what a page of ours would send, in a browser that is signed in for this."""
    filled = {name: str(getattr(case.things, value)) if value in Things._fields else value for name, value in fields.items()}
    cookies = await case.cookies()
    token = masked(Keys(KEY.encode()).form_token(next(iter(cookies.values()))))
    own = {"origin": case.product.origin}
    client.cookies = httpx.Cookies(cookies)
    path = address(door, case.things)
    if door.takes == "nothing":
        return await client.get(path, params=filled)
    if door.takes == "signed":
        return await client.post(path, content=b"{}", headers=own)
    if door.takes == "json":
        return await client.post(path, json=filled, headers=own)
    return await client.post(path, data={"csrf": token, "id": str(uuid4())} | filled, headers=own)


def turned_away(response: httpx.Response) -> bool:
    """Whether the answer is a refusal by who one is, and not by what one sent."""
    return response.status_code in (401, 403, 404) or response.headers.get("location", "").startswith("/dang-nhap")


async def knock_everywhere(case: Case) -> None:
    async with case.product.client() as client:
        doors = {key_of(door): door for door in case.product.edge.doors}
        for key, door in doors.items():
            if door.action in EVERYBODYS and key not in KNOCKS:
                response = await knock(case, client, door, {})
                if door.takes == "signed":
                    assert response.status_code == 403, "nobody's role stands in for a signature"
                    continue
                assert response.status_code not in (401, 403, 404) and response.status_code < 500, key
        for key, (on, fields, action) in KNOCKS.items():
            door = doors.pop(key)
            allowed = case.may(action or door.action, on)
            before = "" if allowed else await case.facts()
            response = await knock(case, client, door, fields)
            assert response.status_code < 500, key
            assert turned_away(response) is not allowed, (key, response.status_code, case.own)
            if not allowed:
                assert await case.facts() == before, key
        assert {key for key, door in doors.items() if door.action not in EVERYBODYS} == set(), "a door at which nobody knocks here"


# --- the live socket -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def live_socket(case: Case) -> AsyncIterator[ClientConnection]:
    """A connection of the viewer that has been welcomed."""
    cookies, origin = await case.cookies(), case.product.origin
    async with case.product.client() as client:
        client.cookies = httpx.Cookies(cookies)
        ticket = (await client.post("/live/ticket", json={}, headers={"origin": origin})).json()["ticket"]
    header = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with connect(origin.replace("http", "ws") + "/live", origin=origin, additional_headers=header, compression=None) as socket:  # type: ignore[arg-type]
        welcome = await ask(socket, live.Hello(ticket, live.PROTOCOL_VERSION))
        assert welcome == live.Welcome(case.viewer.signed_in)
        yield socket


async def ask(socket: ClientConnection, message: live.FromClient) -> live.FromServer:
    """Sends a message and returns its answer: that with its id, or the next one when it has none."""
    await socket.send(msgspec.json.encode(message).decode())
    while True:
        answer: live.FromServer = msgspec.json.decode(await socket.recv(), type=live.FromServer)
        if not hasattr(message, "id") or getattr(answer, "id", "") == message.id:
            return answer


async def say_everything(case: Case) -> None:
    things, topic = case.things, f"consultation/{case.things.consultation}"
    asked: list[tuple[Action, str, live.FromClient]] = [
        (Action.VOTE, NOBODYS, live.Vote(str(uuid4()), things.question, 0)),
        (Action.RESPOND, NOBODYS, live.Respond(str(uuid4()), things.poll, [0])),
        (Action.CONTRIBUTE, NOBODYS, live.Contribute(str(uuid4()), things.consultation, None, "Đồng ý", "Tôi")),
        (Action.WITHDRAW_OWN, PERSONS, live.Withdraw(str(uuid4()), things.contribution)),
        (Action.RULE, AGENCYS, live.Rule(str(uuid4()), things.anothers_contribution, "hide", "insult", "Xúc phạm người khác")),
        (Action.FOLLOW_LIVE, NOBODYS, live.Follow(topic, 0)),
        (Action.READ_QUEUE, AGENCYS, live.Follow(topic, 0, "moderator")),
    ]
    commands = {*live.Command.__args__, live.Follow} - {*ForRoom.__args__, *ForMotion.__args__}  # rooms: test_policy_in_rooms
    assert {type(message) for _, _, message in asked} == commands, "a message that nobody sends here"
    for action, on, message in asked:
        async with live_socket(case) as socket:
            before = await case.facts()
            answer = await ask(socket, message)
            refused = isinstance(answer, live.RefusedCommand) and answer.code in ("not_allowed", "not_found", "sign_in_needed")
            assert refused is not case.may(action, on), (message, answer, case.own)
            if refused:
                assert await case.facts() == before, message


# --- both, for each role ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_over_http_and_over_the_socket_what_the_policy_says_and_nothing_else(product: Product, role: Role) -> None:
    for case in await cases(product, role, "cua"):
        await knock_everywhere(case)
    for case in await cases(product, role, "day"):
        await say_everything(case)
