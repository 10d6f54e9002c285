"""The papers of a room (tài liệu họp): the list, one paper with its viewer, its file in parts, and everybody's own notes."""

from collections.abc import AsyncIterator, Sequence
from typing import get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from server.documents.apart import Reader
from server.documents.kinds import PDF
from server.documents.to_pdf import Converter
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ItemId, PaperId, RoomId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.agenda_desk import AgendaDesk
from server.realtime.paper_shelf import MOST_PAPERS, NOTE_LIMIT, TITLE_LIMIT, Given, PaperShelf, Place
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.store.room_papers import RoomPaper
from server.web import refusals
from server.web.cookies import Cookies
from server.web.desk import command_of, fresh_command
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.pages import Pages, redirect
from server.web.paper_intake import BAD_FILES, ROOM_FOR_FIELDS, PaperIntake, headers_of
from server.web.paper_views import FoundLine, ItemLine, NoteLine, OpeningLine, PaperLine, VersionLine
from server.web.ranges import span_of
from server.web.rooms import ROOMS
from server.web.views import Crumb, FormError

PAPERS = "tai-lieu"
"""Stands in addresses for the papers of a room."""
LARGEST_BYTES = 64 << 20
_PART_BYTES = 1 << 20
_LONGEST_QUERY = 200
_NO_NOTE = NoteLine(1, "")
_MENDED = BAD_FILES | {"too_long", "too_many_papers", "too_many_versions"}


