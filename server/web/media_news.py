"""Where the media engine, our own or a LiveKit server, tells what happens in its rooms."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.identity.policy import Action
from server.kernel.refused import Refused
from server.web.door import Door, signed

WEBHOOK = "/livekit/webhook"
_LARGEST = 64 << 10


class MediaNews:
    """``take`` gets the body of a webhook and its ``Authorization``, and says whether the engine signed them."""

    def __init__(self, take: Callable[[bytes, str], Awaitable[bool]]) -> None:
        self._take = take

    def doors(self) -> Sequence[Door]:
        return (signed(WEBHOOK, Action.BRING_MEDIA_NEWS, self.take, limit=_LARGEST),)

    async def take(self, request: Request) -> Response:
        if not await self._take(await request.body(), request.headers.get("authorization", "")):
            raise Refused("not_allowed")
        return PlainTextResponse("ok\n")
