"""For those who keep the site running: is it well, and how much is it doing."""

from collections.abc import Sequence
from ipaddress import ip_address

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.identity.policy import Action
from server.kernel.refused import Refused
from server.store.connection import Pool
from server.web.door import Door, page

_ANSWER_WITHIN_S = 2.0
_OF_PROXIES = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})


class HealthPages:
    """``/healthz`` for anybody; ``/metrics`` (Prometheus) only for this machine, and through no proxy: one on this machine would
    make everybody look like it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def doors(self) -> Sequence[Door]:
        return (page("/healthz", Action.READ_PUBLIC, self.health), page("/metrics", Action.READ_PUBLIC, self.metrics))

    async def health(self, request: Request) -> Response:
        """200 when the database answers, otherwise 503."""
        try:
            await self._pool.fetchval("select 1", timeout=_ANSWER_WITHIN_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            return PlainTextResponse("database unavailable\n", 503)
        return PlainTextResponse("ok\n")

    async def metrics(self, request: Request) -> Response:
        """This process's counters. They hold no person's data and no total of a vote."""
        if not ip_address(request.state.address).is_loopback or not _OF_PROXIES.isdisjoint(request.headers):
            raise Refused("not_found")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
