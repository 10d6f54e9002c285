"""One live connection after its handshake: who it is, what it follows, and the commands under way."""

import asyncio
import functools
import logging
import uuid
from typing import TYPE_CHECKING

from server.identity.policy import Action, may_somewhere
from server.identity.viewer import Viewer
from server.kernel.ids import PersonId, RoomId, Topic, room_of, room_topic
from server.kernel.refused import Refused
from server.locale import Language
from server.protocol.closing import Closing
from server.protocol.live import PROTOCOL_VERSION, Bye, Done, Follow, Hello, Unfollow, Vote, Welcome
from server.protocol.live import Command as LiveCommand
from server.protocol.motions import ForMotion
from server.protocol.rooms import ChatPage, ForRoom, MediaPass
from server.realtime import metrics
from server.realtime.decoding import decode, id_in
from server.realtime.frames import message_frame
from server.realtime.handshake import Admitted
from server.realtime.pump import Pump
from server.realtime.room_feed import RoomPump
from server.realtime.socket import LiveSocket

if TYPE_CHECKING:
    from server.realtime.hub import Hub

log = logging.getLogger(__name__)

ANSWER_S = 5.0
"""How long the answers of commands under way are waited for when the process is about to end."""

_VISITOR = Viewer()
_DETAILS: dict[str, dict[str, object]] = {"restarting": {}, "rate_limited": {"retry_after_s": 1.0}}
_answered = functools.cache(metrics.commands.labels)


