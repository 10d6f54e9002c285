"""The way into a room: its one page, from the device check to the meeting, and the door for guests who come by a link."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.identity.keys import Keys, new_secret
from server.identity.policy import Action, may_somewhere
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.livekit.engine import MediaEngine
from server.realtime.room_desk import NAME_LIMIT, RoomDesk, SeenRoom
from server.store.connection import Pool
from server.store.requests import take_place
from server.web import refusals
from server.web.cookies import Cookies
from server.web.door import Door, form, json_door, page
from server.web.fields import text_of
from server.web.pages import Pages, redirect
from server.web.room_views import RoomHere
from server.web.rooms import ROOMS
from server.web.views import FormError

GUESTS_PER_ADDRESS = 200
"""Guests an hour from one network address: a whole office may come by it."""
TRIALS_PER_ADDRESS = 200
"""Tried connections an hour from one."""
_GUEST_LASTS_S = 24 * 3600
_HOUR = timedelta(hours=1)


class RoomEntrance:
    """``headers`` are those with which a browser lets the room's page, and no other, use camera and microphone. Without an
    ``engine`` there is no connection to be tried."""

    def __init__(self, pool: Pool, pages: Pages, keys: Keys, rooms: RoomDesk, engine: MediaEngine | None, headers: dict[str, str]) -> None:
        self._pool = pool
        self._pages = pages
        self._keys = keys
        self._rooms = rooms
        self._engine = engine
        self._headers = headers

    def doors(self) -> Sequence[Door]:
        guest = ROOMS + "/{slug}/khach/{secret}"
        return (
            page(ROOMS + "/{slug}", Action.COME_BY_LINK, self.room),
            json_door(ROOMS + "/{slug}/thu", Action.COME_BY_LINK, self.try_connection),
            page(guest, Action.COME_BY_LINK, self.invitation),
            form(guest, Action.COME_BY_LINK, self.come),
        )

    async def room(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        room = await self._find(request)
        here = RoomHere(
            id=room.id,
            title=room.title,
            agency=room.agency_name_en if viewer.lang == "en" and room.agency_name_en else room.agency_name,
            muted=room.join_muted,
            home=ROOMS if may_somewhere(viewer, Action.LIST_ROOMS) else "",
            edit=f"{ROOMS}/{room.slug}/sua" if room.may_edit else "",
            trial=f"{ROOMS}/{room.slug}/thu" if self._engine else "",
            record=f"{ROOMS}/{room.slug}/cuoc-hop" if room.reads_record else "",
            halls=f"{ROOMS}/{room.slug}/diem-cau" if room.runs_hall else "",
            board=f"{ROOMS}/{room.slug}/ky-thuat" if room.sees_board else "",
        )
        return self._pages.render(request, "room/room.html", headers=self._headers, room=here)

    async def try_connection(self, request: Request) -> Response:
        """``{"url": …, "token": …}`` of the media room for trials (no url: behind the site's own), for the connection test of the page."""
        await self._find(request)
        await self._limit(request, "trial address", TRIALS_PER_ADDRESS)
        if self._engine is None:
            raise Refused("media_unavailable")
        return JSONResponse({"url": self._engine.public_url, "token": self._engine.trial_pass()})

    async def _find(self, request: Request) -> SeenRoom:
        """The room in the address: as it concerns somebody signed in, else a guest by the cookie of a link.

        Raises: Refused ``not_found``; ``sign_in_needed``.
        """
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        if not viewer.signed_in:
            cookies: Cookies = request.state.cookies
            for cookie in cookies.of_guest(request.cookies):
                try:
                    room, _guest, _name = await self._rooms.guest_of(slug, cookie)
                except Refused:
                    continue
                return room
        return await self._rooms.find(viewer, slug)

    # --- guests --------------------------------------------------------------------------------------------------------

    async def invitation(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        room = await self._rooms.by_link(viewer, slug, request.path_params["secret"])
        if room.role != "guest":
            return redirect(request, f"{ROOMS}/{slug}")
        if viewer.signed_in:
            return self._invitation(request, room)
        try:
            await self._find(request)
        except Refused:
            return self._invitation(request, room)
        return redirect(request, f"{ROOMS}/{slug}")

    async def come(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        slug, secret = request.path_params["slug"], request.path_params["secret"]
        if viewer.signed_in:
            await self._rooms.come_signed_in(viewer, slug, secret)
            return redirect(request, f"{ROOMS}/{slug}")
        name = await text_of(request, "name", 4 * NAME_LIMIT)
        room = await self._rooms.by_link(viewer, slug, secret)
        try:
            await self._limit(request, "guest address", GUESTS_PER_ADDRESS)
            id, cookie = await self._rooms.come_as_guest(slug, secret, name)
        except Refused as refused:
            if refused.code not in ("empty", "too_long", "rate_limited"):
                raise
            return self._invitation(request, room, name, refused)
        response = redirect(request, f"{ROOMS}/{slug}")
        cookies: Cookies = request.state.cookies
        cookies.set_secret(response, cookies.guest(id), cookie, _GUEST_LASTS_S)
        return response

    def _invitation(self, request: Request, room: SeenRoom, name: str = "", refused: Refused | None = None) -> Response:
        """The page gives a browser without one the secret to which its form is bound."""
        viewer: Viewer = request.state.viewer
        cookies: Cookies = request.state.cookies
        browser: str = request.state.browser or new_secret()
        response = self._pages.render(
            request,
            "room/guest.html",
            status=refusals.status_of(refused) if refused else 200,
            csrf=request.state.csrf or self._keys.form_token(browser),
            room=room,
            agency=room.agency_name_en if viewer.lang == "en" and room.agency_name_en else room.agency_name,
            action=request.scope["path"],
            name=name,
            name_limit=NAME_LIMIT,
            errors=(FormError("name", refusals.sentence(refused, viewer.lang)),) if refused else (),
        )
        if not request.state.browser and not viewer.signed_in:
            cookies.set_secret(response, cookies.browser, browser)
        return response

    async def _limit(self, request: Request, kind: str, most: int) -> None:
        subject = self._keys.subject(kind, request.state.address)
        async with self._pool.acquire() as connection, connection.transaction():
            wait_s = await take_place(connection, kind, subject, most, _HOUR)
        if wait_s:
            raise Refused("rate_limited", retry_after_s=wait_s)
