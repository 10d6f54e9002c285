"""Doors: every address of the site, with the action it serves and what it takes. An address without an action cannot be made."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from server.identity.policy import Action, may_somewhere
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.web import csrf

Endpoint = Callable[[Request], Awaitable[Response]]
Check = Callable[[Request], Awaitable[None]]
"""Refuses whom it must by address and viewer alone."""
Takes = Literal["nothing", "form", "json", "signed"]

FORM_BYTES = 64 << 10
_MOST_FIELDS = 1_000
_SLOWEST_BYTES_PER_S = 8 << 10  # a slower sender is cut; a phone on a bad line sends a form of 64 KiB in time
_PATIENCE_S = 20.0


class Door(Route):
    """One address and method. Made by ``page``, ``form``, ``json_door`` or ``signed``; served only behind ``server.web.edge.Edge``.

    Before ``endpoint`` is called, it is known that the viewer may do ``action`` somewhere (on which agency's things, the endpoint
    asks ``policy.require``), that a changing request comes from a page of ours, and that its body is within ``limit`` bytes. With
    ``before`` that was asked before any of the body was read.
    """

    def __init__(
        self, path: str, action: Action, endpoint: Endpoint, *, takes: Takes, limit: int, files: int, before: Check | None = None
    ) -> None:
        super().__init__(path, endpoint, methods=["GET"] if takes == "nothing" else ["POST"])
        self.action = action
        self.takes = takes
        self.limit = limit
        self.files = files
        self.before = before

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self.methods or ()))})
        scope["door"] = self
        request = Request(scope, _bounded(scope, receive, self.limit), send)
        viewer: Viewer = request.state.viewer
        if self.takes == "form" or self.takes == "json":
            csrf.check_source(request, self.takes)
        if not may_somewhere(viewer, self.action):
            raise Refused("not_allowed" if viewer.signed_in else "sign_in_needed")
        if self.before is not None:
            await self.before(request)
        try:
            if self.takes == "form":
                await self._read_form(request)
            response = await self.endpoint(request)
            await response(scope, receive, send)
        finally:
            await request.close()

    async def _read_form(self, request: Request) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S + self.limit / _SLOWEST_BYTES_PER_S):
                await request.form(max_files=self.files, max_fields=_MOST_FIELDS, max_part_size=min(self.limit, 1 << 20))
        except TimeoutError:
            raise HTTPException(408) from None
        await csrf.check_token(request)


def page(path: str, action: Action, endpoint: Endpoint) -> Door:
    """An address to be read. It changes nothing."""
    return Door(path, action, endpoint, takes="nothing", limit=0, files=0)


def form(path: str, action: Action, endpoint: Endpoint, *, limit: int = FORM_BYTES, files: int = 0, before: Check | None = None) -> Door:
    """An address to which a form of our pages is sent, of at most ``limit`` bytes and ``files`` files; see ``request.form()``. Large ones
    should not be read from everybody: ``before`` says from whom."""
    return Door(path, action, endpoint, takes="form", limit=limit, files=files, before=before)


def json_door(path: str, action: Action, endpoint: Endpoint, *, limit: int = 4 << 10) -> Door:
    """An address to which our scripts send JSON of at most ``limit`` bytes. What it refuses is answered in JSON."""
    return Door(path, action, endpoint, takes="json", limit=limit, files=0)


def signed(path: str, action: Action, endpoint: Endpoint, *, limit: int) -> Door:
    """An address to which another server sends at most ``limit`` bytes that it has signed; ``endpoint`` checks the signature.

    No cookie counts here, so nothing asks from which page it was sent.
    """
    return Door(path, action, endpoint, takes="signed", limit=limit, files=0)


def _bounded(scope: Scope, receive: Receive, limit: int) -> Receive:
    """``receive`` that ends with 413 as soon as more than ``limit`` bytes are announced or have come."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    come = 0

    async def bounded() -> Message:
        nonlocal come
        if not announced.isdigit() or int(announced) > limit:
            raise HTTPException(413)
        message = await receive()
        come += len(message.get("body", b""))
        if come > limit:
            raise HTTPException(413)
        return message

    return bounded
