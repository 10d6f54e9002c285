"""What was written in the chat of a meeting, as its record has it: to all, and privately by and to who reads."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from rooms import minutes_words as words
from rooms.chronicle import Chronicle, lines_for
from rooms.state import Line
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import Who
from server.locale import Language, translator
from server.realtime.minuting import Minuting, OnRecord
from server.web.door import Door, page
from server.web.held import ONE, head_of, meeting_url, number_asked, opened
from server.web.minutes_views import ChatLine
from server.web.pages import Pages
from server.web.views import Pagination

_LINES = 200


class PastChatPages:
    """A page for those whom the meeting concerns; whether one is of these, and what is private to whom, ``Minuting`` knows."""

    def __init__(self, pages: Pages, minuting: Minuting) -> None:
        self._pages = pages
        self._minuting = minuting

    def doors(self) -> Sequence[Door]:
        return (page(ONE + "/trao-doi", Action.LIST_ROOMS, self.show),)

    async def show(self, request: Request) -> Response:
        """The lines that the reader may read, the oldest first; ``tu`` begins with the one of that number."""
        viewer: Viewer = request.state.viewer
        of = await opened(self._minuting, request)
        found = lines_for(of.log, of.told, of.who, await self._minuting.letters(of))
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


def _view(of: OnRecord, number: int, line: Line, lang: Language) -> ChatLine:
    private = line.readers is not None
    return ChatLine(number, line.at, line.name, line.text, _mark(of.told, line, of.who, lang), private)


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
