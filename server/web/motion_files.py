"""What lies with a motion: the papers that it is about, and the files that members add to their opinions."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from server.documents.kinds import PDF
from server.documents.minutes import Scribe
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import MotionId, PaperId, Who
from server.kernel.refused import Refused
from server.realtime.motion_files import LARGEST_FILE_BYTES, MotionFiles
from server.realtime.motion_reading import MotionReading
from server.realtime.motions import Motions
from server.realtime.paper_shelf import TITLE_LIMIT, PaperShelf
from server.realtime.room_desk import RoomDesk
from server.web.desk import command_of
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.motions import ONE, MotionPages, url_of
from server.web.pages import Pages, redirect
from server.web.paper_intake import BAD_FILES, ROOM_FOR_FIELDS, PaperIntake, headers_of
from server.web.room_papers import LARGEST_BYTES
from server.web.slip_sheet import SlipSheetPages

_MENDED = BAD_FILES | {"too_many_papers", "too_many_files", "not_voted"}


class VotePages:
    """The pages of motions, with what lies with them; the forms for that stand on the page of the motion, which shows again what was
    refused."""

    def __init__(
        self,
        pages: Pages,
        rooms: RoomDesk,
        motions: Motions,
        reading: MotionReading,
        shelf: PaperShelf,
        intake: PaperIntake,
        scribe: Scribe,
    ) -> None:
        self._files = MotionFiles(reading)
        self._motions = MotionPages(pages, rooms, motions, reading, self._files, shelf)
        self._sheets = SlipSheetPages(pages, self._motions, scribe)
        self._shelf = shelf
        self._intake = intake

    def doors(self) -> Sequence[Door]:
        act, large, small = Action.LIST_ROOMS, LARGEST_BYTES + ROOM_FOR_FIELDS, LARGEST_FILE_BYTES + ROOM_FOR_FIELDS
        return (
            *self._motions.doors(),
            *self._sheets.doors(),
            form(ONE + "/tai-lieu", act, self.put, limit=large, files=1, before=self._require_writer),
            form(ONE + "/tai-lieu/bo", act, self.take),
            page(ONE + "/tep/{file:int}.pdf", act, self.file),
            form(ONE + "/tep", act, self.add, limit=small, files=1, before=self._require_voter),
            form(ONE + "/tep/{file:int}/bo", act, self.remove),
        )

    # --- papers --------------------------------------------------------------------------------------------------------

    async def _require_writer(self, request: Request) -> None:
        _, seat = await self._motions.place(request)
        if not (await self._motions.reading.one(seat, _motion(request))).prepares:
            raise Refused("not_allowed")

    async def put(self, request: Request) -> Response:
        """Put a paper of the room, or a new one, to a motion that is being written."""
        viewer: Viewer = request.state.viewer
        room, seat = await self._motions.place(request)
        motion, id = _motion(request), await command_of(request)
        try:
            if await text_of(request, "paper", 20):
                paper = PaperId(await number_of(request, "paper"))
                await self._shelf.paper(await self._shelf.place(viewer, room.id), paper)
            else:
                new = await self._intake.file(request, room.agency)
                title = new.file_name.rpartition(".")[0][:TITLE_LIMIT]
                paper = await self._shelf.add(viewer, room.id, id, title, "members", new)
            await self._files.link(seat, motion, paper)
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return await self._motions.shown(request, room, seat, refused, "paper-file")
        return redirect(request, f"{url_of(room)}/{motion}", notice="motion_paper_put")

    async def take(self, request: Request) -> Response:
        room, seat = await self._motions.place(request)
        await self._files.unlink(seat, _motion(request), PaperId(await number_of(request, "paper")))
        return redirect(request, f"{url_of(room)}/{_motion(request)}", notice="motion_paper_taken")

    # --- files to opinions -----------------------------------------------------------------------------------------------

    async def _require_voter(self, request: Request) -> None:
        _, seat = await self._motions.place(request)
        if not (await self._motions.reading.one(seat, _motion(request))).mandates:
            raise Refused("not_allowed")

    async def add(self, request: Request) -> Response:
        room, seat = await self._motions.place(request)
        motion, id = _motion(request), await command_of(request)
        member = Who(await text_of(request, "member", 40) or seat.who)
        try:
            await self._files.add(seat, id, motion, member, await self._intake.file(request, room.agency))
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return await self._motions.shown(request, room, seat, refused, f"file-{member}")
        return redirect(request, f"{url_of(room)}/{motion}", notice="opinion_file_added")

    async def remove(self, request: Request) -> Response:
        room, seat = await self._motions.place(request)
        await self._files.remove(seat, _motion(request), number_in_path(request, "file"))
        return redirect(request, f"{url_of(room)}/{_motion(request)}", notice="opinion_file_removed")

    async def file(self, request: Request) -> Response:
        """A file to an opinion, to be kept, and to run nowhere."""
        _, seat = await self._motions.place(request)
        found, data = await self._files.read(seat, _motion(request), number_in_path(request, "file"))
        return Response(data, headers=headers_of(found.file_name), media_type=PDF)


def _motion(request: Request) -> MotionId:
    return MotionId(number_in_path(request, "motion"))
