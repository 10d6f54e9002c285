"""The public log of a consultation: everything that was done in it, without a name or a word of anybody's, for readers and machines."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.log import Entry
from consultations.state import RULES
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId
from server.locale import translator
from server.store import drafts, public_log, reading
from server.store.connection import Connection, Pool
from server.store.public_log import NEWEST
from server.store.reading import Listed, Row
from server.web import wording
from server.web.consultation_page import find_consultation
from server.web.door import Door, page
from server.web.heads import head_of
from server.web.pages import Pages
from server.web.views import ConsultationHead, Crumb, Pagination

LINES = 100
"""Lines on one page."""
MOST_LINES = 5_000
"""Lines in one answer to a machine."""


class LogLine(msgspec.Struct, frozen=True):
    """One act. ``what`` is that of ``consultations.log``; ``rule`` a sentence; ``url`` leads to the place spoken of, if there is one."""

    seq: int
    at: datetime
    what: str
    detail: Mapping[str, object]
    contribution: int | None = None
    rule: str = ""
    url: str = ""


class LogPage(msgspec.Struct, frozen=True):
    """``moderation/log.html``."""

    crumbs: tuple[Crumb, ...]
    head: ConsultationHead
    lines: tuple[LogLine, ...]
    pagination: Pagination


class PublicLog:
    """Two doors to the same lines."""

    def __init__(self, pool: Pool, pages: Pages) -> None:
        self._pool = pool
        self._pages = pages

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/nhat-ky", Action.READ_PUBLIC, self.show),
            page("/lay-y-kien/{slug}/nhat-ky.jsonl", Action.READ_PUBLIC, self.as_lines),
        )

    async def show(self, request: Request) -> Response:
        """A page of the log, the newest acts first."""
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        before = _before(request)
        async with self._pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            entries = await public_log.read_log(connection, consultation.id, before, LINES + 1)
            more, entries = len(entries) > LINES, entries[:LINES]
            urls = await _places(connection, consultation, entries)
        head = head_of(consultation, viewer.lang, demo=False)
        url = f"{head.url}/nhat-ky"
        shown = LogPage(
            crumbs=(Crumb(head.title, head.url, head.title_lang), Crumb(_("Nhật ký công khai"))),
            head=head,
            lines=tuple(_line(entry, urls, viewer) for entry in entries),
            pagination=Pagination(url if before != NEWEST else "", f"{url}?truoc={entries[-1].seq}" if more else ""),
        )
        return self._pages.render(request, "moderation/log.html", page=shown)

    async def as_lines(self, request: Request) -> Response:
        """The same as JSON lines; a ``Link`` to what is older where there is more."""
        before = _before(request)
        async with self._pool.acquire() as connection:
            consultation = await find_consultation(connection, request.state.viewer, request.path_params["slug"])
            entries = await public_log.read_log(connection, consultation.id, before, MOST_LINES + 1)
        more, entries = len(entries) > MOST_LINES, entries[:MOST_LINES]
        encoder = msgspec.json.Encoder()
        body = b"".join(encoder.encode(entry) + b"\n" for entry in entries)
        older = f"/lay-y-kien/{consultation.slug}/nhat-ky.jsonl?truoc={entries[-1].seq}" if more else ""
        headers = {"link": f'<{older}>; rel="next"'} if older else {}
        return Response(body, media_type="application/x-ndjson", headers=headers)


def _line(entry: Entry, urls: Mapping[int, str], viewer: Viewer) -> LogLine:
    number = _spoken_of(entry)
    rule = entry.detail.get("rule")
    broken = wording.rule(rule, translator(viewer.lang)) if entry.what == "ruled" and isinstance(rule, str) and rule in RULES else ""
    return LogLine(entry.seq, entry.at, entry.what, entry.detail, number, broken, urls.get(number or 0, ""))


def _spoken_of(entry: Entry) -> int | None:
    """The one contribution that an act was about."""
    match entry.detail:
        case {"contribution": int(one)} | {"contributions": [int(one)]}:
            return one
        case _:
            return None


async def _places(connection: Connection, consultation: Listed, entries: list[Entry]) -> dict[int, str]:
    """Where in the text each contribution spoken of was given, by its number."""
    spoken_of = {id for entry in entries if (id := _spoken_of(entry)) is not None}
    rows: Mapping[ContributionId, Row] = await reading.read_contributions(connection, [ContributionId(id) for id in sorted(spoken_of)])
    anchors = {
        version: {node.id: node.anchor for node in await drafts.read_nodes(connection, consultation.id, version)}
        for version in {row.version for row in rows.values() if row.first_node is not None}
    }
    url = f"/lay-y-kien/{consultation.slug}"
    found = {id: anchors[row.version].get(row.first_node, "") for id, row in rows.items() if row.first_node is not None}
    return {id: f"{url}/v{rows[id].version}#{anchor}" for id, anchor in found.items() if anchor}


def _before(request: Request) -> int:
    text = request.query_params.get("truoc", "")
    return min(int(text), NEWEST) if text.isascii() and text.isdigit() and len(text) < 20 else NEWEST
