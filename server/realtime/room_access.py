"""Who one is in a room at this moment: by one's session and the invitation list, or as the room's guest."""

import msgspec

from rooms.state import Sitting
from rooms.view import Viewer as RoomViewer
from server.identity.rooms import RoomRole, role_in_room
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.kernel.ids import PersonId, RoomId, Who, guest_in_room, person_in_room
from server.kernel.refused import Refused
from server.realtime.consulting import person_key
from server.store import rooms as store
from server.store.connection import Pool
from server.store.rooms import Guest, RoomRow


class Seat(msgspec.Struct, frozen=True):
    """The place of one viewer in a room. ``name`` is the viewer's own, else that on the roll, else empty; ``key`` is that under which the
    viewer's commands are kept; ``sits`` is for a phone in a hall."""

    row: RoomRow
    who: Who
    role: RoomRole
    name: str
    key: bytes
    sits: Sitting | None = None

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
            return Seat(row, person_in_room(viewer.person), role, viewer.name or row.called, person_key(viewer.person))
        guest = None if viewer.guest is None else await store.read_guest(self._pool, viewer.guest)
        if guest is None or guest.room != room:
            raise Refused("not_found")
        if guest.person is not None and guest.hall is not None:
            return await self._seat_in_hall(guest, guest.person, guest.hall)
        return Seat(row, guest_in_room(guest.id), "guest", guest.name, b"g" + guest.id.to_bytes(8, "big"))

    async def _seat_in_hall(self, phone: Guest, person: PersonId, hall: PersonId) -> Seat:
        """The place of the delegate for whom a phone stands: theirs by the roll and nobody's else, whatever roles they hold on the site."""
        row = await store.read_room(self._pool, phone.room, person)
        if row is None or row.listed is None:
            raise Refused("not_found")
        sits = Sitting(person_in_room(hall), None if phone.vouched is None else person_in_room(phone.vouched))
        role: RoomRole = "member" if row.listed == "member" else "host" if row.listed == "host" else "guest"
        return Seat(row, person_in_room(person), role, phone.name, person_key(person), sits)
