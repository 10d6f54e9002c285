"""Where a page fetches its one-use ticket for the live socket."""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.identity.keys import Keys
from server.identity.policy import Action
from server.identity.tickets import Tickets
from server.identity.viewer import Viewer
from server.kernel.ids import RoomId
from server.kernel.refused import Refused
from server.realtime.address import network_of
from server.store.connection import Pool
from server.store.requests import take_place
from server.web.cookies import Cookies
from server.web.door import Door, json_door

_MINUTE = timedelta(minutes=1)


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    room: int | None = None


class TicketDoor:
    """``POST /live/ticket`` with ``{}``, or with ``{"room": 4}`` by a page of that room, where a guest is known by its cookie. The
    answer is ``{"ticket": …, "at": …}``: it is good for a minute from ``at`` (UTC, ISO 8601), which also tells a page by how much its clock
    differs from that by which deadlines are kept.

    ``newcomers_per_minute`` is how many who have not signed in get one from one IPv4 /24 or IPv6 /56.
    """

    def __init__(self, tickets: Tickets, pool: Pool, keys: Keys, newcomers_per_minute: int) -> None:
        self._tickets = tickets
        self._pool = pool
        self._keys = keys
        self._newcomers_per_minute = newcomers_per_minute

    def doors(self) -> Sequence[Door]:
        return (json_door("/live/ticket", Action.FOLLOW_LIVE, self.issue),)

    async def issue(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        try:
            room = msgspec.json.decode(await request.body(), type=_Wish).room
        except (ValueError, RecursionError):
            raise Refused("bad_input") from None
        if not viewer.signed_in:
            await self._limit(request)
            cookies: Cookies = request.state.cookies
            cookie = request.cookies.get(cookies.guest(RoomId(room)), "") if room is not None else ""
            if room is not None and cookie:
                viewer = await self._tickets.guest(RoomId(room), cookie, viewer.lang)
        issued = await self._tickets.issue(viewer)
        return JSONResponse({"ticket": issued.ticket, "at": issued.at.isoformat()})

    async def _limit(self, request: Request) -> None:
        subject = self._keys.subject("ticket network", network_of(ip_address(request.state.address)).hex())
        async with self._pool.acquire() as connection, connection.transaction():
            wait_s = await take_place(connection, "ticket network", subject, self._newcomers_per_minute, _MINUTE)
        if wait_s:
            raise Refused("rate_limited", retry_after_s=wait_s)
