"""Where a page fetches its one-use ticket for the live socket."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.identity.policy import Action
from server.identity.tickets import Tickets
from server.web.door import Door, json_door


class TicketDoor:
    """``POST /live/ticket`` with any JSON; the answer is ``{"ticket": …}``, good for a minute."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    def doors(self) -> Sequence[Door]:
        return (json_door("/live/ticket", Action.FOLLOW_LIVE, self.issue),)

    async def issue(self, request: Request) -> Response:
        return JSONResponse({"ticket": await self._tickets.issue(request.state.viewer)})
