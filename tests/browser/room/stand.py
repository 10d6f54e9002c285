"""A stand for the room's page: the real template and the built front end before a server of which the test decides every word.

It speaks the room messages of ``/live`` for one viewer, and keeps the meeting in memory. It has no media engine.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.locale import Language
from server.protocol import live
from server.protocol.groups import Address
from server.protocol.meeting import Hand, LowerHand, RaiseHand
from server.protocol.motions import ToVoter
from server.protocol.rooms import (
    AskMedia,
    ChatPage,
    Enter,
    Leave,
    Line,
    MediaPass,
    Member,
    React,
    Reacted,
    ReadChat,
    Right,
    RoomChanged,
    RoomState,
    Say,
    ToMember,
)
from server.protocol.rooms import Me as MeHere
from server.web.headers import fixed_headers
from server.web.rendering import Assets, Templates
from tests.peers.ports import listening

DIST = Path(__file__).parents[3] / "frontend" / "dist"
TOPIC, URL = "room/1", "/phong-hop/mau"
NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
SELF = "p1"
NAME = "Đại diện Sở Mẫu"
PATIENCE_S = 60.0
"""How long anything expected may take on a busy machine."""
HOSTS: list[Right] = ["keep_door", "lead", "prepare", "end"]
"""What a host may do inside where no roll says otherwise."""
PROCEDURE = ("roll", "agenda", "queue", "procedure", "spoken", "groups")

_from_client = msgspec.json.Decoder(live.FromClient)


class Shown(NamedTuple):
    """What the page is printed from."""

    id: int = 1
    title: str = "Họp giao ban tháng 11"
    agency: str = "Sở Mẫu"
    muted: bool = False
    home: str = "/phong-hop"
    edit: str = ""
    trial: str = ""
    record: str = "/phong-hop/hop-giao-ban/cuoc-hop"
    halls: str = ""
    board: str = ""


class Stand:
    """One room with one viewer. ``received`` are the commands as they came, repeats included."""

    def __init__(self) -> None:
        self.origin = ""
        self.shown = Shown()
        self.me = MeHere(SELF, NAME, "member", "outside", lobby=False)
        self.members: list[Member] = []
        self.chat: list[Line] = []
        self.earlier: list[Line] = []
        self.state = RoomState(TOPIC, 0, self.shown.title, "running", _at(0), self.me, False, [], [], [], False)
        self.media_url = ""
        self.received: list[live.Command] = []
        self.lets_in = True
        self.refuses = ""
        self._sockets: set[WebSocket] = set()
        self._arrival = asyncio.Condition()

    # --- what happens in the meeting -----------------------------------------------------------------------------------

    async def come(self, *names: str, role: Literal["host", "member", "guest"] = "member", connected: bool = True) -> list[str]:
        """People come in. Answers their identities."""
        first = len(self.state.members) + 2
        new = [Member(f"p{first + at}", name, role, connected, None) for at, name in enumerate(names)]
        await self.change(members=new)
        return [member.who for member in new]

    async def change_member(self, who: str, **facts: object) -> None:
        member = msgspec.structs.replace(next(one for one in self.state.members if one.who == who), **facts)
        raised = [one for one in [*self.state.members, member] if one.hand is not None and (one.who != who or one is member)]
        queue = [Hand(one.hand or 0, one.who, "statement", None) for one in sorted(raised, key=lambda one: one.hand or 0)]
        await self.change(members=[member], **({"queue": queue} if "hand" in facts else {}))

    async def say(self, who: str, name: str, text: str) -> None:
        await self.change(said=[Line(self._next_line(), who, name, _at(self._next_line()), text)])

    async def write(self, who: str, name: str, text: str, to: Address) -> None:
        """A line that is not for all, and of which the viewer is one of the readers."""
        await self.change(written=[Line(self._next_line(), who, name, _at(self._next_line()), text, to, private=True)])

    def _next_line(self) -> int:
        return max((line.id for line in (*self.state.chat, *self.state.letters)), default=100) + 1

    async def react(self, who: str, reaction: str) -> None:
        await self._tell(Reacted(TOPIC, who, reaction))  # type: ignore[arg-type]

    async def stand_as(self, standing: str, **more: object) -> None:
        """The viewer's standing changes: a new state takes the place of the old."""
        rights = HOSTS if standing == "inside" and self.state.me.role == "host" else []
        me = msgspec.structs.replace(self.state.me, standing=standing, may=self.state.me.may or rights)
        await self.begin(me=me, **more)

    async def begin(self, **facts: Any) -> None:
        """Everything is told anew, with these facts changed."""
        self.state = msgspec.structs.replace(self.state, seq=self.state.seq + 1, **facts)
        await self._tell(self.state)

    async def change(self, **facts: Any) -> None:
        """One event: the state as it is after it, and the message that brings others there."""
        change = RoomChanged(TOPIC, self.state.seq + 1, **facts)
        fresh = {member.who: member for member in change.members}
        stay = [fresh.pop(one.who, one) for one in self.state.members if one.who not in change.left]
        self.state = msgspec.structs.replace(
            self.state,
            seq=change.seq,
            me=change.me or self.state.me,
            lobby=self.state.lobby if change.lobby is None else change.lobby,
            members=[*stay, *fresh.values()],
            waiting=self.state.waiting if change.waiting is None else change.waiting,
            chat=[*self.state.chat, *change.said],
            letters=[*self.state.letters, *change.written],
            **{part: told for part in PROCEDURE if (told := getattr(change, part)) is not None},
        )
        await self._tell(change)

    async def cut(self) -> None:
        """Every connection is lost."""
        for socket in list(self._sockets):
            self._sockets.discard(socket)
            await socket.close(1012)

    async def until(self, fits: Callable[[live.Command], bool]) -> live.Command:
        """Wait until such a command has come, and answer it."""
        async with asyncio.timeout(PATIENCE_S), self._arrival:
            await self._arrival.wait_for(lambda: any(fits(one) for one in self.received))
        return next(one for one in self.received if fits(one))

    async def tell(self, *messages: ToVoter) -> None:
        """What has no number is told."""
        for message in messages:
            await self._tell(message)

    async def _tell(self, message: ToMember | ToVoter) -> None:
        for socket in list(self._sockets):
            await _send(socket, message)

    # --- the socket ----------------------------------------------------------------------------------------------------

    async def ticket(self, request: Request) -> Response:
        return JSONResponse({"ticket": "t"}) if self.lets_in else JSONResponse({}, 503)

    async def converse(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                message = _from_client.decode(await socket.receive_text())
                if isinstance(message, live.Hello):
                    await _send(socket, live.Welcome(signed_in=True))
                elif isinstance(message, live.Follow):
                    await _send(socket, self.state)
                    self._sockets.add(socket)
                elif not isinstance(message, live.Unfollow):
                    await self._obey(socket, message)
        except WebSocketDisconnect:
            self._sockets.discard(socket)

    async def _obey(self, socket: WebSocket, command: live.Command) -> None:
        answer: live.FromServer = live.Done(command.id)
        if self.refuses:
            answer = live.RefusedCommand(command.id, "not_allowed", self.refuses)
        elif isinstance(command, AskMedia):
            answer = MediaPass(command.id, self.media_url, "t", 60) if self.media_url else _no_media(command.id)
        elif isinstance(command, ReadChat):
            answer = ChatPage(command.id, self.earlier, earlier=False)
        else:
            await self._happen(command)
            if isinstance(command, Enter):
                answer = live.Done(command.id, state=self.state.me.standing)
        await _send(socket, answer)
        async with self._arrival:
            self.received.append(command)
            self._arrival.notify_all()

    async def _happen(self, command: live.Command) -> None:
        match command:
            case Enter():
                await self._enter(command.name or NAME)
            case Leave():
                await self.stand_as("outside", members=[], chat=[], waiting=[])
            case RaiseHand() | LowerHand(who=None):
                hands = [one.hand or 0 for one in self.state.members]
                await self.change_member(SELF, hand=max(hands) + 1 if isinstance(command, RaiseHand) else None)
            case LowerHand(who=str(who)):
                await self.change_member(who, hand=None)
            case Say(to=None | "groups"):
                await self.say(SELF, NAME, command.text)
            case Say(to=to) if to is not None:
                await self.write(SELF, NAME, command.text, Address(to, command.who, self.state.me.group))
            case React():
                await self.react(SELF, command.reaction)

    async def _enter(self, name: str) -> None:
        if self.state.me.lobby:
            await self.stand_as("waiting")
            return
        await self.let_in(name)

    async def let_in(self, name: str = NAME) -> None:
        """The viewer is inside, with everybody who is."""
        self_ = Member(SELF, name, self.state.me.role, True, None)
        await self.stand_as("inside", members=[self_, *self.members], chat=self.chat, earlier=bool(self.earlier))


@asynccontextmanager
async def standing() -> AsyncIterator[Stand]:
    """A stand on a port of its own, for as long as the block runs."""
    stand = Stand()
    templates = _templates()

    async def show(request: Request) -> Response:
        lang: Language = "en" if request.query_params.get("lang") == "en" else "vi"
        html = templates.render("room/room.html", lang, room=stand.shown, theme=request.query_params.get("theme", ""))
        allowed = {"permissions-policy": "camera=(self), microphone=(self), display-capture=(self)"}
        return HTMLResponse(html, headers=fixed_headers(stand.origin) | allowed)

    app = Starlette(
        routes=[
            Route(URL, show),
            Route("/live/ticket", stand.ticket, methods=["POST"]),
            WebSocketRoute("/live", stand.converse),
            Mount("/static", StaticFiles(directory=DIST)),
        ]
    )
    listener = listening()
    stand.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield stand
    finally:
        await stand.cut()
        server.should_exit = True
        await serving


@cache
def _templates() -> Templates:
    """Compiled once for all stands."""
    return Templates(Assets.built(DIST))


async def _send(socket: WebSocket, message: live.FromServer) -> None:
    await socket.send_text(msgspec.json.encode(message).decode())


def _no_media(command: str) -> live.RefusedCommand:
    return live.RefusedCommand(command, "not_inside", "Không có máy chủ hình và tiếng.")


def _at(minutes: int) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
