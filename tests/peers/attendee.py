"""Somebody at the page of a room: connected to ``/live`` with a tab, showing what a page would show."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Self
from uuid import uuid4

import httpx
import msgspec
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.kernel.ids import RoomId
from server.protocol import live, meeting, motions, papers, rooms
from server.protocol.conclusions import ConclusionsShown

PATIENCE_S = 60.0
"""How long anything expected may take on a busy machine."""

_AT_ONCE, _EACH_S = 25, 9.0
"""Messages that a page sends at once, and each second: fewer than the server allows."""

_decode = msgspec.json.Decoder(live.FromServer).decode


class Attendee:
    """One tab of one person or guest. ``cookies`` are those of the browser. ``async with`` connects and follows the room; ``lose`` and
    ``come_back`` are what a bad network does. ``faults`` tells what a page must never see."""

    def __init__(self, origin: str, room: RoomId, cookies: dict[str, str]) -> None:
        self.origin = origin
        self.room = room
        self.tab = secrets.token_hex(8)
        self.state: rooms.RoomState | None = None
        self.faults: list[str] = []
        self.reactions: list[rooms.Reacted] = []
        self.shown: list[papers.PageShown] = []
        self.motions: dict[int, motions.MotionShown] = {}
        self.mandates: dict[int, list[motions.Mandate]] = {}
        self.hands_shown: list[motions.HandsAsked | motions.HandShown] = []
        self.conclusions: list[tuple[str, str]] = []
        self.refusals: list[live.RefusedCommand] = []
        self.connected_now = False
        self._cookies = cookies
        self._may_send, self._sent_at = float(_AT_ONCE), 0.0
        self._answers: dict[str, asyncio.Future[live.FromServer]] = {}
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.lose()

    async def come_back(self) -> None:
        """Connect, and follow the room from where one was."""
        # In the clear; to read the certificates of all authorities for it takes longer than all else.
        async with httpx.AsyncClient(base_url=self.origin, cookies=self._cookies, timeout=PATIENCE_S, verify=False) as client:
            answer = await client.post("/live/ticket", json={"room": self.room}, headers={"origin": self.origin})
            assert answer.status_code == 200, answer.text
            ticket = answer.json()["ticket"]
        header = {"cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        address = self.origin.replace("http", "ws") + "/live"
        self._socket = await connect(address, origin=self.origin, additional_headers=header, compression=None, open_timeout=PATIENCE_S)  # type: ignore[arg-type]
        await self._send(live.Hello(ticket, live.PROTOCOL_VERSION))
        self.connected_now = True
        self._hearing = asyncio.create_task(self._hear())
        await self.follow(self.room)

    async def lose(self) -> None:
        """The connection is gone; the page stays as it was."""
        if self._socket is not None and self._hearing is not None:
            await self._socket.close()
            await self._hearing

    async def follow(self, room: RoomId) -> None:
        """Follow a room and wait for the answer, be it a refusal."""
        self._followed = asyncio.get_running_loop().create_future()
        await self._send(live.Follow(f"room/{room}", self.state.seq if self.state else 0, tab=self.tab))
        await asyncio.wait_for(self._followed, PATIENCE_S)

    async def ask(self, command: rooms.ForRoom | motions.ForMotion) -> live.FromServer:
        """Send a command; its answer.

        Raises: ConnectionError, when the connection ends before it comes.
        """
        if not self.connected_now:
            raise ConnectionError("not connected")
        answer = self._answers[command.id] = asyncio.get_running_loop().create_future()
        try:
            await self._send(command)
        except ConnectionError:
            self._answers.pop(command.id, None)
            answer.cancel()
            raise
        return await asyncio.wait_for(answer, PATIENCE_S)

    async def do(self, command: rooms.ForRoom | motions.ForMotion) -> live.Done:
        """Send a command that must be done."""
        answer = await self.ask(command)
        assert isinstance(answer, live.Done), answer
        return answer

    async def refused(self, command: rooms.ForRoom | motions.ForMotion) -> str:
        """Send a command that must be refused; the code."""
        answer = await self.ask(command)
        assert isinstance(answer, live.RefusedCommand), answer
        return answer.code

    async def enter(self, name: str = "") -> str:
        """Enter or knock; ``inside`` or ``waiting``."""
        done = await self.do(rooms.Enter(new_id(), self.room, name))
        assert done.state is not None
        return done.state

    async def say(self, text: str) -> None:
        await self.do(rooms.Say(new_id(), self.room, text))

    async def raise_hand(self) -> None:
        await self.do(meeting.RaiseHand(new_id(), self.room))

    async def sees(self, condition: Callable[[], bool]) -> None:
        """Wait until something told makes ``condition`` true."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not seen; the page shows {self.state}") from None

    # --- what the page shows ---

    @property
    def page(self) -> rooms.RoomState:
        assert self.state is not None
        return self.state

    @property
    def port(self) -> int:
        """Of this end of the connection."""
        assert self._socket is not None
        return int(self._socket.local_address[1])

    @property
    def standing(self) -> str:
        return self.page.me.standing

    @property
    def who(self) -> str:
        return self.page.me.who

    @property
    def inside(self) -> set[str]:
        return {member.who for member in self.page.members}

    @property
    def waiting(self) -> list[str]:
        return [one.who for one in self.page.waiting]

    @property
    def hands(self) -> list[str]:
        """Who has a hand raised, in order."""
        return [hand.who for hand in self.page.queue]

    @property
    def chat(self) -> list[str]:
        return [line.text for line in self.page.chat]

    @property
    def letters(self) -> list[str]:
        """What was written to some, among them this one."""
        return [line.text for line in self.page.letters]

    @property
    def heard(self) -> set[str]:
        """Whose microphone is forwarded."""
        return {member.who for member in self.page.members if member.heard}

    def connected(self, who: str) -> bool | None:
        """Whether somebody is shown as connected; nothing as long as they are not shown at all."""
        return next((member.connected for member in self.page.members if member.who == who), None)

    # --- inside ---

    async def _send(self, message: live.FromClient) -> None:
        assert self._socket is not None
        await self._wait_its_turn()
        try:
            await self._socket.send(msgspec.json.encode(message).decode())
        except ConnectionClosed:
            raise ConnectionError("not sent") from None

    async def _wait_its_turn(self) -> None:
        now = asyncio.get_running_loop().time()
        self._may_send = min(_AT_ONCE, self._may_send + (now - self._sent_at) * _EACH_S) - 1
        self._sent_at = now
        if self._may_send < 0:
            await asyncio.sleep(-self._may_send / _EACH_S)

    async def _hear(self) -> None:
        assert self._socket is not None
        try:
            while True:
                self._take(_decode(await self._socket.recv()))
                self._changed.set()
        except ConnectionClosed:
            self.connected_now = False
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("no answer came"))
            self._answers.clear()
            self._changed.set()

    def _take(self, message: live.FromServer) -> None:
        match message:
            case rooms.RoomState():
                self.state = message
                self._follows()
            case rooms.RoomChanged() | live.Passed():
                if self.state is None or message.seq > self.state.seq + 1:
                    self.faults.append(f"{message} after {self.state}")
                elif message.seq == self.state.seq + 1:
                    self.state = applied(self.state, message)
                self._follows()
            case rooms.Reacted():
                self.reactions.append(message)
            case papers.PageShown():
                self.shown.append(message)
            case ConclusionsShown():
                self.conclusions = [(one.text, one.owner) for one in message.conclusions]
            case motions.MotionShown():
                self.motions[message.motion] = message
            case motions.MyBallots():
                self.mandates[message.motion] = message.mandates
            case motions.HandsAsked() | motions.HandShown():
                self.hands_shown.append(message)
            case live.RefusedCommand(id=None):
                self.refusals.append(message)
                self._follows()
            case live.Done() | live.RefusedCommand() | rooms.MediaPass() | rooms.ChatPage():
                answer = self._answers.pop(str(message.id), None)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case _:
                pass

    def _follows(self) -> None:
        if not self._followed.done():
            self._followed.set_result(None)


def applied(state: rooms.RoomState, change: rooms.RoomChanged | live.Passed) -> rooms.RoomState:
    """What a page shows after a change."""
    if isinstance(change, live.Passed):
        return replace(state, seq=change.seq)
    changed = {member.who: member for member in change.members}
    known = {member.who for member in state.members}
    members = [changed.get(member.who, member) for member in state.members if member.who not in change.left]
    members += [member for member in change.members if member.who not in known]
    return replace(
        state,
        seq=change.seq,
        title=state.title if change.title is None else change.title,
        me=state.me if change.me is None else change.me,
        lobby=state.lobby if change.lobby is None else change.lobby,
        members=members,
        waiting=state.waiting if change.waiting is None else change.waiting,
        chat=[*state.chat, *change.said],
        roll=state.roll if change.roll is None else change.roll,
        agenda=state.agenda if change.agenda is None else change.agenda,
        queue=state.queue if change.queue is None else change.queue,
        procedure=change.procedure or state.procedure,
        spoken=change.spoken or state.spoken,
        groups=state.groups if change.groups is None else change.groups,
        letters=[*state.letters, *change.written],
    )


def new_id() -> str:
    return str(uuid4())
