"""Who one is in a room at this moment: by one's session and the invitation list, or as the room's guest."""

import msgspec

from rooms.view import Viewer as RoomViewer
from server.identity.rooms import RoomRole, role_in_room
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.kernel.ids import RoomId, Who, guest_in_room, person_in_room
from server.kernel.refused import Refused
from server.store import rooms as store
from server.store.connection import Pool
from server.store.rooms import RoomRow


class Seat(msgspec.Struct, frozen=True):
    """The place of one viewer in a room. ``key`` is that under which the viewer's commands are kept."""

    row: RoomRow
    who: Who
    role: RoomRole
    name: str
    key: bytes

    def viewer(self, tab: str) -> RoomViewer:
        """As the rules of the room see who looks from ``tab``."""
        return RoomViewer(self.who, tab, self.role, self.name)


class Access:
    """Asks anew each time: rights are those of this moment, not of when a connection was made."""

    def __init__(self, pool: Pool, sessions: Sessions) -> None:
        self._pool = pool
        self._sessions = sessions

    async def seat(self, viewer: Viewer, room: RoomId) -> Seat:
        """The viewer's place in ``room``.

        Raises: Refused ``not_found`` for a room that does not concern the viewer, as for one that does not exist.
        """
        if viewer.session is not None:
            viewer = await self._sessions.check(viewer.session, viewer.lang) or Viewer(lang=viewer.lang)
        row = await store.read_room(self._pool, room, viewer.person)
        if row is None:
            raise Refused("not_found")
        if viewer.person is not None:
            role = role_in_room(viewer, row.agency, row.listed)
            if role is None:
                raise Refused("not_found")
            return Seat(row, person_in_room(viewer.person), role, viewer.name, b"p" + viewer.person.to_bytes(8, "big"))
        guest = None if viewer.guest is None else await store.read_guest(self._pool, viewer.guest)
        if guest is None or guest.room != room:
            raise Refused("not_found")
        return Seat(row, guest_in_room(guest.id), "guest", guest.name, b"g" + guest.id.to_bytes(8, "big"))
