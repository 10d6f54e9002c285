"""What pages do with the prepared agenda of a room. While a meeting runs its agenda is changed inside; what is known of an item there is
known here, and by nobody else."""

from collections.abc import Callable, Collection, Sequence

import msgspec

from rooms.agenda import MOST_ITEMS, may_know, planned
from rooms.state import Item, Member, Plan, Room, Seat
from server.identity.viewer import Viewer
from server.kernel.ids import ItemId, PaperId, Who, person_in_room
from server.kernel.refused import Refused
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.store import meetings, rolls
from server.store import rooms as store
from server.store.connection import Connection, Pool
from server.store.consultations import database_now
from server.store.rooms import RoomRow


class Prepared(msgspec.Struct, frozen=True):
    """The agenda as one viewer may know it, with the roll and whether meetings begin with free discussion."""

    room: SeenRoom
    items: tuple[Item, ...]
    roll: tuple[Seat, ...]
    free: bool


class AgendaDesk:
    """Everybody whom the room lets in reads its agenda; who may change the room prepares it."""

    def __init__(self, pool: Pool, rooms: RoomDesk) -> None:
        self._pool = pool
        self._rooms = rooms

    async def read(self, viewer: Viewer, slug: str) -> Prepared:
        """The agenda.

        Raises: Refused ``not_found``; ``sign_in_needed``; ``not_allowed`` for who may only knock at the room.
        """
        room = await self._rooms.find(viewer, slug)
        roll = await rolls.read_roll(self._pool, room.id)
        me = _who(viewer)
        if room.role == "guest" and all(seat.who != me for seat in roll):
            raise Refused("not_allowed")
        items = _known(await self._state(room, roll), await rolls.read_items(self._pool, room.id), me)
        return Prepared(room, tuple(items), roll, await rolls.read_free(self._pool, room.id))

    async def add(self, viewer: Viewer, slug: str, plan: Plan) -> None:
        """A new item at the end.

        Raises: Refused as ``change``; ``too_many_items``.
        """

        def added(items: list[Item]) -> list[Item]:
            if len(items) >= MOST_ITEMS:
                raise Refused("too_many_items", limit=MOST_ITEMS)
            return [*items, Item(ItemId(1 + max((item.id for item in items), default=0)), plan)]

        await self._change(viewer, slug, added)

    async def edit(self, viewer: Viewer, slug: str, id: ItemId, plan: Plan, shown: Collection[PaperId] = ()) -> None:
        """Plan an item otherwise. Of its papers those that were ``shown`` stay if the plan has them, and all others stay.

        Raises: Refused as ``change``.
        """

        def edited(items: list[Item]) -> list[Item]:
            at = _at(items, id)
            stay = (paper for paper in items[at].plan.papers if paper not in shown)
            items[at] = Item(id, msgspec.structs.replace(plan, papers=(*stay, *plan.papers)))
            return items

        await self._change(viewer, slug, edited, of=id)

    async def move(self, viewer: Viewer, slug: str, id: ItemId, step: int) -> None:
        """Put an item before the one above it (``step`` -1) or after the one below (1), of those that the viewer knows.

        Raises: Refused as ``change``.
        """
        order = [item.id for item in (await self.read(viewer, slug)).items]
        at = order.index(id) if id in order else -1
        if at < 0:
            raise Refused("not_found")
        other = order[min(max(at + step, 0), len(order) - 1)]

        def moved(items: list[Item]) -> list[Item]:
            if other == id:  # it stands at that end already
                return items
            item = items.pop(_at(items, id))
            items.insert(_at(items, other) + (step > 0), item)
            return items

        await self._change(viewer, slug, moved, of=id)

    async def remove(self, viewer: Viewer, slug: str, id: ItemId) -> None:
        """Take an item off.

        Raises: Refused as ``change``.
        """
        await self._change(viewer, slug, lambda items: [item for item in items if item.id != id], of=id)

    async def place_paper(self, viewer: Viewer, slug: str, paper: PaperId, items: Collection[ItemId]) -> None:
        """Give a paper, of which the viewer knows, to these items and take it from the others that the viewer knows.

        Raises: Refused as ``change``.
        """
        known = {item.id for item in (await self.read(viewer, slug)).items}

        def placed(items_now: list[Item]) -> list[Item]:
            return [_with_paper(item, paper, item.id in items) if item.id in known else item for item in items_now]

        await self._change(viewer, slug, placed)

    async def set_free(self, viewer: Viewer, slug: str, free: bool) -> None:
        """Say whether the next meetings begin with free discussion.

        Raises: Refused ``not_found``, ``not_allowed``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._rooms.editable(connection, viewer, slug)
            await rolls.set_free(connection, row.id, free)

    async def _state(self, room: SeenRoom, roll: Sequence[Seat]) -> Room:
        """Who stands in for whom: by the meeting that runs, else as they would by coming in."""
        if not room.running:
            return _without_meeting(roll)
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            found = await meetings.load(connection, room.id)
        return _without_meeting(roll) if found is None or found[1].phase != "running" else found[1]

    async def _change(self, viewer: Viewer, slug: str, edit: Callable[[list[Item]], Sequence[Item]], of: ItemId | None = None) -> None:
        """Make the agenda what ``edit`` makes of it; ``of`` is the item concerned, of which the viewer must know.

        Raises: Refused ``not_found``, ``not_allowed``; ``already`` while a meeting runs; as ``rooms.agenda.planned``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._rooms.editable(connection, viewer, slug)
            await store.lock_room(connection, row.id)
            if row.running:
                raise Refused("already", state="running")
            roll, me = await rolls.read_roll(connection, row.id), _who(viewer)
            before = await rolls.read_items(connection, row.id)
            if of is not None and all(item.id != of for item in _known(_without_meeting(roll), before, me)):
                raise Refused("not_found")
            after = edit(list(before))
            await rolls.replace_items(connection, row.id, await _checked(connection, row, roll, me, before, after))


async def _checked(
    connection: Connection, row: RoomRow, roll: tuple[Seat, ...], me: Who, before: Sequence[Item], after: Sequence[Item]
) -> list[Item]:
    """With the plans that changed as the rules would have them."""
    now = await database_now(connection)
    preparer = Member(me, "", "host", "")
    state = Room(title=row.title, roll={seat.who: seat for seat in roll}, members={me: preparer})
    kept = {item.id: item for item in before}
    return [item if kept.get(item.id) == item else Item(item.id, planned(state, item.plan, me, now)) for item in after]


def _without_meeting(roll: Sequence[Seat]) -> Room:
    return Room(roll={seat.who: seat for seat in roll})


def _known(state: Room, items: Sequence[Item], me: Who) -> list[Item]:
    """The items of which somebody may know who stands outside: as in the meeting."""
    return [item for item in items if may_know(state, item, me)]


def _with_paper(item: Item, paper: PaperId, belongs: bool) -> Item:
    papers = tuple(one for one in item.plan.papers if one != paper) + ((paper,) if belongs else ())
    if belongs == (paper in item.plan.papers):
        return item
    return Item(item.id, msgspec.structs.replace(item.plan, papers=papers), item.begun_at, item.ended_at)


def _at(items: Sequence[Item], id: ItemId) -> int:
    found = next((at for at, item in enumerate(items) if item.id == id), None)
    if found is None:
        raise Refused("not_found")
    return found


def _who(viewer: Viewer) -> Who:
    if viewer.person is None:
        raise Refused("sign_in_needed")
    return person_in_room(viewer.person)
