"""Who votes in a room, and what they are called."""

from collections.abc import Iterable

from rooms.state import Seat
from server.kernel.ids import RoomId, Who
from server.store.connection import Connection, Database

_LISTED = (
    "select person from room_people where room = $1 and role <> 'guest' order by array_position(array['host', 'member'], role), person"
)

# What somebody is called in the room, or else on the site; who has not said so yet, by the address to which the invitation went.
_NAMES = """
select asked.who, coalesce(nullif(n.name, ''), nullif(c.display_name, ''), split_part(c.email, '@', 1), '') as name
from unnest($2::text[]) as asked (who)
left join room_names as n on n.room = $1 and n.who = asked.who
left join contacts as c on 'p' || c.person = asked.who
"""


async def listed_seats(connection: Connection, room: RoomId) -> tuple[Seat, ...]:
    """The people of a room that has no roll, as equal members: hosts, then who is invited."""
    return tuple(Seat(Who(f"p{row['person']}"), "member") for row in await connection.fetch(_LISTED, room))


async def read_names(database: Database, room: RoomId, whose: Iterable[Who]) -> dict[Who, str]:
    """What these are called; of who has no name yet, nothing."""
    return {Who(row["who"]): row["name"] for row in await database.fetch(_NAMES, room, list(whose))}
