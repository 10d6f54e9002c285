"""A stand for the pages' elements: real templates and the built front end before a server of which the test decides every word.

It speaks the protocol of ``/live`` as ``server/protocol/live.py`` has it, but keeps its facts in memory and can be told to lose, to
stay silent and to cut. What the real server does is tried elsewhere; here it is what the page does.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.identity.viewer import Viewer
from server.kernel.ids import PersonId
from server.protocol import live
from server.web.headers import fixed_headers
from server.web.rendering import Assets, Templates
from server.web.views import (
    ConsultationHead,
    ConsultationPage,
    ContributionView,
    NodeBlock,
    Numbers,
    Place,
    TocEntry,
    VoteBox,
)
from tests.peers.ports import listening

DIST = Path(__file__).parents[3] / "frontend" / "dist"
TOPIC = "consultation/1"
URL = "/lay-y-kien/mau"
NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
SHOWN = 10

_from_client = msgspec.json.Decoder(live.FromClient)


class Stand:
    """One consultation of two điều, with a question on each. ``received`` are the commands as they came, repeats included."""

    def __init__(self) -> None:
        self.origin = ""
        self.phase = "open"
        self.totals: dict[int, list[int]] = {1: [4, 2, 0], 2: [0, 0, 0]}
        self.contributions: list[live.Contribution] = []
        self.received: list[live.Command] = []
        self.answers_commands = True
        self.lets_in = True
        self.connections = 0
        self.refuses: str = ""
        self._events: list[live.ToReader] = []
        self._forgotten = 0
        self._sockets: set[WebSocket] = set()
        self._ids = 0
        self._version = 0
        self._arrival = asyncio.Condition()
        self._unanswered: deque[tuple[WebSocket, live.Command]] = deque()

    @property
    def seq(self) -> int:
        return len(self._events)

    # --- what happens in the world -------------------------------------------------------------------------------------

    async def contribute(self, text: str, place: str | None = "n1", node: str | None = None, told: bool = True, **more: Any) -> int:
        """Somebody contributes, perhaps with ``more`` than words. With ``told`` false the event is lost on its way to those who follow."""
        self._ids += 1
        contribution = live.Contribution(
            id=self._ids,
            node=node or place,
            place=place,
            label="khoản 1 Điều 1" if node else "Điều 1",
            name="Cử tri phường Mẫu",
            kind="citizen",
            verified=False,
            text=text,
            at=(NOON + timedelta(minutes=self._ids)).isoformat(),
            state="visible",
        )
        contribution = msgspec.structs.replace(contribution, **more)
        self.contributions.append(contribution)
        await self._happen(live.Shown(TOPIC, self.seq + 1, contribution, self._total(place)), told)
        return contribution.id

    async def hide(self, contribution: int) -> None:
        gone = next(one for one in self.contributions if one.id == contribution)
        self.contributions.remove(gone)
        await self._happen(live.Gone(TOPIC, self.seq + 1, contribution, gone.place, self._total(gone.place)), True)

    async def close(self) -> None:
        self.phase = "closed"
        await self._happen(live.PhaseChanged(TOPIC, self.seq + 1, "closed", None, None), True)

    async def poll(self, id: int, state: Literal["open", "closed"], text: str) -> None:
        """A poll is opened, or closed."""
        await self._happen(live.PollChanged(TOPIC, self.seq + 1, live.Poll(id, state, "single", text, ["Có", "Không"])), True)

    async def count(self, question: int, people: list[int]) -> None:
        self.totals[question] = people
        self._version += 1
        await self._tell(live.Tally(TOPIC, self._version, {str(question): people}))

    def forget(self) -> None:
        """What has happened so far can no longer be told event by event."""
        self._forgotten = self.seq

    async def cut(self) -> None:
        """Every connection is lost."""
        for socket in list(self._sockets):
            self._sockets.discard(socket)
            await socket.close(1012)

    async def answer(self) -> None:
        """From now on commands are answered, those that wait first."""
        self.answers_commands = True
        while self._unanswered:
            socket, command = self._unanswered.popleft()
            if socket in self._sockets:
                await self._answer(socket, command)

    async def until_received(self, number: int) -> None:
        """Wait until that many commands have come."""
        async with asyncio.timeout(60), self._arrival:
            await self._arrival.wait_for(lambda: len(self.received) >= number)

    async def until_connected(self, number: int) -> None:
        """Wait until that many connections have said hello."""
        async with asyncio.timeout(60), self._arrival:
            await self._arrival.wait_for(lambda: self.connections >= number)

    async def _happen(self, event: live.ToReader, told: bool) -> None:
        self._events.append(event)
        if told:
            await self._tell(event)

    async def _tell(self, message: live.FromServer) -> None:
        text = msgspec.json.encode(message).decode()
        for socket in list(self._sockets):
            await socket.send_text(text)

    def _total(self, place: str | None) -> int:
        return sum(1 for one in self.contributions if one.place == place)

    # --- the socket ----------------------------------------------------------------------------------------------------

    async def ticket(self, request: Request) -> Response:
        return JSONResponse({"ticket": "t"}) if self.lets_in else JSONResponse({}, 503)

    async def converse(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await self._hear(socket, _from_client.decode(await socket.receive_text()))
        except WebSocketDisconnect:
            self._sockets.discard(socket)

    async def _hear(self, socket: WebSocket, message: live.FromClient) -> None:
        match message:
            case live.Hello():
                await socket.send_text(msgspec.json.encode(live.Welcome(signed_in=True)).decode())
                async with self._arrival:
                    self.connections += 1
                    self._arrival.notify_all()
            case live.Follow():
                await self._follow(socket, message.after)
            case live.Unfollow():
                pass
            case _:
                async with self._arrival:
                    self.received.append(message)
                    self._arrival.notify_all()
                if self.answers_commands:
                    await self._answer(socket, message)
                else:
                    self._unanswered.append((socket, message))

    async def _follow(self, socket: WebSocket, after: int) -> None:
        answer: list[live.FromServer]
        if after < self._forgotten:
            places = [live.Place(place, self._total(place), self._newest(place)) for place in ("n1", "n2", None)]
            answer = [live.Snapshot(TOPIC, self.seq, self.phase, None, None, places)]
        elif after < self.seq:
            answer = list(self._events[after:])
        else:
            answer = [live.Passed(TOPIC, self.seq)]
        totals = {str(question): people for question, people in self.totals.items()}
        for message in (*answer, live.Tally(TOPIC, self._version, totals)):
            await socket.send_text(msgspec.json.encode(message).decode())
        self._sockets.add(socket)

    async def _answer(self, socket: WebSocket, command: live.Command) -> None:
        answer: live.FromServer = live.Done(command.id)
        if self.refuses:
            answer = live.RefusedCommand(command.id, "not_allowed", self.refuses)
        elif isinstance(command, live.Contribute) and [one.id for one in self.received].count(command.id) == 1:
            # A repeat has been recorded already: it gets its answer and happens no second time.
            contribution = await self.contribute(command.text, "n1", command.node)
            answer = live.Done(command.id, contribution, "visible")
        await socket.send_text(msgspec.json.encode(answer).decode())

    # --- the page ------------------------------------------------------------------------------------------------------

    def _newest(self, place: str | None) -> list[live.Contribution]:
        return [one for one in reversed(self.contributions) if one.place == place][:SHOWN]

    def page(self) -> ConsultationPage:
        """What the server would print now."""

        def place(node: str, label: str, choices: tuple[tuple[str, str], ...]) -> Place:
            newest = tuple(_printed(one) for one in self._newest(node or None))
            anchor = f"dieu-{node[1:]}" if node else "toan-van"
            return Place(node, label, anchor, self._total(node or None), newest, "#", f"{URL}?gop-y={node}", choices)

        def article(number: int) -> NodeBlock:
            node, label, clause = f"n{number}", f"Điều {number}", f"n{number}1"
            inner = NodeBlock(clause, "clause", f"dieu-{number}-khoan-1", f"khoản 1 {label}", "1.", "", "Mỗi người một phiếu.")
            totals = self.totals[number]
            return NodeBlock(
                node, "article", f"dieu-{number}", label, f"{label}.", "Phiếu", "", children=(inner,),
                vote=VoteBox(number, label, (totals[0], totals[1], totals[2])),
                place=place(node, label, ((node, label), (clause, f"khoản 1 {label}"))),
            )  # fmt: skip

        return ConsultationPage(
            head=ConsultationHead(1, "mau", "Dự thảo mẫu", "Cơ quan Mẫu", "", self.phase, NOON, NOON + timedelta(30), 30, 0),
            crumbs=(), topic=TOPIC, seq=self.seq, numbers=Numbers(6, 6, 0, 0), toc=(TocEntry("dieu-1", "Điều 1", "Phiếu"),),
            nodes=(article(1), article(2)), statements=(), whole=place("", "toàn văn", (("", "Toàn văn"),)), rules=(),
            standing="vote", kinds=("citizen",), name="Cử tri phường Mẫu", text_limit=200, name_limit=80,
        )  # fmt: skip


def _printed(one: live.Contribution) -> ContributionView:
    """A contribution as the server prints it."""
    at = datetime.fromisoformat(one.at)
    anchor = "dieu-1-khoan-1" if one.node == "n11" else f"dieu-{one.node[1:]}" if one.node else ""
    return ContributionView(
        one.id, one.name, one.kind, one.verified, one.text, at, label=one.label if one.node else "", anchor=anchor, side=one.side,
        quote=one.quote, suggests=one.suggests, channel=one.channel, edited_at=at if one.edited else None, supports=one.supports,
        replies=one.replies, url=f"{URL}/gop-y/{one.id}",
    )  # fmt: skip


@cache
def _templates() -> Templates:
    """Those of the built front end; each is compiled once."""
    return Templates(Assets.built(DIST))


@asynccontextmanager
async def standing() -> AsyncIterator[Stand]:
    """A stand on a port of its own, for as long as the block runs."""
    stand, templates = Stand(), _templates()

    async def show(request: Request) -> Response:
        viewer = Viewer(PersonId(1), name="Cử tri phường Mẫu", lang="en" if request.query_params.get("lang") == "en" else "vi")
        frame: dict[str, Any] = {"viewer": viewer, "theme": request.cookies.get("theme", ""), "here": URL, "csrf": "c", "notices": ()}
        html = templates.render("citizen/consultation.html", viewer.lang, page=stand.page(), now=NOON, **frame)
        return HTMLResponse(html, headers=fixed_headers(stand.origin))

    app = Starlette(
        routes=[
            Route(URL, show),
            Route(f"{URL}/v1", show),
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