class Session:
    """What one connection may do and what it is told. It lives until its socket takes no more.

    Votes are handed to the source without a task; any other message has a task of its own, at most ``commands_in_flight`` at once.
    """

    __slots__ = ("_admitted", "_early", "_hub", "_in_flight", "_leaving", "_may_vote", "_open", "_socket", "follows", "pumps", "viewer")

    def __init__(self, hub: "Hub", socket: LiveSocket, admitted: Admitted) -> None:
        self._hub = hub
        self._socket = socket
        self._admitted: Admitted | None = admitted
        self._early: list[bytes] | None = None
        """Messages that came while the ticket was being looked up."""
        self._in_flight = 0
        self._open = True
        self._leaving = False
        self._may_vote = False
        """Asked once: a change of role ends the session, and with it this connection."""
        self.viewer = _VISITOR
        self.follows: dict[Topic, Follow] | None = None
        """What is followed or about to be, as last asked for."""
        self.pumps: tuple[Pump | RoomPump, ...] = ()
        """The topics it has joined."""

    # --- a follower of feeds ---

    @property
    def person(self) -> PersonId | None:
        return self.viewer.person

    @property
    def lang(self) -> Language:
        return self.viewer.lang

    @property
    def behind(self) -> bool:
        return self._socket.paused

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    # --- the receiver of its socket ---

    def received(self, message: bytes) -> None:
        if len(message) > self._hub.limits.message_bytes:
            self._refuse(id_in(message), "too_large", {"limit": self._hub.limits.message_bytes})
            return
        if self._admitted is not None:
            self._introduce(message)
            return
        try:
            asked = decode(message)
        except Refused as refused:
            self._refuse(id_in(message), refused.code, refused.detail)
            return
        if isinstance(asked, Vote):  # first, because most messages are votes
            self._vote(asked)
        elif isinstance(asked, Hello):
            self._refuse(None, "bad_input", {})
        elif isinstance(asked, Unfollow):
            self._unfollow(Topic(asked.topic))
        elif (code := self._not_now()) is not None:
            self._refuse(None if isinstance(asked, Follow) else asked.id, code, _DETAILS[code])
        elif isinstance(asked, Follow):
            self._follow(asked)
        elif self.viewer.person is None and (self.viewer.guest is None or not isinstance(asked, ForRoom)):
            self._refuse(asked.id, "sign_in_needed", {})
        else:
            self._in_flight += 1
            self._hub.spawn(self._carry_out(asked))

    def too_fast(self, message: bytes, wait_s: float) -> None:
        self._refuse(id_in(message), "rate_limited", {"retry_after_s": round(wait_s, 3)})

    def caught_up(self) -> None:
        for pump in self.pumps:
            pump.feed.catch_up(self)

    def restarting(self) -> None:
        if not self._leaving:
            self._leaving = True
            self.send(message_frame(Bye("restart", self._hub.return_after_s())))
            if self._in_flight == 0:
                self.close(Closing.RESTART)
            else:
                asyncio.get_running_loop().call_later(ANSWER_S, self.close, Closing.RESTART)

    def gone(self) -> None:
        self._open = False
        self.follows = None
        for pump in self.pumps:
            pump.feed.leave(self)
        self.pumps = ()
        self._hub.forget(self)

    def close(self, code: Closing, reason: str = "") -> None:
        self._socket.close(code, reason)

    # --- hello ---

    def _introduce(self, message: bytes) -> None:
        if self._early is not None:
            self._early.append(message)  # no more of them than the burst of the rate limit
            return
        try:
            hello = decode(message)
        except Refused as refused:
            self._refuse(id_in(message), refused.code, refused.detail)
            return
        if not isinstance(hello, Hello):
            self.close(Closing.NOT_RECOGNISED, "hello comes first")
        elif hello.version != PROTOCOL_VERSION:
            self._refuse(None, "outdated", {"version": PROTOCOL_VERSION})
            self.close(Closing.OUTDATED)
        else:
            self._early = []
            self._hub.spawn(self._welcome(hello))

    async def _welcome(self, hello: Hello) -> None:
        assert self._admitted is not None
        try:
            viewer = await self._hub.source.redeem(hello.ticket, self._admitted.cookies)
        except Exception:
            self._fail(None)
            self.close(Closing.FAILED)
            return
        if not self._open:
            return
        if viewer is None:
            self.close(Closing.NOT_RECOGNISED, "bad ticket")
            return
        network = self._admitted.network
        self.viewer, self._admitted = viewer, None
        self._may_vote = may_somewhere(viewer, Action.VOTE)
        if not self._hub.introduce(self, network):
            self._refuse(None, "too_many_connections", {"limit": self._hub.limits.connections_per_session})
            self.close(Closing.TOO_MANY)
            return
        self._socket.unwatch()
        self.send(message_frame(Welcome(viewer.signed_in)))
        early, self._early = self._early or [], None
        for message in early:
            if self._open:
                self.received(message)

    # --- topics ---

    def _follow(self, follow: Follow) -> None:
        wanted = self.follows = {} if self.follows is None else self.follows
        if len(wanted) >= self._hub.limits.topics and follow.topic not in wanted:
            self._refuse(None, "too_many_topics", {"limit": self._hub.limits.topics})
            return
        wanted[Topic(follow.topic)] = follow
        self._in_flight += 1
        self._hub.spawn(self._join(follow))

    async def _join(self, follow: Follow) -> None:
        topic = Topic(follow.topic)
        try:
            if room_of(topic) is None:  # a room asks for itself who comes
                await self._hub.source.admit(self.viewer, topic, follow.role)
            pump = await self._hub.pump(topic)
            await pump.bring_in(self, self.viewer, follow, lambda: self._wants(follow))
            if self._wants(follow) and pump not in self.pumps:
                self.pumps = (*self.pumps, pump)
                if isinstance(pump, RoomPump):
                    self._socket.watch_closely()
        except Refused as refused:
            if self._wants(follow):
                self._unfollow(topic)
                self._refuse(None, refused.code, {**refused.detail, "topic": topic})
        except Exception:
            self._unfollow(topic)
            self._fail(None)
        finally:
            self._settle()

    def _wants(self, follow: Follow) -> bool:
        """Whether this is still what it asked for last, of this topic."""
        return self.follows is not None and self.follows.get(Topic(follow.topic)) is follow

    def _unfollow(self, topic: Topic) -> None:
        if self.follows is not None:
            self.follows.pop(topic, None)
        for pump in self.pumps:
            if pump.feed.topic == topic:
                pump.feed.leave(self)
        self.pumps = tuple(pump for pump in self.pumps if pump.feed.topic != topic)

    # --- commands ---

    def _not_now(self) -> str | None:
        """Why nothing more can be taken up at this moment."""
        if self._leaving:
            return "restarting"
        return "rate_limited" if self._in_flight >= self._hub.limits.commands_in_flight else None

    def _vote(self, vote: Vote) -> None:
        person = self.viewer.person
        if (code := self._not_now()) is not None:
            self._refuse(vote.id, code, _DETAILS[code])
        elif person is None:
            self._refuse(vote.id, "sign_in_needed", {})
        elif not self._may_vote:
            self._refuse(vote.id, "not_allowed", {})
        else:
            self._in_flight += 1
            self._hub.source.vote(person, vote, functools.partial(self._voted, vote.id))

    def _voted(self, id: str, outcome: str) -> None:
        _answered("vote", outcome).inc()
        if outcome == "done":
            self.send(message_frame(Done(id)))
        else:
            self._refuse(id, outcome, {})
        self._settle()

    async def _carry_out(self, command: LiveCommand) -> None:
        kind = type(command).__name__.lower()
        try:
            assert not isinstance(command, Vote)
            if isinstance(command, ForRoom | ForMotion):
                done: Done | MediaPass | ChatPage = await self._in_room(command)
            else:
                done = await self._hub.source.carry_out(self.viewer, command)
            _answered(kind, "done").inc()
            self.send(message_frame(done))
        except Refused as refused:
            _answered(kind, refused.code).inc()
            self._refuse(command.id, refused.code, refused.detail)
        except Exception:
            _answered(kind, "failed").inc()
            self._fail(command.id)
        finally:
            self._settle()

    async def _in_room(self, command: ForRoom | ForMotion) -> Done | MediaPass | ChatPage:
        """Commands of rooms speak for the tab with which the room is followed."""
        follow = (self.follows or {}).get(room_topic(RoomId(command.room)))
        if follow is None or follow.tab is None or self._hub.rooms is None:
            raise Refused("not_inside")
        if isinstance(command, ForMotion):
            return await self._hub.rooms.motions.carry_out(self.viewer, follow.tab, command)
        return await self._hub.rooms.carry_out(self.viewer, follow.tab, command)

    def _settle(self) -> None:
        """One command less is under way."""
        self._in_flight -= 1
        if self._leaving and self._in_flight == 0:
            self.close(Closing.RESTART)

    def _refuse(self, id: str | None, code: str, detail: dict[str, object]) -> None:
        self.send(message_frame(self._hub.source.refusal(self.viewer, id, code, detail)))

    def _fail(self, id: str | None) -> None:
        """A fault of ours: a number for the reader, the trace for the log."""
        reference = uuid.uuid4().hex[:12]
        log.exception("a live message failed", extra={"event": "live_failed", "reference": reference})
        self._refuse(id, "failed", {"reference": reference})
