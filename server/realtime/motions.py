"""Votes in the rooms of one web process: what people ask over ``/live``, the clock that ends votes, and a quick show of hands."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from rooms import motions as m
from rooms.context import Context
from rooms.entitled import inside, leader
from rooms.state import Room
from server.identity.confirming import Confirming
from server.identity.confirming import ballot as ballot_of
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, MotionId, PersonId, RoomId, Who, room_topic
from server.kernel.refused import Refused
from server.kernel.words import clean
from server.protocol import live
from server.protocol import motions as messages
from server.realtime.ballots import BallotBox, Known
from server.realtime.bus import Bus, HandsShown, MotionTouched
from server.realtime.frames import message_frame
from server.realtime.motion_desk import MotionDesk
from server.realtime.motion_feed import MotionFeed
from server.realtime.presence import Presence
from server.realtime.room_access import Access, Seat
from server.store.connection import Pool
from server.store.motions import read_head

log = logging.getLogger(__name__)

HANDS_LIMIT = 500
"""Letters of what a show of hands is about."""
LOOK_S = 2.0
"""How often deadlines are looked for at least: those of motions that another process opened."""


class Motions:
    """Everything about votes that lives in a process. ``desk`` and ``box`` are their doors, for pages too."""

    def __init__(
        self, pool: Pool, access: Access, bus: Bus, presence: Presence, confirming: Confirming, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._pool = pool
        self._access = access
        self._bus = bus
        self._presence = presence
        self.confirming = confirming
        known = Known()
        self.desk = MotionDesk(pool, self._changed, wake)
        self.box = BallotBox(pool, known, self.state_here, self._voted)
        self.feed = MotionFeed(pool, known, presence)
        self._hands: dict[RoomId, str] = {}
        self._deadline = asyncio.Event()
        self._clock: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to end votes on time, first those whose time ended while nobody was there."""
        self._clock = asyncio.create_task(self._keep_time(), name="motions")

    async def stop(self) -> None:
        """End; what waits to be recorded is."""
        await self.box.stop()
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
        await self.feed.stop()

    async def seat(self, viewer: Viewer, room: RoomId) -> Seat:
        """The viewer's place in a room.

        Raises: Refused ``not_found``.
        """
        return await self._access.seat(viewer, room)

    def state_here(self, room: RoomId) -> Room | None:
        """This process's copy of a room's state, if somebody here follows it."""
        feed = self._presence.feeds.get(room)
        return None if feed is None else feed.state

    def heard(self, news: MotionTouched | HandsShown) -> None:
        """What another process says."""
        if isinstance(news, HandsShown):
            self._show_hands(news)
        elif news.voted is None:
            self._deadline.set()
            self.feed.changed(news.room, news.motion)
        else:
            self.feed.voted(news.room, news.motion, news.voted, secretly=news.secretly)

    async def carry_out(self, viewer: Viewer, tab: str, command: messages.ForMotion) -> live.Done:
        """What somebody who follows a room with ``tab`` asks.

        Raises: Refused as ``rooms.voting``, ``not_found``, ``not_inside``, ``wrong_code``, ``code_over``, ``conflict``, ``busy``.
        """
        seat = await self._access.seat(viewer, RoomId(command.room))
        id = CommandId(command.id)
        match command:
            case messages.DraftMotion(motion=None):
                return live.Done(command.id, motion=await self.desk.draft(seat, tab, id, _draft(command), slip=False))
            case messages.DraftMotion():
                assert command.motion is not None  # then it is the case above
                await self.desk.change(seat, tab, id, MotionId(command.motion), _draft(command))
            case messages.OpenMotion(motion=motion, lasts_s=lasts_s):
                await self.desk.change(seat, tab, id, MotionId(motion), m.OpenMotion(lasts_s))
            case messages.CloseMotion(motion=motion):
                await self.desk.change(seat, tab, id, MotionId(motion), m.CloseMotion())
            case messages.BreakTie(motion=motion, choice=choice):
                await self.desk.change(seat, tab, id, MotionId(motion), m.BreakTie(choice))
            case messages.AnnounceMotion(motion=motion):
                await self.desk.change(seat, tab, id, MotionId(motion), m.AnnounceMotion())
            case messages.WithdrawMotion(motion=motion, reason=reason):
                await self.desk.change(seat, tab, id, MotionId(motion), m.WithdrawMotion(reason))
            case messages.ObjectToCount(motion=motion, words=words):
                await self.desk.change(seat, tab, id, MotionId(motion), m.Object(words))
            case messages.CastBallot(motion=motion, choice=chosen, member=member, tracker=tracker, code=code):
                ballot = m.Cast(chosen, None if member is None else Who(member), tracker=tracker)
                await self.cast(viewer, seat, id, MotionId(motion), ballot, code)
            case messages.AskBallotCode(motion=motion):
                await self.ask_code(viewer, seat, MotionId(motion))
            case messages.AskHands(text=text):
                self._ask_hands(seat, tab, clean(text, "text", HANDS_LIMIT, lines=False, required=False))
            case messages.ShowHand(choice=shown):
                self._show_hand(seat, tab, shown)
            case _:
                assert_never(command)
        return live.Done(command.id)

    async def cast(self, viewer: Viewer, seat: Seat, id: CommandId, motion: MotionId, ballot: m.Cast, code: str) -> None:
        """Vote: by name, or in secret after the code was confirmed. One that was recorded before is answered as it was.

        Raises: Refused as ``rooms.voting``, ``not_found``, ``wrong_code``, ``code_over``, ``conflict``, ``busy``.
        """
        head = await read_head(self._pool, motion)
        if head is None or head.room != seat.row.id:
            raise Refused("not_found")
        if not head.secret:
            await self.box.cast(seat, id, motion, ballot)
            return
        await self.box.check_known(seat, motion)
        if not await self.box.was_cast_secretly(motion, ballot.member or seat.who, ballot.tracker):
            if head.phase == "open":
                await self.confirming.confirm(_as_seated(viewer, seat), ballot_of(motion), code)
            await self.box.cast_secretly(seat, motion, ballot)

    async def ask_code(self, viewer: Viewer, seat: Seat, motion: MotionId) -> None:
        """Have a code sent with which to confirm a secret vote.

        Raises: Refused ``not_found``, ``vote_not_open``, ``rate_limited``.
        """
        await self.box.check_known(seat, motion)
        head = await read_head(self._pool, motion)
        if head is None or head.room != seat.row.id or not head.secret:
            raise Refused("not_found")
        if head.phase != "open":
            raise Refused("vote_not_open")
        await self.confirming.request_code(_as_seated(viewer, seat), ballot_of(motion))

    # --- after COMMIT ---

    def _changed(self, room: RoomId, motion: MotionId) -> None:
        self._deadline.set()
        self.feed.changed(room, motion)
        self._bus.publish(MotionTouched(room, motion))

    def _voted(self, room: RoomId, motion: MotionId, members: frozenset[Who], secretly: bool) -> None:
        self.feed.voted(room, motion, members, secretly=secretly)
        self._bus.publish(MotionTouched(room, motion, sorted(members), secretly))

    # --- the clock ---

    async def _keep_time(self) -> None:
        while True:
            self._deadline.clear()
            wait_s = LOOK_S
            try:
                next_s = await self.desk.end_due()
                wait_s = LOOK_S if next_s is None else max(0.01, min(LOOK_S, next_s))
            except Exception:
                log.exception("votes not ended yet; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deadline.wait(), wait_s)

    # --- a show of hands ---

    def _ask_hands(self, seat: Seat, tab: str, text: str) -> None:
        state, context = self._here(seat, tab)
        leader(state, context)
        self._all_hands(HandsShown(seat.row.id, text=text))

    def _show_hand(self, seat: Seat, tab: str, choice: int | None) -> None:
        state, context = self._here(seat, tab)
        inside(state, context)
        if not self._hands.get(seat.row.id):
            raise Refused("hands_not_asked")
        self._all_hands(HandsShown(seat.row.id, seat.who, choice))

    def _here(self, seat: Seat, tab: str) -> tuple[Room, Context]:
        state = self.state_here(seat.row.id)
        if state is None or state.started_at is None:
            raise Refused("not_inside")
        return state, Context(state.started_at, seat.who, tab)

    def _all_hands(self, shown: HandsShown) -> None:
        self._show_hands(shown)
        self._bus.publish(shown)

    def _show_hands(self, shown: HandsShown) -> None:
        topic = room_topic(shown.room)
        message: live.FromServer
        if shown.who is None:
            self._hands[shown.room] = shown.text
            message = messages.HandsAsked(topic, shown.text)
            if not shown.text:
                del self._hands[shown.room]
        else:
            message = messages.HandShown(topic, shown.who, shown.choice)
        feed = self._presence.feeds.get(shown.room)
        if feed is not None:
            feed.show(message_frame(message))


def _as_seated(viewer: Viewer, seat: Seat) -> Viewer:
    """A phone in a hall stands for a person, to whose own address the code is sent."""
    return viewer if seat.sits is None else replace(viewer, person=PersonId(int(seat.who[1:])))


def _draft(command: messages.DraftMotion) -> m.DraftMotion:
    quorum = m.Share(command.quorum_part, command.quorum_of, command.quorum_more) if command.quorum_of else None
    threshold = m.Share(command.part, command.of, command.more)
    rule = m.Rule(command.base, threshold, quorum, command.tie, command.secret, command.live)
    return m.DraftMotion(command.text, tuple(command.options), rule)
