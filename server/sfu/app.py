"""The media server over HTTP: signalling for clients, the Room Service for the platform, health and figures for the operator."""

import contextlib
import logging
from collections.abc import AsyncIterator

from livekit.protocol.rtc import JoinRequest
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from server.kernel.refused import Refused
from server.sfu import metrics
from server.sfu.engine import Engine
from server.sfu.joining import read_join, token_of
from server.sfu.room_service import RoomService
from server.sfu.session import Session
from server.sfu.tokens import Claims

log = logging.getLogger(__name__)

_STATUSES = {"bad_token": 401, "not_allowed": 401, "limit_exceeded": 429, "server_full": 503, "closing": 503}
_ANYBODY = {"Access-Control-Allow-Origin": "*"}
"""Clients of any origin ask why they were refused; without a token they learn nothing, and tokens are not cookies."""


class Doors:
    """Where clients come in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open = 0

    async def join(self, socket: WebSocket) -> None:
        """``/rtc`` and ``/rtc/v1``: refusals are statuses of the upgrade itself, for which clients look."""
        single = socket.scope["path"].endswith("/v1")
        try:
            claims, request = self._check(socket, single=single)
        except Refused as refused:
            metrics.joins.labels(refused.code).inc()
            await socket.send_denial_response(_refusal(refused))
            return
        await socket.accept()
        session = Session(socket, self._engine.house.limits)
        self._open += 1
        metrics.sessions.set(self._open)
        try:
            await self._serve(session, claims, request, single=single)
        finally:
            self._open -= 1
            metrics.sessions.set(self._open)

    async def validate(self, http: Request) -> Response:
        """``/rtc/validate`` and ``/rtc/v1/validate``: the same question over HTTP, asked by clients whose upgrade was refused."""
        try:
            self._check(http, single="/v1/" in http.scope["path"])
        except Refused as refused:
            return _refusal(refused)
        return PlainTextResponse("success", headers=_ANYBODY)

    def _check(self, http: HTTPConnection, *, single: bool) -> tuple[Claims, JoinRequest]:
        limits = self._engine.house.limits
        claims = self._engine.house.tokens.verify(token_of(http.query_params, http.headers))
        request = read_join(http.query_params, single=single, limits=limits)
        if self._open >= limits.connections:
            raise Refused("server_full")
        self._engine.may_join(claims, request)
        return claims, request

    async def _serve(self, session: Session, claims: Claims, request: JoinRequest, *, single: bool) -> None:
        try:
            seat = self._engine.seat(claims, request, session, single=single)
        except Refused as refused:  # somebody else was faster, or the description in the request is bad
            metrics.joins.labels(refused.code).inc()
            session.close()
            seat = None
        if seat is None:
            await session.run(lambda _: None)
            return
        metrics.joins.labels("resumed" if request.reconnect else "joined").inc()
        await self._engine.serve(seat, session)


def _refusal(refused: Refused) -> Response:
    said = ": ".join([refused.code.replace("_", " "), *filter(None, [str(refused.detail.get("claim", ""))])])
    return PlainTextResponse(said, _STATUSES.get(refused.code, 400), headers=_ANYBODY)


def make_app(engine: Engine) -> Starlette:
    """The application for a server of ASGI. Closing the engine is its maker's."""
    doors = Doors(engine)
    service = RoomService(engine)

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def figures(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield

    return Starlette(
        routes=[
            WebSocketRoute("/rtc", doors.join),
            WebSocketRoute("/rtc/v1", doors.join),
            Route("/rtc/validate", doors.validate),
            Route("/rtc/v1/validate", doors.validate),
            Route("/twirp/{service}/{method}", service.answer, methods=["POST"]),
            Route("/healthz", health),
            Route("/metrics", figures),
        ],
        lifespan=lifespan,
    )
