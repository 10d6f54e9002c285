"""An editor takes over a consultation from elsewhere, by the file of its open data, and takes it off again."""

from collections.abc import Sequence

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from server.documents import LARGEST_FILE_BYTES
from server.identity.policy import Action, agencies_where, may, require
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId
from server.kernel.refused import Refused
from server.locale import translator
from server.store import taken_over as store
from server.store.connection import Connection
from server.store.people import list_agencies, record_act
from server.web.desk import Desk, field_error
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.pages import redirect
from server.web.taken_over import TAKEN_OVER, view_of, way_to
from server.web.turns import Turns
from server.web.views import Crumb, FormError

_ROOM_FOR_FIELDS = 64 << 10
_READ_AT_ONCE = 1


class TakingOver:
    """The pages of editors."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turns = Turns(_READ_AT_ONCE)

    def doors(self) -> Sequence[Door]:
        new, action = TAKEN_OVER + "/moi", Action.CREATE_CONSULTATION
        return (
            page(new, action, self.new),
            form(new, action, self.take, limit=LARGEST_FILE_BYTES + _ROOM_FOR_FIELDS, files=1),
            page(TAKEN_OVER + "/{dossier:int}/xoa", action, self.ask),
            form(TAKEN_OVER + "/{dossier:int}/xoa", action, self.drop),
        )

    async def new(self, request: Request) -> Response:
        return await self._new(request)

    async def take(self, request: Request) -> Response:
        """Reads the file in a process of its own and keeps it, whole or not at all. The same file sent again leads to what it made."""
        viewer: Viewer = request.state.viewer
        chosen = await text_of(request, "agency", 20)
        agency = AgencyId(int(chosen)) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else AgencyId(0)
        require(viewer, Action.CREATE_CONSULTATION, agency=agency, secret=True)
        assert viewer.person is not None
        sent = (await request.form()).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await self._new(request, chosen, (FormError("file", translator(viewer.lang)("Xin chọn một tệp.")),))
        try:
            async with self._turns.of(agency):
                data = await sent.read()
                package = await self._desk.reader.read_export(data)
        except Refused as refused:
            if refused.code != "bad_document":
                raise
            return await self._new(request, chosen, (field_error(refused, viewer.lang, "file"),))
        number, new = await store.take_over(self._desk.pool, agency, package, data, viewer.person)
        return redirect(request, f"{TAKEN_OVER}/{number}", notice="taken_over" if new else "taken_over_before")

    async def ask(self, request: Request) -> Response:
        """Asks once more before one is deleted."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            view = view_of(await _own(connection, request), viewer.lang)
        crumbs = (*way_to(view, viewer), Crumb(translator(viewer.lang)("Bỏ hồ sơ này")))
        return self._desk.pages.render(request, "editing/take_off.html", crumbs=crumbs, dossier=view)

    async def drop(self, request: Request) -> Response:
        """Deletes one with all its words, as where something in it must not be read any more."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection, connection.transaction():
            found = await _own(connection, request)
            await store.drop(connection, found.id)
            detail = {"sha256": found.sha256}
            await record_act(connection, "taken_off", actor=viewer.person, agency=found.agency, detail=detail)
        return redirect(request, TAKEN_OVER, notice="taken_off")

    async def _new(self, request: Request, agency: str = "", errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        editable = agencies_where(viewer, Action.CREATE_CONSULTATION)
        async with self._desk.pool.acquire() as connection:
            named = await list_agencies(connection, None if editable is None else sorted(editable))
        return self._desk.pages.render(
            request,
            "editing/take_over.html",
            status=422 if errors else 200,
            crumbs=(Crumb(_("Tiếp nhận từ nơi khác"), TAKEN_OVER), Crumb(_("Tiếp nhận một đợt lấy ý kiến"))),
            agencies=[(str(one.id), one.name_en if viewer.lang == "en" and one.name_en else one.name) for one in named],
            agency=agency,
            largest_mb=LARGEST_FILE_BYTES // 1_000_000,
            errors=errors,
        )


async def _own(connection: Connection, request: Request) -> store.Dossier:
    """The one that the address names, of an agency of which the viewer is an editor.

    Raises: Refused ``not_found``, also to everybody else.
    """
    found = await store.read(connection, number_in_path(request, "dossier"))
    if found is None or not may(request.state.viewer, Action.CREATE_CONSULTATION, agency=found.agency):
        raise Refused("not_found")
    return found
