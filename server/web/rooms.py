"""Meeting rooms from outside: the list, a new one, what its editor may change, the guests' link, and the entry for a calendar."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response

from rooms.state import Among, Private
from server.identity.policy import Action, agencies_where
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM
from server.locale import translator
from server.mail.calendar import CONTENT_TYPE, Entry, calendar
from server.realtime.room_desk import MOST_INVITED, TITLE_LIMIT, Details, RoomDesk, SeenRoom
from server.store import rolls
from server.store.connection import Pool
from server.store.people import list_agencies
from server.web import refusals
from server.web.desk import command_of, fresh_command
from server.web.door import Door, form, page
from server.web.editing import slug_of
from server.web.fields import text_of
from server.web.pages import Pages, redirect
from server.web.room_views import RoomForm, RoomItem
from server.web.views import Crumb, FormError

ROOMS = "/phong-hop"

_NEVER = datetime.max.replace(tzinfo=UTC)
_LONGEST_QUERY = 200
_LONGEST_LIST = MOST_INVITED * 256
_FORM_BYTES = 384 << 10  # both lists in full, percent-encoded
_FIELDS = {"times": "starts_day"}  # where a refusal that names something else than a field is shown
_MENDED = frozenset({"bad_email", "bad_times", "empty", "no_host", "too_long", "too_many_invited"})


class RoomPages:
    """``site`` is the site's own origin: links to be passed on begin with it."""

    def __init__(self, pool: Pool, pages: Pages, rooms: RoomDesk, site: str) -> None:
        self._pool = pool
        self._pages = pages
        self._rooms = rooms
        self._site = site

    def doors(self) -> Sequence[Door]:
        # Hosts may change their room whatever their role on the site; whether one is a host, the desk knows.
        one, act = ROOMS + "/{slug}", Action.LIST_ROOMS
        return (
            page(ROOMS, act, self.overview),
            page(ROOMS + "/moi", Action.CREATE_ROOM, self.new),
            form(ROOMS + "/moi", Action.CREATE_ROOM, self.create, limit=_FORM_BYTES),
            page(one + "/sua", act, self.edit),
            form(one + "/sua", act, self.change, limit=_FORM_BYTES),
            form(one + "/lien-ket", act, self.make_link),
            form(one + "/thu-hoi", act, self.withdraw_link),
            page(one + "/xoa", act, self.ask_deletion),
            form(one + "/xoa", act, self.delete),
            page(one + "/lich.ics", act, self.entry),
        )

    # --- all rooms -----------------------------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
        found = await self._rooms.rooms_of(viewer, query)
        items = {day: [_item(room, viewer) for room in found if _day(room) == day] for day in ("today", "coming", "past")}
        return self._pages.render(
            request,
            "room/list.html",
            crumbs=(Crumb(translator(viewer.lang)("Phòng họp")),),
            query=query,
            today=sorted(items["today"], key=lambda item: (not item.running, item.starts_at or _NEVER)),
            coming=items["coming"][::-1],
            past=items["past"],
            may_create=agencies_where(viewer, Action.CREATE_ROOM) != frozenset(),
        )

    async def new(self, request: Request) -> Response:
        today = datetime.now(VIETNAM).date().isoformat()
        return await self._new(request, RoomForm(starts_day=today), fresh_command())

    async def create(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        command, typed = await command_of(request), await _typed(request)
        if not (typed.agency.isascii() and typed.agency.isdigit()):
            raise Refused("bad_input", field="agency")
        slug = slug_of(typed.title)
        try:
            _id, slug = await self._rooms.create(viewer, command, AgencyId(int(typed.agency)), _details(typed), _free(slug))
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return await self._new(request, typed, command, refused)
        return redirect(request, f"{ROOMS}/{slug}/sua", notice="room_created")

    async def _new(self, request: Request, typed: RoomForm, command: str, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        agencies = agencies_where(viewer, Action.CREATE_ROOM)
        named = await list_agencies(self._pool, None if agencies is None else sorted(agencies))
        return self._pages.render(
            request,
            "room/new.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=(Crumb(_("Phòng họp"), ROOMS), Crumb(_("Phòng họp mới"))),
            agencies=[(str(one.id), one.name_en if viewer.lang == "en" and one.name_en else one.name) for one in named],
            command=command,
            typed=typed,
            title_limit=TITLE_LIMIT,
            errors=_errors(refused, viewer.lang),
        )

    # --- one room ------------------------------------------------------------------------------------------------------

    async def edit(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        invited = await self._rooms.people(viewer, slug)
        room = await self._rooms.find(viewer, slug)
        private = await rolls.read_private(self._pool, room.id)
        emails = {role: "\n".join(person.email for person in invited if person.role == role) for role in ("host", "member")}
        starts, ends = (at.astimezone(VIETNAM) if at else None for at in (room.starts_at, room.ends_at))
        typed = RoomForm(
            title=room.title,
            when="at" if starts else "always",
            starts_day=starts.date().isoformat() if starts else "",
            starts_time=f"{starts:%H:%M}" if starts else "",
            ends_day=ends.date().isoformat() if ends else "",
            ends_time=f"{ends:%H:%M}" if ends else "",
            lobby=room.lobby,
            join_muted=room.join_muted,
            hosts=emails["host"],
            members=emails["member"],
            private=private.among,
            private_kept=private.kept,
        )
        return await self._edit(request, room, typed)

    async def change(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        typed = await _typed(request)
        try:
            await self._rooms.change(viewer, slug, _details(typed))
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            await self._rooms.people(viewer, slug)  # only who may change a room is shown the form again
            return await self._edit(request, await self._rooms.find(viewer, slug), typed, refused)
        return redirect(request, f"{ROOMS}/{slug}/sua", notice="room_saved")

    async def _edit(self, request: Request, room: SeenRoom, typed: RoomForm, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        secret = await self._rooms.link(viewer, room.slug)
        return self._pages.render(
            request,
            "room/edit.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=self._crumbs(request, room, translator(viewer.lang)("Sửa phòng họp")),
            room=_item(room, viewer),
            address=f"{self._site}{ROOMS}/{room.slug}",
            guest_link=f"{self._site}{ROOMS}/{room.slug}/khach/{secret}" if secret else "",
            typed=typed,
            title_limit=TITLE_LIMIT,
            errors=_errors(refused, viewer.lang),
        )

    async def make_link(self, request: Request) -> Response:
        slug: str = request.path_params["slug"]
        await self._rooms.make_link(request.state.viewer, slug)
        return redirect(request, f"{ROOMS}/{slug}/sua", notice="guest_link_made")

    async def withdraw_link(self, request: Request) -> Response:
        slug: str = request.path_params["slug"]
        await self._rooms.withdraw_link(request.state.viewer, slug)
        return redirect(request, f"{ROOMS}/{slug}/sua", notice="guest_link_withdrawn")

    async def ask_deletion(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        await self._rooms.people(viewer, request.path_params["slug"])
        room = await self._rooms.find(viewer, request.path_params["slug"])
        crumbs = self._crumbs(request, room, translator(viewer.lang)("Xóa phòng họp"))
        return self._pages.render(request, "room/delete.html", crumbs=crumbs, room=_item(room, viewer))

    async def delete(self, request: Request) -> Response:
        await self._rooms.delete(request.state.viewer, request.path_params["slug"])
        return redirect(request, ROOMS, notice="room_deleted")

    async def entry(self, request: Request) -> Response:
        """The meeting for a calendar; a room that is always there has none."""
        viewer: Viewer = request.state.viewer
        room = await self._rooms.find(viewer, request.path_params["slug"])
        if room.starts_at is None or room.ends_at is None:
            raise Refused("not_found")
        url = f"{self._site}{ROOMS}/{room.slug}"
        uid = f"phong-hop-{room.id}@{self._site.partition('://')[2]}"
        made = Entry(uid, room.revision - 1, room.starts_at, room.ends_at, room.title, _agency(room, viewer), url)
        headers = {"content-disposition": f'attachment; filename="{room.slug}.ics"'}
        return Response(calendar(made, now=datetime.now(UTC)), headers=headers, media_type=CONTENT_TYPE)

    def _crumbs(self, request: Request, room: SeenRoom, step: str) -> tuple[Crumb, ...]:
        here = f"{ROOMS}/{room.slug}"
        return (Crumb(self._pages.say(request, "Phòng họp"), ROOMS), Crumb(room.title, here, "vi"), Crumb(step))


def _day(room: SeenRoom) -> str:
    """Where it stands among those of the viewer: a room without a date in which they were only once is a past one to them."""
    past = room.starts_at is None and room.role == "guest" and room.reads_record and not room.running
    return "past" if past else room.day


def _item(room: SeenRoom, viewer: Viewer) -> RoomItem:
    where = (room.slug, room.title, _agency(room, viewer))
    return RoomItem(
        *where, room.starts_at, room.ends_at, room.running, room.role, room.may_edit, room.reads_record, room.runs_hall, room.sees_board
    )


def _agency(room: SeenRoom, viewer: Viewer) -> str:
    return room.agency_name_en if viewer.lang == "en" and room.agency_name_en else room.agency_name


def _free(slug: str) -> str:
    """A slug beside the addresses that are no room's; ``slug_of`` knows a title without letters by another name."""
    return {"moi": "phong-moi", "lay-y-kien": "phong-hop"}.get(slug, slug)


async def _typed(request: Request) -> RoomForm:
    fields = {name: await text_of(request, name, 20) for name in ("agency", "when", "starts_day", "starts_time", "ends_day", "ends_time")}
    return RoomForm(
        title=await text_of(request, "title", 4 * TITLE_LIMIT),
        lobby=bool(await text_of(request, "lobby", 10)),
        join_muted=bool(await text_of(request, "join_muted", 10)),
        hosts=await text_of(request, "hosts", _LONGEST_LIST),
        members=await text_of(request, "members", _LONGEST_LIST),
        private=await text_of(request, "private", 10) or "all",
        private_kept=bool(await text_of(request, "private_kept", 10)),
        **fields,
    )


def _details(typed: RoomForm) -> Details:
    """Raises: Refused ``bad_times``, ``bad_input``."""
    times = None
    if typed.when != "always":
        starts = _moment(typed.starts_day, typed.starts_time)
        ends = _moment(typed.ends_day or typed.starts_day, typed.ends_time)
        if ends <= starts and not typed.ends_day:
            ends += timedelta(days=1)  # into the night
        times = (starts, ends)
    lists = _lines(typed.hosts), _lines(typed.members)
    return Details(typed.title, times, typed.lobby, typed.join_muted, *lists, _private(typed))


def _private(typed: RoomForm) -> Private:
    if typed.private not in get_args(Among):
        raise Refused("bad_input", field="private")
    return Private(cast(Among, typed.private), typed.private_kept)


def _moment(day: str, clock: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock).replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("bad_times", field="times") from None


def _lines(text: str) -> tuple[str, ...]:
    """The addresses in a list, one a line or separated by commas or semicolons, as people paste them."""
    return tuple(text.replace(",", "\n").replace(";", "\n").split())


def _errors(refused: Refused | None, lang: str) -> tuple[FormError, ...]:
    if refused is None:
        return ()
    field = str(refused.detail.get("field", "title"))
    words = translator(lang)("Xin ghi tên phòng họp.") if refused.code == "empty" else refusals.sentence(refused, lang)
    return (FormError(_FIELDS.get(field, field), words),)
