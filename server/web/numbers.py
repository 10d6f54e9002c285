"""Open and honest numbers: the page of figures, and the whole of a consultation as a zip."""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.documents.export import LICENCE, Column, Sheet, Value, write_export
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ConsultationId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.limits import Newcomers
from server.store import drafts
from server.store.connection import Connection
from server.store.reading import Listed
from server.web import records
from server.web.citizen import Ports
from server.web.columns import CONTRIBUTIONS, LOG, NUMBERS, TOTALS
from server.web.consultation_page import find_consultation, may_show_totals
from server.web.door import Door, page
from server.web.etag import answer
from server.web.figures import Figuring, count_figures
from server.web.views import Crumb

KEPT = 4
"""Zips kept in memory, of the consultations asked for last."""

_ANYBODY = Viewer()


class NumbersPages:
    """``origin`` is the address of the site without a path: what is taken away says where it is from. ``taken_per_minute`` zips are given
    to one network address by each web process: to make one, or to find that the kept one is still true, everything is read."""

    def __init__(self, ports: Ports, figuring: Figuring, origin: str, taken_per_minute: int = 20) -> None:
        self._ports = ports
        self._figuring = figuring
        self._origin = origin
        self._most = taken_per_minute
        self._takers = Newcomers()
        self._one_at_a_time = asyncio.Lock()
        self._kept: OrderedDict[ConsultationId, tuple[object, bytes]] = OrderedDict()

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/so-lieu", Action.READ_PUBLIC, self.numbers),
            page("/lay-y-kien/{slug}/du-lieu.zip", Action.READ_PUBLIC, self.export),
        )

    async def numbers(self, request: Request) -> Response:
        """People, contributions and answers, each with its unit and of how many; and where to take the data from."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            figures = await self._figuring.read(connection, consultation)
        head = self._ports.head(consultation, viewer)
        _ = translator(viewer.lang)
        crumbs = (Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Số liệu và dữ liệu mở")))
        return self._ports.pages.render(request, "open/numbers.html", crumbs=crumbs, head=head, figures=figures)

    async def export(self, request: Request) -> Response:
        """The whole consultation as far as it is public. One zip is made at a time; it is made anew when anything in it has changed."""
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, _ANYBODY, request.path_params["slug"])
        if not self._takers.arrive(str(request.state.address).encode(), time.monotonic(), self._most):
            raise Refused("rate_limited", retry_after_s=60)
        async with self._one_at_a_time, self._ports.pool.acquire() as connection:
            async with connection.transaction(isolation="repeatable_read", readonly=True):  # its numbers are those of its rows
                consultation = await find_consultation(connection, _ANYBODY, request.path_params["slug"])
                about, sheets, texts = await self._gather(connection, consultation)
            state = (about, sheets)
            kept = self._kept.get(consultation.id)
            if kept is not None and kept[0] == state:
                made = kept[1]
            else:
                made = await asyncio.to_thread(write_export, about, sheets, texts)
                self._kept[consultation.id] = (state, made)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        name = f'attachment; filename="{consultation.slug}.zip"'
        return answer(request, made, "application/zip", {"content-disposition": name})

    async def _gather(self, connection: Connection, one: Listed) -> tuple[dict[str, Any], list[Sheet], dict[str, bytes]]:
        anchors = await records.read_anchors(connection, one)
        spoken: list[records.Contribution] = []
        while more := await records.read_contribution_records(connection, one, spoken[-1].id if spoken else 0, records.AT_ONCE, anchors):
            spoken += more
        totals = await records.read_totals(connection, one)
        figures = await count_figures(connection, one)
        logged = await records.read_log_records(connection, one.id, 0, one.seq)
        texts: dict[str, bytes] = {}
        for number, _file, _at in await drafts.list_versions(connection, one.id):
            version = await drafts.read_version(connection, one.id, number)
            if version is not None:
                texts[f"text-v{number}.json"] = json.dumps(version.draft, ensure_ascii=False, indent=1, sort_keys=True).encode()
        about = msgspec.to_builtins(records.consultation_record(one, self._origin)) | {
            "licence": LICENCE,
            "totals_published": may_show_totals(one),
            "units": {"totals": "people", "contributions": "contributions", "numbers": "people, contributions, answers"},
        }
        sheets = [
            _sheet("contributions", CONTRIBUTIONS, spoken),
            _sheet("totals", TOTALS, totals),
            _sheet("numbers", NUMBERS, records.number_records(figures)),
            _sheet("log", LOG, logged),
        ]
        return about, sheets, texts


def _sheet(name: str, columns: tuple[Column, ...], structs: Sequence[msgspec.Struct]) -> Sheet:
    return Sheet(name, columns, [tuple(_value(getattr(one, column.name)) for column in columns) for one in structs])


def _value(value: Any) -> Value:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value
