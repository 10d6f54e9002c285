"""The count of a slip (biên bản kiểm phiếu lấy ý kiến): read, and taken as Word file or PDF."""

import hashlib
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rooms.chronicle import chronicle
from rooms.minutes import Document
from rooms.slip_sheet import chain, sheet
from server.documents.minutes import MEDIA_TYPES, Format, Scribe
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import MotionId
from server.kernel.refused import Refused
from server.realtime.motion_reading import Told
from server.realtime.room_access import Seat
from server.realtime.room_desk import SeenRoom
from server.web.approving import WHOLE, query_of
from server.web.door import Door, page
from server.web.event_words import sentence
from server.web.fields import number_in_path
from server.web.minutes_views import EventLine, PartView, SentenceView
from server.web.motions import ONE, MotionPages, url_of
from server.web.pages import Pages
from server.web.views import Crumb

_SHEET = ONE + "/bien-ban"


class SlipSheetPages:
    """Whoever may know of a slip reads its count; the opinions on it who prepares or leads, and only when asked for."""

    def __init__(self, pages: Pages, motions: MotionPages, scribe: Scribe) -> None:
        self._pages = pages
        self._motions = motions
        self._scribe = scribe

    def doors(self) -> Sequence[Door]:
        act = Action.LIST_ROOMS
        return (page(_SHEET, act, self.show), page(_SHEET + "/tep.{format}", act, self.file))

    async def show(self, request: Request) -> Response:
        """The count with the events that it is made from, or that there is none yet."""
        viewer: Viewer = request.state.viewer
        room, seat, told = await self._told(request)
        whole = _whole(request, told)
        document = _sheet(room, told, whole=whole)
        motion, head = f"{url_of(room)}/{told.page.head.id}", told.page
        url, tale = f"{motion}/bien-ban", chronicle(told.log)
        links = {link.number: link.digest for link in chain(told.page.head.id, told.log)}
        events = [EventLine(one.number, one.at, sentence(one, tale, viewer.lang, seat.who), links[one.number]) for one in told.log]
        say = self._pages.say
        return self._pages.render(
            request,
            "room/slip_sheet.html",
            crumbs=(
                *self._motions.crumbs(request, room),
                Crumb(f"{say(request, 'Nội dung biểu quyết')} {head.head.id}", motion),
                Crumb(say(request, "Biên bản kiểm phiếu")),
            ),
            room=room,
            motion=motion,
            page=told.page,
            url=url,
            query=query_of(whole, None),
            whole=whole,
            fuller=f"{url}{query_of(not whole, None)}" if _officer(told) else "",
            document=document,
            parts=() if document is None else _parts(document),
            events=events,
        )

    async def file(self, request: Request) -> Response:
        """The count as a file. The same count is the same bytes, which a browser that has them need not get again.

        Raises: Refused ``slip_not_counted``, else as ``show``.
        """
        format = request.path_params["format"]
        if format not in MEDIA_TYPES:
            raise Refused("not_found")
        kind: Format = format
        room, _, told = await self._told(request)
        document = _sheet(room, told, whole=_whole(request, told))
        if document is None:
            raise Refused("slip_not_counted")
        tag = f'"{hashlib.sha256(msgspec.msgpack.encode((kind, document))).hexdigest()}"'
        headers = {"etag": tag, "cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        name = f"bien-ban-kiem-phieu-{room.slug}-{told.page.head.id}.{kind}"
        headers["content-disposition"] = f'attachment; filename="{name}"'
        return Response(await self._scribe.write(document, kind), media_type=MEDIA_TYPES[kind], headers=headers)

    async def _told(self, request: Request) -> tuple[SeenRoom, Seat, Told]:
        """Raises: Refused ``not_found``, also for what stands in the minutes of a meeting."""
        room, seat = await self._motions.place(request)
        told = await self._motions.reading.told(seat, MotionId(number_in_path(request, "motion")))
        if not told.page.head.slip:
            raise Refused("not_found")
        return room, seat, told


def _officer(told: Told) -> bool:
    return told.page.prepares or told.page.chairs


def _whole(request: Request, told: Told) -> bool:
    return request.query_params.get("ban") == WHOLE and _officer(told)


def _sheet(room: SeenRoom, told: Told, *, whole: bool) -> Document | None:
    return sheet(told.log, room.agency_name, told.names, told.files, whole=whole)


def _parts(document: Document) -> tuple[PartView, ...]:
    return tuple(
        PartView(
            part.heading,
            2,
            tuple(SentenceView(one.key, "cau-" + one.key.replace("/", "-"), one.text, None, one.events) for one in part.sentences),
        )
        for part in document.parts
    )
