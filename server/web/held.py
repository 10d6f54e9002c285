"""Meetings that are or were held in a room: their list, the record of each, and its conclusions."""

from collections.abc import Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from rooms.chronicle import Entry, kept_apart
from rooms.conclusions import CONCLUSION_LIMIT, OWNER_LIMIT, Conclude, StrikeConclusion
from rooms.record import Fault, Wrong
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ConclusionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.minuting import Minuting, OnRecord, concerned, knows
from server.realtime.room_desk import seen_by
from server.store.record import Held
from server.store.rooms import RoomRow
from server.web import refusals
from server.web.desk import command_of, field_error, fresh_command
from server.web.door import Door, form, page
from server.web.event_words import sentence
from server.web.fields import number_in_path, text_of
from server.web.minutes_views import ConclusionView, EventLine, MeetingHead, MeetingLine
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.views import Crumb, Pagination

HELD = ROOMS + "/{slug}/cuoc-hop"
ONE = HELD + "/{meeting:int}"
_MEETINGS = 50
_EVENTS = 200
_NEWEST = 1 << 62
_MENDED = frozenset({"bad_due", "empty", "too_long"})


class HeldPages:
    """Pages of members, hosts and those on the roll of a meeting, and some also of officials who were in it; ``Minuting`` knows who is."""

    def __init__(self, pages: Pages, minuting: Minuting) -> None:
        self._pages = pages
        self._minuting = minuting

    def doors(self) -> Sequence[Door]:
        act = Action.LIST_ROOMS
        return (
            page(HELD, act, self.overview),
            page(ONE, act, self.record),
            page(ONE + "/ket-luan", act, self.conclusions),
            form(ONE + "/ket-luan", act, self.conclude),
        )

    async def overview(self, request: Request) -> Response:
        """All meetings of a room, with how many people came."""
        viewer: Viewer = request.state.viewer
        before = number_asked(request, "truoc") or _NEWEST
        room, held = await self._minuting.held(viewer, request.path_params["slug"], before, _MEETINGS + 1)
        more, held = len(held) > _MEETINGS, held[:_MEETINGS]
        url, every = f"{ROOMS}/{room.slug}/cuoc-hop", concerned(viewer, room)
        lines = [_line(one, f"{url}/{one.id}", every) for one in held]
        older = f"{url}?truoc={held[-1].id}" if more else ""
        return self._pages.render(
            request,
            "minutes/list.html",
            crumbs=(*_way(room, viewer), Crumb(translator(viewer.lang)("Các cuộc họp"))),
            room=seen_by(viewer, room),
            meetings=lines,
            every=every,
            pagination=Pagination(url if before != _NEWEST else "", older),
        )

    async def record(self, request: Request) -> Response:
        """The events of one meeting in their chain; ``su-kien`` picks some, ``tu`` begins with one."""
        viewer: Viewer = request.state.viewer
        of = await opened(self._minuting, request)
        apart = kept_apart(of.told, of.who) - of.told.letters
        picked = frozenset(int(number) for number in request.query_params.get("su-kien", "").split(".") if _is_number(number))
        first = max(number_asked(request, "tu") or 1, 1)
        log = [entry for entry in of.log if entry.number in picked] if picked else [entry for entry in of.log if entry.number >= first]
        digests = {link.number: link.digest for link in of.record.links}
        lines = [
            EventLine(one.number, one.at, None if one.number in apart else _says(one, of, viewer), digests[one.number])
            for one in log[:_EVENTS]
        ]
        url = meeting_url(of)
        earlier = f"{url}?tu={max(first - _EVENTS, 1)}" if first > 1 and not picked else ""
        later = f"{url}?tu={log[_EVENTS].number}" if len(log) > _EVENTS else ""
        head = head_of(of, viewer, "record")
        return self._pages.render(
            request, "minutes/record.html", head=head, lines=lines, picked=bool(picked), pagination=Pagination(earlier, later)
        )

    async def conclusions(self, request: Request) -> Response:
        of = await opened(self._minuting, request, also_came=True)
        chosen = number_asked(request, "sua")
        one = next((one for id, (one, _) in of.told.conclusions.items() if id == chosen and knows(of, one)), None)
        typed = {"text": "", "owner": "", "due": "", "conclusion": ""}
        if one is not None:
            due = "" if one.due is None else one.due.isoformat()
            typed = {"text": one.text, "owner": one.owner, "due": due, "conclusion": str(one.id)}
        return self._conclusions(request, of, typed, fresh_command())

    async def conclude(self, request: Request) -> Response:
        """Writes, rewrites or strikes out a conclusion."""
        viewer: Viewer = request.state.viewer
        slug: str = request.path_params["slug"]
        meeting, command = number_in_path(request, "meeting"), await command_of(request)
        limits = {"text": 4 * CONCLUSION_LIMIT, "owner": 4 * OWNER_LIMIT, "due": 20, "conclusion": 20}
        typed = {name: await text_of(request, name, most) for name, most in limits.items()}
        chosen = ConclusionId(int(typed["conclusion"])) if _is_number(typed["conclusion"]) else None
        try:
            if await text_of(request, "act", 10) == "strike":
                await self._minuting.conclude(viewer, command, slug, meeting, StrikeConclusion(chosen or ConclusionId(0)))
                notice = "conclusion_struck"
            else:
                wanted = Conclude(typed["text"], typed["owner"], _day(typed["due"]), chosen)
                await self._minuting.conclude(viewer, command, slug, meeting, wanted)
                notice = "concluded"
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return self._conclusions(request, await opened(self._minuting, request), typed, command, refused)
        return redirect(request, f"{ROOMS}/{slug}/cuoc-hop/{meeting}/ket-luan", notice=notice)

    def _conclusions(self, request: Request, of: OnRecord, typed: dict[str, str], command: str, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        shown = [
            ConclusionView(one.id, one.text, one.owner, one.due, numbers, fresh_command())
            for one, numbers in of.told.conclusions.values()
            if knows(of, one)
        ]
        return self._pages.render(
            request,
            "minutes/conclusions.html",
            status=refusals.status_of(refused) if refused else 200,
            head=head_of(of, viewer, "conclusions"),
            conclusions=shown,
            typed=typed,
            command=command,
            errors=() if refused is None else (field_error(refused, viewer.lang, "due" if refused.code == "bad_due" else "text"),),
        )


# --- what all pages of a meeting have ------------------------------------------------------------------------------------


async def opened(minuting: Minuting, request: Request, *, also_came: bool = False) -> OnRecord:
    """The meeting that the address names.

    Raises: Refused as ``Minuting.open``.
    """
    meeting = number_in_path(request, "meeting")
    return await minuting.open(request.state.viewer, request.path_params["slug"], meeting, also_came=also_came)


def meeting_url(of: OnRecord) -> str:
    """The address of the record of a meeting."""
    return f"{ROOMS}/{of.room.slug}/cuoc-hop/{of.held.id}"


def head_of(of: OnRecord, viewer: Viewer, here: str, *steps: Crumb) -> MeetingHead:
    """What stands above a page; ``here`` is one of ``record``, ``chat``, ``conclusions``, ``minutes`` and ``notice``."""
    _ = translator(viewer.lang)
    url, room_url = meeting_url(of), f"{ROOMS}/{of.room.slug}"
    names = {
        "record": _("Nhật ký"),
        "chat": _("Trao đổi"),
        "conclusions": _("Kết luận"),
        "minutes": _("Biên bản"),
        "notice": _("Thông báo kết luận"),
    }
    last = Crumb(names[here]) if not steps else Crumb(names[here], f"{url}/{'bien-ban' if here == 'minutes' else 'thong-bao'}")
    return MeetingHead(
        title=of.held.title,
        agency=_agency(of.room, viewer),
        url=url,
        room_url=room_url,
        started_at=of.held.started_at,
        ended_at=of.held.ended_at,
        came=of.held.came,
        attended=of.held.attended,
        events=len(of.record.links),
        digest=of.digest,
        keeps=of.keeps and of.fault is None,
        fault="" if of.fault is None else _fault(of.fault, viewer),
        here=here,
        came_only=of.came_only,
        crumbs=(*_way(of.room, viewer), Crumb(_("Các cuộc họp"), f"{room_url}/cuoc-hop"), last, *steps),
    )


def _line(one: Held, url: str, every: bool) -> MeetingLine:
    return MeetingLine(one.title, url, one.started_at, one.ended_at, one.came, one.attended, came_only=not (every or one.on_roll))


def _way(room: RoomRow, viewer: Viewer) -> tuple[Crumb, Crumb]:
    return Crumb(translator(viewer.lang)("Phòng họp"), ROOMS), Crumb(room.title, f"{ROOMS}/{room.slug}", "vi")


def _agency(room: RoomRow, viewer: Viewer) -> str:
    return room.agency_name_en if viewer.lang == "en" and room.agency_name_en else room.agency_name


def _says(entry: Entry, of: OnRecord, viewer: Viewer) -> tuple[str, ...]:
    """What happened, in pieces; of a private line not even to its readers who wrote it: the page of the chat tells them."""
    if entry.number in of.told.letters:
        return (translator(viewer.lang)("Một tin riêng được viết."),)
    return sentence(entry, of.told, viewer.lang, of.who)


def _fault(fault: Fault, viewer: Viewer) -> str:
    _ = translator(viewer.lang)
    words: dict[Wrong, str] = {
        "altered": _("Sự kiện số %(number)s không còn như khi được ghi.", number=fault.number),
        "missing": _("Sự kiện số %(number)s không còn trong nhật ký.", number=fault.number),
        "inserted": _("Có hai sự kiện mang số %(number)s.", number=fault.number),
        "moved": _("Sự kiện số %(number)s không đứng đúng chỗ.", number=fault.number),
        "unsealed": _("Tên hoặc lời của sự kiện số %(number)s không còn như khi được ghi.", number=fault.number),
    }
    return words[fault.wrong]


def _day(text: str) -> date | None:
    """Raises: Refused ``bad_due``."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("bad_due") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def number_asked(request: Request, name: str) -> int | None:
    """The number that the address asks for under this name; None for none, and for anything else."""
    text = request.query_params.get(name, "")
    return int(text) if _is_number(text) else None
