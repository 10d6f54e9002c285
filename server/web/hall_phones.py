"""A delegate's phone in a hall (điểm cầu): scanning the hall's code, saying who one is, and taking part by forms, with scripts or without.

No camera, no microphone, and no media: those are the hall's.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from rooms import motions as m
from rooms.state import NAME_LIMIT
from rooms.tally import line
from rooms.view import snapshot
from server.identity.keys import Keys, new_secret
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, MotionId, PersonId, RoomId, room_topic
from server.kernel.refused import Refused
from server.locale import translator
from server.protocol import meeting
from server.protocol import rooms as messages
from server.realtime.hall_desk import HallDesk, tab_of
from server.realtime.motion_reading import MotionReading
from server.realtime.room_access import Seat
from server.realtime.rooms import Rooms
from server.store.halls import Phone
from server.web import refusals
from server.web.cookies import Cookies
from server.web.desk import command_of, field_error, fresh_command
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.hall_views import PhoneView, PhoneVote, now_of
from server.web.motion_forms import choice_of
from server.web.motion_views import choice_names, fresh_tracker
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS

_SCAN = ROOMS + "/{slug}/diem-cau/{hall:int}/{secret}"
_PHONE = ROOMS + "/{slug}/dien-thoai"
_LASTS_S = 12 * 3600
_RESULTS = 3
"""How many of the last results a phone shows."""


class HallPhonePages:
    """Everything here goes by the phone's cookie; being signed in counts only once, to say who one is."""

    def __init__(self, pages: Pages, keys: Keys, halls: HallDesk, rooms: Rooms, reading: MotionReading) -> None:
        self._pages = pages
        self._keys = keys
        self._halls = halls
        self._rooms = rooms
        self._reading = reading

    def doors(self) -> Sequence[Door]:
        act = Action.COME_BY_LINK
        return (
            page(_SCAN, act, self.scan),
            form(_SCAN, act, self.come),
            page(_PHONE, act, self.show),
            form(_PHONE, act, self.do),
            form(_PHONE + "/{motion:int}", act, self.vote),
            form(_PHONE + "/{motion:int}/ma", act, self.send_code),
        )

    # --- scanning ------------------------------------------------------------------------------------------------------

    async def scan(self, request: Request) -> Response:
        slug, secret = request.path_params["slug"], request.path_params["secret"]
        _room, title, hall = await self._halls.scanned(slug, PersonId(number_in_path(request, "hall")), secret)
        return self._page(request, "room/scan.html", title=title, hall=hall.name, action=request.scope["path"])

    async def come(self, request: Request) -> Response:
        slug, secret = request.path_params["slug"], request.path_params["secret"]
        room, cookie = await self._halls.come(slug, PersonId(number_in_path(request, "hall")), secret, request.state.address)
        response = redirect(request, f"{ROOMS}/{slug}/dien-thoai")
        cookies: Cookies = request.state.cookies
        cookies.set_secret(response, cookies.guest(room), cookie, _LASTS_S)
        return response

    # --- the phone -----------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        return await self._show(request)

    async def _show(
        self, request: Request, refused: Refused | None = None, motion: MotionId | None = None, tracker: str = "", typed: str = ""
    ) -> Response:
        """``typed`` is a name that was refused."""
        viewer: Viewer = request.state.viewer
        room, title, phone = await self._phone(request)
        view, sent = await self._look(request, room, phone), request.query_params.get("ma", "")
        field = f"choice-{motion}" if motion is not None else "name" if view.state == "outside" and not view.named else "hand"
        return self._page(
            request,
            "room/phone.html",
            status=refusals.status_of(refused) if refused else 200,
            title=title,
            room=room,
            hall=phone.hall_name,
            url=f"{ROOMS}/{request.path_params['slug']}/dien-thoai",
            topic=room_topic(room) if view.state not in ("waiting", "outside") else "",
            tab=tab_of(phone.guest),
            phone=view,
            claims=viewer.name or viewer.signed_in,
            sent=str(motion or "") if tracker else sent,
            tracker=tracker,
            typed=typed,
            name_limit=NAME_LIMIT,
            command=fresh_command(),
            errors=(field_error(Refused(refused.code, **(refused.detail | {"field": field})), viewer.lang),) if refused else (),
        )

    async def do(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        room, _title, phone = await self._phone(request)
        id, act = await command_of(request), await text_of(request, "act", 10)
        here = f"{ROOMS}/{request.path_params['slug']}/dien-thoai"
        try:
            if act == "claim":
                await self._halls.claim(viewer, phone)
            else:
                await self._rooms.carry_out(_viewer(request, phone), tab_of(phone.guest), await _asked(request, act, id, room))
        except Refused as refused:
            if refused.code in ("not_found", "bad_input", "sign_in_needed"):
                raise
            return await self._show(request, refused, typed=await text_of(request, "name", 4 * NAME_LIMIT))
        return redirect(request, here)

    # --- votes ---------------------------------------------------------------------------------------------------------

    async def vote(self, request: Request) -> Response:
        room, _title, phone = await self._phone(request)
        id, motion = await command_of(request), MotionId(number_in_path(request, "motion"))
        tracker = await text_of(request, "tracker", 40)
        viewer = _viewer(request, phone)
        seat = await self._rooms.seat(viewer, room)
        try:
            ballot = m.Cast(choice_of(await text_of(request, "choice", 40)), seat.who, tracker=tracker)
            await self._rooms.motions.cast(viewer, seat, id, motion, ballot, await text_of(request, "code", 40))
        except Refused as refused:
            if refused.code == "not_found":
                raise
            return await self._show(request, refused, motion, tracker)
        return redirect(request, f"{ROOMS}/{request.path_params['slug']}/dien-thoai", notice="voted")

    async def send_code(self, request: Request) -> Response:
        room, _title, phone = await self._phone(request)
        motion, viewer = MotionId(number_in_path(request, "motion")), _viewer(request, phone)
        await self._rooms.motions.ask_code(viewer, await self._rooms.seat(viewer, room), motion)
        return redirect(request, f"{ROOMS}/{request.path_params['slug']}/dien-thoai", ma=str(motion))

    # --- inside --------------------------------------------------------------------------------------------------------

    async def _phone(self, request: Request) -> tuple[RoomId, str, Phone]:
        """Raises: Refused ``phone_unknown``, which says of what was ``sent`` that it was not done."""
        cookies: Cookies = request.state.cookies
        try:
            return await self._halls.phone(request.path_params["slug"], cookies.of_guest(request.cookies))
        except Refused as refused:
            raise Refused(refused.code, by="sent" if request.method == "POST" else "read") from None

    async def _look(self, request: Request, room: RoomId, phone: Phone) -> PhoneView:
        state = await self._rooms.state_now(room)
        if phone.person is None:
            return PhoneView("waiting", phone.number, "", False, state.phase == "running", False, None, ())
        seat = await self._rooms.seat(_viewer(request, phone), room)
        view, me = snapshot(state, seat.viewer(tab_of(phone.guest)))
        inside = me.standing == "inside"
        standing = {"inside": "inside", "waiting": "lobby", "elsewhere": "elsewhere"}.get(me.standing, "outside")
        return PhoneView(
            standing,  # type: ignore[arg-type]
            phone.number,
            phone.name,
            bool(seat.name),
            state.phase == "running",
            me.standing in ("removed", "turned_away"),
            now_of(view, me) if inside else None,
            await self._votes(request, seat) if inside else (),
        )

    async def _votes(self, request: Request, seat: Seat) -> tuple[PhoneVote, ...]:
        """What may be voted on, then the last results."""
        say = translator(request.state.viewer.lang)
        found = []
        for one in await self._reading.all(seat):
            if one.motion.phase == "drafted" or one.motion.phase == "withdrawn":
                continue
            mandate = next((mandate for mandate in one.mandates if mandate[0].member == seat.who), None)
            result = one.seen.result if one.motion.result is not None else None
            found.append(
                PhoneVote(
                    one.head.id,
                    one.seen,
                    tuple(choice_names(one.seen, say)),
                    None if mandate is None else mandate[0].member,
                    None if mandate is None else mandate[1],
                    mandate is not None and mandate[2],
                    fresh_tracker(),
                    fresh_command(),
                    line(result, say) if result else "",
                )
            )
        open_ones = [one for one in found if one.seen.phase == "open"]
        return (*open_ones, *[one for one in found if one.line][:_RESULTS])

    def _page(self, request: Request, template: str, *, status: int = 200, **context: object) -> Response:
        """The page gives a browser without one the secret to which its forms are bound."""
        viewer: Viewer = request.state.viewer
        cookies: Cookies = request.state.cookies
        browser: str = request.state.browser or new_secret()
        csrf = request.state.csrf or self._keys.form_token(browser)
        response = self._pages.render(request, template, status=status, headers=None, **context | {"csrf": csrf})
        if not request.state.browser and not viewer.signed_in:
            cookies.set_secret(response, cookies.browser, browser)
        return response


def _viewer(request: Request, phone: Phone) -> Viewer:
    """The phone as the room knows it: whoever is signed in on it beside."""
    viewer: Viewer = request.state.viewer
    return Viewer(guest=phone.guest, lang=viewer.lang)


async def _asked(request: Request, act: str, id: CommandId, room: RoomId) -> messages.ForRoom:
    """Raises: Refused ``bad_input``."""
    match act:
        case "enter":
            return messages.Enter(id, room, await text_of(request, "name", 4 * NAME_LIMIT))
        case "attend":
            return meeting.Attend(id, room)
        case "raise":
            kind, side = await text_of(request, "kind", 20), await text_of(request, "side", 10)
            if kind not in ("statement", "reply", "point_of_order") or side not in ("", "for", "against"):
                raise Refused("bad_input", field="kind")
            return meeting.RaiseHand(id, room, kind, side or None)  # type: ignore[arg-type]
        case "lower":
            return meeting.LowerHand(id, room)
        case "yield":
            return meeting.YieldFloor(id, room)
        case "leave":
            return messages.Leave(id, room)
        case _:
            raise Refused("bad_input", field="act")
