"""The technicians' board of a meeting: what comes from each site, and its check."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rooms import checks
from rooms.checks import Line, Outcome
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.realtime.site_board import Site, SiteBoard
from server.web import refusals
from server.web.desk import command_of, field_error, fresh_command
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.views import Crumb

_BOARD = ROOMS + "/{slug}/ky-thuat"


class SiteView(msgspec.Struct, frozen=True):
    """A site with the lines of its last check. ``told_at`` is when that was told (UTC), ``silent`` says that its page told nothing."""

    site: Site
    verdicts: tuple[tuple[Line, Outcome], ...]
    told_at: datetime | None
    silent: bool


class SiteBoardPages:
    """A page that works without scripts; with them it is made anew every two seconds."""

    def __init__(self, pages: Pages, board: SiteBoard) -> None:
        self._pages = pages
        self._board = board

    def doors(self) -> Sequence[Door]:
        return (page(_BOARD, Action.LIST_ROOMS, self.show), form(_BOARD, Action.LIST_ROOMS, self.check))

    async def show(self, request: Request) -> Response:
        return await self._show(request)

    async def _show(self, request: Request, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        board = await self._board.read(viewer, request.path_params["slug"], datetime.now(UTC))
        here, say = f"{ROOMS}/{board.room.slug}", self._pages.say
        crumbs = (Crumb(say(request, "Phòng họp"), ROOMS), Crumb(board.room.title, here, "vi"), Crumb(say(request, "Kỹ thuật")))
        return self._pages.render(
            request,
            "room/site_board.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=crumbs,
            board=board,
            room=board.room,
            sites=[_view(site) for site in board.sites],
            command=fresh_command(),
            errors=(field_error(refused, viewer.lang, "tat-ca"),) if refused else (),
        )

    async def check(self, request: Request) -> Response:
        """One site, or all, one after the other."""
        slug: str = request.path_params["slug"]
        id, site = await command_of(request), await text_of(request, "site", 21)
        try:
            await self._board.check(request.state.viewer, slug, id, site)
        except Refused as refused:
            if refused.code not in ("not_inside", "unavailable", "busy"):
                raise
            return await self._show(request, refused)
        return redirect(request, f"{ROOMS}/{slug}/ky-thuat")


def _view(site: Site) -> SiteView:
    check = site.check
    found = () if check is None or check.found is None else tuple(checks.verdicts(check.found).items())
    silent = check is not None and check.told_at is None and not site.checked_now
    return SiteView(site, found, None if check is None else check.told_at, silent)