class RoomPaperPages:
    """``headers`` of a file keep whatever is in it from running anywhere."""

    def __init__(self, pages: Pages, rooms: RoomDesk, agenda: AgendaDesk, shelf: PaperShelf, reader: Reader, converter: Converter) -> None:
        self._pages = pages
        self._rooms = rooms
        self._agenda = agenda
        self._shelf = shelf
        self.intake = PaperIntake(reader, converter)

    def doors(self) -> Sequence[Door]:
        # Guests and those of other agencies read while they are inside: who may what, the shelf knows.
        whole, act = ROOMS + "/{slug}/" + PAPERS, Action.COME_BY_LINK
        one, largest, prepares = whole + "/{paper:int}", LARGEST_BYTES + ROOM_FOR_FIELDS, self._require_preparer
        return (
            page(whole, act, self.overview),
            form(whole, act, self.add, limit=largest, files=1, before=prepares),
            page(one, act, self.paper),
            page(one + "/{version:int}.pdf", act, self.file),
            page(one + "/tim", act, self.find),
            form(one + "/ghi-chu", act, self.write_note),
            form(one + "/phien-ban", act, self.add_version, limit=largest, files=1, before=prepares),
            form(one + "/muc", act, self.place_on_items),
            form(one + "/bo", act, self.remove),
        )

    # --- the list ------------------------------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        room, _, place = await self._place(request)
        return await self._overview(request, room, place, fresh_command())

    async def _require_preparer(self, request: Request) -> None:
        if not (await self._place(request))[2].prepares:
            raise Refused("not_allowed")

    async def add(self, request: Request) -> Response:
        room, viewer, place = await self._place(request)
        command, title = await command_of(request), await text_of(request, "title", 4 * TITLE_LIMIT)
        asked = await text_of(request, "audience", 20)
        given: Given = next((known for known in get_args(Given) if known == asked), "members")
        try:
            file = await self.intake.file(request, room.agency)
            paper = await self._shelf.add(viewer, room.id, command, title.strip() or file.file_name.rpartition(".")[0], given, file)
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return await self._overview(request, room, place, command, title, given, (_error(refused, viewer),))
        return redirect(request, f"{_home(room)}/{paper}", notice="meeting_paper_added")

    async def _overview(
        self,
        request: Request,
        room: SeenRoom,
        place: Place,
        command: str,
        title: str = "",
        given: str = "members",
        errors: tuple[FormError, ...] = (),
    ) -> Response:
        viewer: Viewer = request.state.viewer
        query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
        found = await self._shelf.search(place, query) if query else []
        return self._pages.render(
            request,
            "papers/list.html",
            status=422 if errors else 200,
            crumbs=self._crumbs(request, room),
            room=room,
            home=_home(room),
            papers=[paper_line(room, paper, viewer) for paper in await self._shelf.papers(place)],
            query=query,
            found=[FoundLine(f"{_home(room)}/{one.paper}#trang={one.page}", one.title, one.page, one.words) for one in found],
            prepares=place.prepares,
            converts=place.prepares and await self.intake.converts(),
            command=command,
            title=title,
            given=given,
            title_limit=TITLE_LIMIT,
            most=MOST_PAPERS,
            largest_mb=LARGEST_BYTES >> 20,
            errors=errors,
        )

    # --- one paper -----------------------------------------------------------------------------------------------------

    async def paper(self, request: Request) -> Response:
        room, viewer, place = await self._place(request)
        return await self._paper(request, room, viewer, place, fresh_command())

    async def file(self, request: Request) -> Response:
        """A version, or the range of it that is asked for, to be kept, or with ``?trang`` to be shown by our viewer with the directory of
        its pages behind it; and to run nowhere."""
        _, _, place = await self._place(request)
        paper = await self._shelf.paper(place, PaperId(number_in_path(request, "paper")))
        number = number_in_path(request, "version")
        version = next((one for one in await self._shelf.versions(paper) if one.number == number), None)
        if version is None:
            raise Refused("not_found")
        size = version.size + (version.directory_size if "trang" in request.query_params else 0)
        tag = f'"{paper.id}-{version.number}-{size}"'
        headers = headers_of(version.file_name) | {"etag": tag, "accept-ranges": "bytes"}
        asked = request.headers.get("range", "") if request.headers.get("if-range", tag) == tag else ""
        span = span_of(asked, size)
        if span is None:
            return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
        if span.start == 0:
            await self._shelf.opened(place, paper, version.number)
        partly = (span.start, span.end) != (0, size)
        headers["content-length"] = str(span.end - span.start)
        if partly:
            headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{size}"
        parts = self._parts(paper, version.number, span.start, span.end)
        return StreamingResponse(parts, 206 if partly else 200, headers, media_type=PDF)

    async def _parts(self, paper: RoomPaper, version: int, start: int, end: int) -> AsyncIterator[bytes]:
        while start < end:
            part = await self._shelf.part(paper, version, start, min(_PART_BYTES, end - start))
            yield part
            start += len(part)

    async def find(self, request: Request) -> Response:
        """``[{"page": …, "words": …}]`` for the viewer's search."""
        _, _, place = await self._place(request)
        paper = await self._shelf.paper(place, PaperId(number_in_path(request, "paper")))
        query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
        found = await self._shelf.search(place, query, paper.id)
        return JSONResponse([{"page": one.page, "words": one.words} for one in found])

    async def write_note(self, request: Request) -> Response:
        room, viewer, place = await self._place(request)
        paper = PaperId(number_in_path(request, "paper"))
        number, text = await number_of(request, "page"), await text_of(request, "text", 4 * NOTE_LIMIT)
        try:
            await self._shelf.write_note(viewer, place, paper, number, text)
        except Refused as refused:
            if refused.code not in ("bad_page", "too_long", "too_many_notes"):
                raise
            error = FormError(str(refused.detail["field"]), refusals.sentence(refused, viewer.lang))
            return await self._paper(request, room, viewer, place, fresh_command(), NoteLine(number, text), (error,))
        return redirect(request, f"{_home(room)}/{paper}", notice="note_saved")

    async def add_version(self, request: Request) -> Response:
        room, viewer, place = await self._place(request)
        paper, command = await self._shelf.paper(place, PaperId(number_in_path(request, "paper"))), await command_of(request)
        try:
            await self._shelf.add_version(viewer, room.id, paper.id, command, await self.intake.file(request, room.agency))
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return await self._paper(request, room, viewer, place, command, errors=(_error(refused, viewer),))
        return redirect(request, f"{_home(room)}/{paper.id}", notice="meeting_paper_changed")

    async def place_on_items(self, request: Request) -> Response:
        room, viewer, place = await self._place(request)
        if not place.prepares:
            raise Refused("not_allowed")
        paper = await self._shelf.paper(place, PaperId(number_in_path(request, "paper")))
        chosen = (await request.form()).getlist("item")
        items = {ItemId(int(one)) for one in chosen if isinstance(one, str) and one.isascii() and one.isdigit() and len(one) < 10}
        try:
            await self._agenda.place_paper(viewer, room.slug, paper.id, items)
        except Refused as refused:
            if refused.code not in ("already", "too_many_papers"):
                raise
            error = FormError("items", refusals.sentence(refused, viewer.lang))
            return await self._paper(request, room, viewer, place, fresh_command(), errors=(error,))
        return redirect(request, f"{_home(room)}/{paper.id}", notice="meeting_paper_placed")

    async def remove(self, request: Request) -> Response:
        room, viewer, _ = await self._place(request)
        await self._shelf.remove(viewer, room.id, PaperId(number_in_path(request, "paper")))
        return redirect(request, _home(room), notice="meeting_paper_removed")

    async def _paper(
        self,
        request: Request,
        room: SeenRoom,
        viewer: Viewer,
        place: Place,
        command: str,
        note: NoteLine = _NO_NOTE,
        errors: tuple[FormError, ...] = (),
    ) -> Response:
        paper = await self._shelf.paper(place, PaperId(number_in_path(request, "paper")))
        line, home = paper_line(room, paper, viewer), f"{_home(room)}/{paper.id}"
        versions = await self._shelf.versions(paper)
        openings = await self._shelf.openings(place, paper)
        notes = await self._shelf.notes(viewer, paper)
        items = (await self._agenda.read(viewer, room.slug)).items if place.prepares else ()
        return self._pages.render(
            request,
            "papers/paper.html",
            status=422 if errors else 200,
            crumbs=self._crumbs(request, room, Crumb(paper.title, lang="vi")),
            room=room,
            home=_home(room),
            paper=line,
            versions=[
                VersionLine(one.number, f"{home}/{one.number}.pdf", one.file_name, one.converted, one.pages, one.size, one.at)
                for one in versions
            ],
            openings=[OpeningLine(one.name or one.who, one.version, one.first_at, one.last_at) for one in openings],
            items=[ItemLine(item.id, item.plan.title, paper.id in item.plan.papers) for item in items],
            notes=[NoteLine(number, text) for number, text in notes],
            takes_notes=viewer.person is not None,
            note=note,
            note_limit=NOTE_LIMIT,
            prepares=place.prepares,
            converts=place.prepares and await self.intake.converts(),
            largest_mb=LARGEST_BYTES >> 20,
            command=command,
            errors=errors,
        )

    # --- inside --------------------------------------------------------------------------------------------------------

    async def _place(self, request: Request) -> tuple[SeenRoom, Viewer, Place]:
        """The room in the address and who asks: somebody signed in, or a guest by the cookie of the room's link.

        Raises: Refused ``not_found``, ``sign_in_needed``.
        """
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        if not viewer.signed_in:
            cookies: Cookies = request.state.cookies
            for cookie in cookies.of_guest(request.cookies):
                try:
                    room, guest, _ = await self._rooms.guest_of(slug, cookie)
                except Refused:
                    continue
                viewer = Viewer(guest=guest, lang=viewer.lang)
                return room, viewer, await self._shelf.place(viewer, RoomId(room.id))
        room = await self._rooms.find(viewer, slug)
        return room, viewer, await self._shelf.place(viewer, room.id)

    def _crumbs(self, request: Request, room: SeenRoom, *steps: Crumb) -> tuple[Crumb, ...]:
        say = translator(request.state.viewer.lang)
        above = (Crumb(say("Phòng họp"), ROOMS), Crumb(room.title, f"{ROOMS}/{room.slug}", "vi"))
        return (*above, Crumb(say("Tài liệu họp"), _home(room) if steps else ""), *steps)


def _home(room: SeenRoom) -> str:
    return f"{ROOMS}/{room.slug}/{PAPERS}"


def paper_line(room: SeenRoom, paper: RoomPaper, viewer: Viewer) -> PaperLine:
    """A paper as lists show it."""
    say, url = translator(viewer.lang), f"{_home(room)}/{paper.id}"
    for_whom = ""
    if paper.readers is not None:
        for_whom = say("Chỉ những người được chỉ định")
    elif paper.audience == "members":
        for_whom = say("Không dành cho khách")
    file_url = f"{url}/{paper.version}.pdf"
    return PaperLine(paper.id, url, file_url, paper.title, paper.pages, paper.size, paper.version, paper.at, for_whom)


def _error(refused: Refused, viewer: Viewer) -> FormError:
    field = str(refused.detail.get("field", "file"))
    words = translator(viewer.lang)("Xin chọn một tệp.") if refused.code == "empty" else refusals.sentence(refused, viewer.lang)
    return FormError(field, words)
