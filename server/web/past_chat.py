"""What was written in the chat of a meeting, as its record has it: to all, and privately by and to who reads."""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from rooms import minutes_words as words
from rooms.chronicle import Chronicle
from rooms.erasures import erasable, erase_line
from rooms.state import Line
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, Who
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.realtime.minuting import Minuting, OnRecord, erasing
from server.web import refusals
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.held import ONE, head_of, meeting_url, number_asked, opened
from server.web.minutes_views import ChatLine
from server.web.own_data import confirmed, said_beside
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.views import Pagination

_LINES = 200


class PastChatPages:
    """A page for those whom the meeting concerns; whether one is of these, and what is private to whom, ``Minuting`` knows."""

    def __init__(self, pages: Pages, minuting: Minuting) -> None:
        self._pages = pages
        self._minuting = minuting

    def doors(self) -> Sequence[Door]:
        return (
            page(ONE + "/trao-doi", Action.LIST_ROOMS, self.show),
            page(ONE + "/trao-doi/{number:int}/xoa", Action.LIST_ROOMS, self.ask_erasure),
            form(ONE + "/trao-doi/{number:int}/xoa", Action.LIST_ROOMS, self.erase),
        )

    async def show(self, request: Request) -> Response:
        """The lines that the reader may read, the oldest first; ``tu`` begins with the one of that number."""
        viewer: Viewer = request.state.viewer
        of = await opened(self._minuting, request)
        found = await self._minuting.lines(of)
        wanted = number_asked(request, "tu") or 0
        first = next((place for place, (number, _) in enumerate(found) if number >= wanted), len(found))
        shown, later = found[first : first + _LINES], found[first + _LINES :]
        url = f"{meeting_url(of)}/trao-doi"
        earlier = f"{url}?tu={found[max(first - _LINES, 0)][0]}" if first else ""
        return self._pages.render(
            request,
            "minutes/chat.html",
            head=head_of(of, viewer, "chat"),
            lines=[_view(of, number, line, viewer.lang) for number, line in shown],
            pagination=Pagination(earlier, f"{url}?tu={later[0][0]}" if later else ""),
        )

    async def ask_erasure(self, request: Request) -> Response:
        """Shows a line once more before its words are destroyed."""
        return await self._erasure_page(request, str(uuid4()))

    async def erase(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        number, id = number_in_path(request, "number"), CommandId(await text_of(request, "id", 100))
        if not await confirmed(request):
            return await self._erasure_page(request, id, Refused("not_confirmed"))
        slug, meeting = request.path_params["slug"], number_in_path(request, "meeting")
        await self._minuting.erase_line(viewer, id, slug, meeting, number)
        return redirect(request, f"{ROOMS}/{quote(slug)}/cuoc-hop/{meeting}/trao-doi", notice="line_erased", tu=str(number))

    async def _erasure_page(self, request: Request, id: str, refused: Refused | None = None) -> Response:
        """Raises: Refused as ``rooms.erasures.erase_line``."""
        viewer: Viewer = request.state.viewer
        of, number = await opened(self._minuting, request), number_in_path(request, "number")
        lines = await self._minuting.lines(of)
        erase_line(lines, number, erasing(of, of.log[-1].at))
        line = dict(lines)[number]
        errors = said_beside("confirmation", refused, viewer)
        return self._pages.render(
            request,
            "minutes/erase_line.html",
            status=200 if refused is None else refusals.status_of(refused),
            head=head_of(of, viewer, "chat"),
            line=_view(of, number, line, viewer.lang),
            own=line.who == of.who,
            command=id,
            back=f"{meeting_url(of)}/trao-doi?tu={number}",
            errors=errors,
        )


def _view(of: OnRecord, number: int, line: Line, lang: Language) -> ChatLine:
    private = line.readers is not None
    url = f"{meeting_url(of)}/trao-doi/{number}/xoa" if erasable(line, erasing(of, line.at)) else ""
    return ChatLine(number, line.at, line.name, line.text, _mark(of.told, line, of.who, lang), private, url)


def _mark(told: Chronicle, line: Line, reader: Who, lang: Language) -> str:
    """For whom a line is that is not simply for all, in the words of the room's page."""
    _ = translator(lang)
    to = line.to
    if to is None:
        return ""
    match to.to:
        case "groups":
            return _("Gửi mọi nhóm")
        case "group":
            return _("Riêng trong nhóm {n}").replace("{n}", str(to.group))
        case "desk":
            return _("Riêng với bàn thư ký và chủ tọa")
        case "technicians":
            return _("Riêng với kỹ thuật viên")
        case "agency":
            return _("Riêng với {name}").replace("{name}", to.agency)
        case "person" if line.who != reader:
            return _("Riêng với ông/bà")
        case "person":
            name = words.name_of(told, {}, to.who)
            return _("Riêng với {name}").replace("{name}", _("một người") if name == words.BLANK else name)
