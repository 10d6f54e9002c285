"""A room of equal members with its motions on real PostgreSQL, for tests of the store."""

import secrets
from uuid import uuid4

import asyncpg

from rooms import motions as m
from server.kernel.ids import CommandId, MotionId, PersonId, Who, person_in_room
from server.realtime.ballots import BallotBox, Known
from server.realtime.motion_desk import MotionDesk
from server.realtime.room_access import Seat
from server.store import identity, rooms
from server.store.connection import Pool
from tests.realtime.halls import Hall


def new_id() -> CommandId:
    return CommandId(str(uuid4()))


class Assembly:
    """``people`` are members of a room, the first of them its host. Nobody has come to it."""

    def __init__(self, pool: Pool, people: list[Seat]) -> None:
        self.pool = pool
        self.people = people
        self.told: list[tuple[MotionId, frozenset[Who]]] = []
        self.desk = MotionDesk(pool, lambda room, motion: None, lambda: None)
        self.box = BallotBox(pool, Known(), lambda room: None, lambda room, motion, whose, secretly: self.told.append((motion, whose)))

    @classmethod
    async def open(cls, pool: Pool, members: int) -> "Assembly":
        hall = await Hall.open(pool)
        async with pool.acquire() as connection, connection.transaction():
            persons = [
                await identity.find_or_add_person(connection, f"dai-bieu-{number}@example.vn", f"Đại biểu {number}")
                for number in range(members)
            ]
            await rooms.place_people(connection, hall.room, persons[:1], persons[1:])
        row = await rooms.read_room(pool, hall.room)
        assert row is not None
        return cls(pool, [Seat(row, person_in_room(one), "member", "", _key(one)) for one in persons])

    @property
    def host(self) -> Seat:
        seat = self.people[0]
        return Seat(seat.row, seat.who, "host", seat.name, seat.key)

    async def opened(self, lasts_s: int = 3_600, **rule: object) -> MotionId:
        """A slip that was sent to all."""
        draft = m.DraftMotion("Thông qua kế hoạch quý IV", rule=m.Rule(**rule))  # type: ignore[arg-type]
        motion = await self.desk.draft(self.host, None, new_id(), draft, slip=True)
        await self.change(motion, m.OpenMotion(lasts_s))
        return motion

    async def change(self, motion: MotionId, command: m.Command) -> None:
        await self.desk.change(self.host, None, new_id(), motion, command)

    async def vote(self, seat: Seat, motion: MotionId, choice: int | None, id: CommandId | None = None) -> None:
        await self.box.cast(seat, id or new_id(), motion, m.Cast(choice))

    async def vote_secretly(self, seat: Seat, motion: MotionId, choice: int | None, tracker: str = "") -> str:
        """The tracker of the paper."""
        tracker = tracker or secrets.token_hex(16)
        await self.box.cast_secretly(seat, motion, m.Cast(choice, tracker=tracker))
        return tracker


async def pass_deadline(owner: asyncpg.Connection, motion: MotionId) -> None:
    """The deadline of an open motion is the moment of its opening."""
    await owner.execute(
        "update motion_events set body = jsonb_set(body, '{closes_at}', to_jsonb(at)) where type = 'motion_opened' and motion = $1", motion
    )
    await owner.execute(
        "update motions set closes_at = (select at from motion_events where type = 'motion_opened' and motion = $1)", motion
    )


def _key(person: PersonId) -> bytes:
    return b"p" + person.to_bytes(8, "big")
