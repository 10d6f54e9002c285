"""The pages of halls (điểm cầu): the code that a hall's delegates scan, the phones that are in it, and the technicians' board."""

from collections.abc import Sequence

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from server.identity.keys import Keys
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, PersonId, person_in_room
from server.kernel.refused import Refused
from server.livekit.engine import MediaEngine
from server.protocol import rooms as messages
from server.realtime.hall_desk import HallDesk, tab_of
from server.realtime.motion_reading import MotionReading
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.realtime.rooms import Rooms
from server.realtime.site_board import SiteBoard
from server.store.connection import Pool
from server.web import refusals
from server.web.desk import field_error, fresh_command
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.hall_phones import HallPhonePages
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.site_board import SiteBoardPages
from server.web.views import Crumb

_HALLS = ROOMS + "/{slug}/diem-cau"


class HallPages:
    """With the doors of the phones in it and of the board."""

    def __init__(
        self, pool: Pool, pages: Pages, halls: HallDesk, keys: Keys, desk: RoomDesk, rooms: Rooms, engine: MediaEngine | None, site: str
    ) -> None:
        """``site`` is the site's own origin: what a phone scans begins with it."""
        self._halls = halls
        self._phones = HallPhonePages(pages, keys, self._halls, rooms, MotionReading(pool))
        self._board = SiteBoardPages(pages, SiteBoard(desk, rooms, engine))
        self._pages = pages
        self._rooms = rooms
        self._site = site

    def doors(self) -> Sequence[Door]:
        act = Action.LIST_ROOMS
        return (
            page(_HALLS, act, self.overview),
            page(_HALLS + "/{hall:int}", act, self.hall),
            form(_HALLS + "/{hall:int}", act, self.change),
            *self._phones.doors(),
            *self._board.doors(),
        )

    async def overview(self, request: Request) -> Response:
        room, halls = await self._halls.halls(request.state.viewer, request.path_params["slug"])
        crumbs = self._crumbs(request, room)
        return self._pages.render(request, "room/halls.html", crumbs=crumbs, room=room, halls=halls)

    async def hall(self, request: Request) -> Response:
        return await self._show(request)

    async def _show(self, request: Request, refused: Refused | None = None, typed: str = "") -> Response:
        viewer: Viewer = request.state.viewer
        found = await self._halls.open(viewer, request.path_params["slug"], _hall(request))
        address = f"{self._site}{ROOMS}/{found.room.slug}/diem-cau/{found.hall.person}/{found.secret}"
        import segno  # a twentieth of what a start costs, for a page that few sites ever show

        code = segno.make(address, error="m", micro=False)
        state = await self._rooms.state_now(found.room.id)
        sitting = {who for who, one in state.members.items() if one.sits is not None and one.sits.hall == person_in_room(found.hall.person)}
        return self._pages.render(
            request,
            "room/hall.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=self._crumbs(request, found.room, found.hall.name),
            page=found,
            here=f"{ROOMS}/{found.room.slug}/diem-cau/{found.hall.person}",
            address=address,
            code=Markup(code.svg_inline(border=2, omitsize=True, svgclass="scan__code", lineclass=None)),  # made of digits alone
            inside={one.person for one in found.delegates if person_in_room(one.person) in sitting},
            endpoint=person_in_room(found.hall.person) in state.members,
            typed=typed,
            errors=(field_error(refused, viewer.lang, "number"),) if refused else (),
        )

    async def change(self, request: Request) -> Response:
        """Say whose a phone is, or that somebody has left the hall."""
        viewer: Viewer = request.state.viewer
        slug, hall = request.path_params["slug"], _hall(request)
        here = f"{ROOMS}/{slug}/diem-cau/{hall}"
        person = PersonId(await number_of(request, "person"))
        if await text_of(request, "act", 10) == "forget":
            room, phone = await self._halls.phone_of(viewer, slug, hall, person)
            leave = messages.Leave(CommandId(fresh_command()), room)
            await self._rooms.carry_out(Viewer(guest=phone, lang=viewer.lang), tab_of(phone), leave)
            await self._halls.forget(room, person)
            return redirect(request, here, notice="phone_forgotten")
        typed = await text_of(request, "number", 100)
        try:
            number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == len("1000") else 0
            await self._halls.vouch(viewer, slug, hall, number, person)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return await self._show(request, Refused("no_such_phone", field="number"), typed)
        return redirect(request, here, notice="phone_vouched")

    def _crumbs(self, request: Request, room: SeenRoom, hall: str = "") -> tuple[Crumb, ...]:
        here = f"{ROOMS}/{room.slug}"
        say = self._pages.say
        above = (Crumb(say(request, "Phòng họp"), ROOMS), Crumb(room.title, here, "vi"))
        halls = Crumb(say(request, "Điểm cầu"), f"{here}/diem-cau" if hall else "")
        return (*above, halls, Crumb(hall, "", "vi")) if hall else (*above, halls)


def _hall(request: Request) -> PersonId:
    return PersonId(number_in_path(request, "hall"))
