"""The read API, version 1: what the pages show, as JSON for programs. It knows no cookies; whoever asks is anybody."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.tree import search_key
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.realtime.limits import Newcomers
from server.store import drafts, reading
from server.store.connection import Connection
from server.store.reading import Listed
from server.web import records
from server.web.api_document import BASE, MOST, PAGE, PHASES, document
from server.web.citizen import Ports
from server.web.consultation_page import find_consultation, may_show_totals
from server.web.door import Door, page
from server.web.etag import answer
from server.web.figures import Figuring

_JSON = "application/json"
_ANYBODY = Viewer()
_LARGEST = 2**53 - 1  # the largest number that every JSON reader keeps whole
_Endpoint = Callable[[Request], Awaitable[Any]]


class Api:
    """``asked_per_minute`` requests of one network address are answered by each web process."""

    def __init__(self, ports: Ports, figuring: Figuring, origin: str, asked_per_minute: int = 300) -> None:
        self._ports = ports
        self._figuring = figuring
        self._origin = origin
        self._most = asked_per_minute
        self._asked = Newcomers()

    def doors(self) -> Sequence[Door]:
        one = BASE + "/consultations/{slug}"
        return (
            self._door(BASE + "/openapi.json", self.description),
            self._door(BASE + "/consultations", self.consultations),
            self._door(one, self.consultation),
            self._door(one + "/text", self.text),
            self._door(one + "/contributions", self.contributions),
            self._door(one + "/totals", self.totals),
            self._door(one + "/numbers", self.numbers),
            self._door(one + "/log", self.log),
        )

    async def description(self, request: Request) -> Any:
        """This API in OpenAPI 3.1."""
        return document(self._origin)

    async def consultations(self, request: Request) -> Any:
        """Consultations, those that close first first."""
        query, phase = request.query_params.get("q", "")[:200], request.query_params.get("phase", "")
        limit, offset = _limit(request), _number(request, "offset", 0, 10_000)
        if phase and phase not in PHASES:
            raise Refused("bad_input", field="phase")
        async with self._ports.pool.acquire() as connection:
            found = await reading.list_published(connection, search_key(query), limit, offset)
        kept = [records.consultation_record(one, self._origin) for one in found if phase in ("", one.phase)]
        return {"items": kept, "next_offset": offset + limit if len(found) == limit else None}

    async def consultation(self, request: Request) -> Any:
        """One consultation."""
        async with self._ports.pool.acquire() as connection:
            return records.consultation_record(await self._find(connection, request), self._origin)

    async def text(self, request: Request) -> Any:
        """The draft, as a tree of nodes, and the statements put to the vote."""
        async with self._ports.pool.acquire() as connection:
            one = await self._find(connection, request)
            number = _number(request, "version", one.version, 1_000_000, least=1)
            if number > one.version:
                raise Refused("not_found")
            version = await drafts.read_version(connection, one.id, number)
            anchors = {node.id: node.anchor for node in await drafts.read_nodes(connection, one.id, number)}
            asked = await drafts.read_questions(connection, one.id, number)
        statements = [{"question": question.id, "text": question.statement} for question in asked if question.statement is not None]
        return {"version": number, "draft": version.draft if version else None, "anchors": anchors, "statements": statements}

    async def contributions(self, request: Request) -> Any:
        """Contributions and answers to them that everybody can see, in the order of their numbers."""
        limit = _limit(request)
        async with self._ports.pool.acquire() as connection:
            one = await self._find(connection, request)
            found = await records.read_contribution_records(connection, one, _number(request, "after", 0, _LARGEST), limit)
        return {"items": found, "next_after": found[-1].id if len(found) == limit else None}

    async def totals(self, request: Request) -> Any:
        """People by answer, once they may be shown."""
        async with self._ports.pool.acquire() as connection:
            one = await self._find(connection, request)
            found = await records.read_totals(connection, one)
        return {"published": may_show_totals(one), "unit": "people", "items": found}

    async def numbers(self, request: Request) -> Any:
        """Who takes part; numbers under five are withheld."""
        async with self._ports.pool.acquire() as connection:
            one = await self._find(connection, request)
            figures = await self._figuring.read(connection, one)
        return {"with_votes": figures.with_votes, "target_people": figures.target, "items": records.number_records(figures)}

    async def log(self, request: Request) -> Any:
        """The public log, in order."""
        limit, after = _limit(request), _number(request, "after", 0, _LARGEST)
        async with self._ports.pool.acquire() as connection:
            one = await self._find(connection, request)
            found = await records.read_log_records(connection, one.id, after, min(one.seq, after + limit))
        return {"items": found, "next_after": after + limit if after + limit < one.seq else None}

    async def _find(self, connection: Connection, request: Request) -> Listed:
        return await find_consultation(connection, _ANYBODY, request.path_params["slug"])

    def _door(self, path: str, endpoint: _Endpoint) -> Door:
        async def answered(request: Request) -> Response:
            if not self._asked.arrive(str(request.state.address).encode(), time.monotonic(), self._most):
                raise Refused("rate_limited", retry_after_s=60)
            return answer(request, msgspec.json.encode(await endpoint(request)), _JSON, {"access-control-allow-origin": "*"})

        return page(path, Action.READ_PUBLIC, answered)


def _limit(request: Request) -> int:
    return _number(request, "limit", PAGE, MOST, least=1)


def _number(request: Request, name: str, default: int, most: int, *, least: int = 0) -> int:
    """A whole number in the query. Raises: Refused ``bad_input`` for what is none, or is out of bounds."""
    values = request.query_params.getlist(name)
    if not values:
        return default
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdigit()) or len(text) > 16 or not least <= int(text) <= most:
        raise Refused("bad_input", field=name)
    return int(text)
