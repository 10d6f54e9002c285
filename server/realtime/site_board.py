"""The technicians' board: each site of a meeting with what the media engine knows of it and its last check."""

from datetime import datetime

import msgspec

from rooms import checks
from rooms.roll import halls, within_reach
from rooms.state import Check, Room
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, Who, person_in_room
from server.kernel.refused import Refused
from server.livekit.engine import Connected, EngineAway, MediaEngine
from server.protocol.sites import CheckSites
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.realtime.room_media import cells, media_room
from server.realtime.rooms import Rooms


class Site(msgspec.Struct, frozen=True):
    """One site. ``hall`` says whether delegates sit there, ``there`` whether its page is heard of, ``media`` what the engine knows of it
    (None: it is not connected to the engine). ``turn`` is its place in the line of those that will be checked, 0 where it is in none."""

    who: Who
    name: str
    hall: bool
    there: bool
    media: Connected | None
    check: Check | None
    checked_now: bool
    turn: int


class Board(msgspec.Struct, frozen=True):
    """What one viewer sees. ``inside`` is false for who is not in the meeting, and then there are no sites; ``asks`` says whether the
    viewer may have sites checked, ``engine`` whether the media engine answers."""

    room: SeenRoom
    inside: bool
    asks: bool
    engine: bool
    sites: tuple[Site, ...]


class SiteBoard:
    """Read by technicians and by who may change the room, while they are inside: who is outside learns of nobody."""

    def __init__(self, desk: RoomDesk, rooms: Rooms, engine: MediaEngine | None) -> None:
        self._desk = desk
        self._rooms = rooms
        self._engine = engine

    async def read(self, viewer: Viewer, slug: str, now: datetime) -> Board:
        """The board at this moment.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``.
        """
        room, state, me = await self._open(viewer, slug)
        if me not in state.members:
            return Board(room, False, False, self._engine is not None, ())
        media = await self._media(room, state)
        known, current = halls(state), checks.under_way(state, now)
        found = [
            Site(
                one.who,
                one.name,
                one.who in known,
                within_reach(state, one.who),
                (media or {}).get(one.who),
                state.checks.get(one.who),
                one.who == current,
                state.to_check.index(one.who) + 1 if one.who in state.to_check else 0,
            )
            for one in checks.sites(state)
        ]
        return Board(room, True, checks.checks(state, me), media is not None, tuple(found))

    async def check(self, viewer: Viewer, slug: str, id: CommandId, site: str) -> None:
        """Have one ``site`` checked, or all where it is empty.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``, ``not_inside``, or as ``Rooms.carry_out``.
        """
        room, state, me = await self._open(viewer, slug)
        if me not in state.members:
            raise Refused("not_inside")
        await self._rooms.carry_out(viewer, state.members[me].tab, CheckSites(id, room.id, site or None))

    async def _open(self, viewer: Viewer, slug: str) -> tuple[SeenRoom, Room, Who]:
        room = await self._desk.find(viewer, slug)
        if not room.sees_board or viewer.person is None:
            raise Refused("not_allowed")
        return room, await self._rooms.state_now(room.id), person_in_room(viewer.person)

    async def _media(self, room: SeenRoom, state: Room) -> dict[str, Connected] | None:
        """Who is connected to the media of the meeting, wherever in it; None where the engine does not answer."""
        if self._engine is None or state.meeting is None:
            return None
        found: dict[str, Connected] = {}
        try:
            for cell in cells(state):
                found |= await self._engine.participants(media_room(room.id, state.meeting, cell))
        except EngineAway:
            return None
        return found
