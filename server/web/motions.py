"""Votes outside the live room: the motions of a room, the slip (phiếu lấy ý kiến) to be voted on, and the result."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from rooms import motions as m
from rooms.tally import leading, line, origins_line
from rooms.voting import MOST_FILES, MOTION_LIMIT, OPINION_LIMIT, REASON_LIMIT
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import MotionId, Who
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.motion_files import LARGEST_FILE_BYTES, MotionFiles
from server.realtime.motion_reading import MotionPage, MotionReading
from server.realtime.motions import Motions
from server.realtime.paper_shelf import PaperShelf
from server.realtime.room_access import Seat
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.web import refusals
from server.web.desk import command_of, field_error, fresh_command
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.motion_forms import DRAFTED, SHARES, asked, choice_of, drafted, typed_of
from server.web.motion_views import MotionPaper, VoteForm, choice_names, fresh_tracker, share_name
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.views import Crumb, FormError

_OWN = ROOMS + "/{slug}/bieu-quyet"
ONE = _OWN + "/{motion:int}"
"""The address of one motion."""
_SAID = ("act", "opinion", "words", "closes_day", "closes_time")
_PENDING = ("open", "closed", "drafted")
_NEVER = datetime.max.replace(tzinfo=UTC)
_MENDED = ("empty", "too_long", "bad_options", "bad_rule", "too_many_motions")
_OF_DEADLINE = ("bad_deadline", "deadline_not_later")
_FIELDS = {"options": "options", "text": "text", "words": "words", "reason": "words", "tracker": "choice"}


class MotionPages:
    """What may be done, the rules of votes say; whether there is such a room for the viewer, the desk of rooms."""

    def __init__(
        self, pages: Pages, rooms: RoomDesk, motions: Motions, reading: MotionReading, files: MotionFiles, shelf: PaperShelf
    ) -> None:
        self._pages = pages
        self._rooms = rooms
        self._motions = motions
        self.reading = reading
        self._files = files
        self._shelf = shelf

    def doors(self) -> Sequence[Door]:
        act, one = Action.LIST_ROOMS, ONE
        return (
            page(_OWN, act, self.overview),
            page(_OWN + "/moi", act, self.new),
            form(_OWN + "/moi", act, self.draft),
            page(one, act, self.show),
            form(one, act, self.vote),
            page(one + "/sua", act, self.edit),
            form(one + "/sua", act, self.change),
            form(one + "/ma", act, self.send_code),
            form(one + "/viec", act, self.do),
        )

    # --- all motions of a room -----------------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        room, seat = await self.place(request)
        found = await self.reading.all(seat)
        say = translator(viewer.lang)
        lines = {one.head.id: line(one.seen.result, say) for one in found if one.motion.result is not None and one.seen.result is not None}
        return self._pages.render(
            request,
            "room/motions.html",
            crumbs=(*self.crumbs(request, room)[:-1], Crumb(self._pages.say(request, "Biểu quyết"))),
            room=room,
            url=url_of(room),
            open=sorted((one for one in found if one.motion.phase in _PENDING), key=_urgency),
            over=sorted((one for one in found if one.motion.phase not in _PENDING), key=_ended, reverse=True),
            lines=lines,
            may_send=room.may_edit,
        )

    async def new(self, request: Request) -> Response:
        room, _seat = await self.place(request)
        if not room.may_edit:
            raise Refused("not_allowed")
        return self._new(request, room, {}, fresh_command())

    async def draft(self, request: Request) -> Response:
        room, seat = await self.place(request)
        if not room.may_edit:
            raise Refused("not_allowed")
        id, typed = await command_of(request), await _typed(request)
        try:
            motion = await self._motions.desk.draft(seat, None, id, drafted(typed), slip=True)
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return self._new(request, room, typed, id, refused)
        return redirect(request, f"{url_of(room)}/{motion}", notice="motion_drafted")

    async def edit(self, request: Request) -> Response:
        room, seat = await self.place(request)
        found = await self._draft(seat, _motion(request))
        return self._new(request, room, typed_of(found.motion), fresh_command(), before=found)

    async def change(self, request: Request) -> Response:
        """Write a draft anew."""
        room, seat = await self.place(request)
        found = await self._draft(seat, _motion(request))
        id, typed = await command_of(request), await _typed(request)
        try:
            await self._motions.desk.change(seat, None, id, found.head.id, drafted(typed, found.motion))
        except Refused as refused:
            if refused.code not in _MENDED:
                raise
            return self._new(request, room, typed, id, refused, found)
        return redirect(request, f"{url_of(room)}/{found.head.id}", notice="motion_edited")

    async def _draft(self, seat: Seat, motion: MotionId) -> MotionPage:
        """A motion that the asker may write anew.

        Raises: Refused ``not_found``, ``not_allowed``, ``motion_decided``.
        """
        found = await self.reading.one(seat, motion)
        if not found.prepares:
            raise Refused("not_allowed")
        if found.motion.phase != "drafted":
            raise Refused("motion_decided")
        return found

    def _new(
        self,
        request: Request,
        room: SeenRoom,
        typed: Mapping[str, str],
        command: str,
        refused: Refused | None = None,
        before: MotionPage | None = None,
    ) -> Response:
        say, back = translator(request.state.viewer.lang), url_of(room) if before is None else f"{url_of(room)}/{before.head.id}"
        title = say("Phiếu lấy ý kiến mới") if before is None else say("Sửa nội dung biểu quyết")
        step = () if before is None else (Crumb(f"{say('Nội dung biểu quyết')} {before.head.id}", back),)
        rule = m.Rule() if before is None else before.motion.rule
        return self._pages.render(
            request,
            "room/motion_new.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=(*self.crumbs(request, room), *step, Crumb(title)),
            title=title,
            new=before is None,
            act=back + ("/moi" if before is None else "/sua"),
            back=back,
            # A share that no form offers stays what it is.
            own_threshold=share_name(rule.threshold, say) if rule.threshold not in SHARES.values() else "",
            own_quorum=share_name(rule.quorum, say) if rule.quorum and rule.quorum not in SHARES.values() else "",
            typed=dict.fromkeys(DRAFTED, "") | dict(typed),
            command=command,
            text_limit=MOTION_LIMIT,
            errors=self._errors(request, refused, "text"),
        )

    # --- one motion ----------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        room, seat = await self.place(request)
        return await self._show(request, room, seat)

    async def shown(self, request: Request, room: SeenRoom, seat: Seat, refused: Refused, field: str) -> Response:
        """The page again, with what was refused beside that field."""
        if refused.code == "empty":
            words = translator(request.state.viewer.lang)("Xin chọn một tệp.")
            return await self._show(request, room, seat, None, (FormError(field, words),))
        error = field_error(Refused(refused.code, **{**refused.detail, "field": field}), request.state.viewer.lang, field)
        return await self._show(request, room, seat, None, (error,))

    async def _show(
        self,
        request: Request,
        room: SeenRoom,
        seat: Seat,
        refused: Refused | None = None,
        errors: tuple[FormError, ...] = (),
        typed: Mapping[str, str] = {},
    ) -> Response:
        viewer: Viewer = request.state.viewer
        say = translator(viewer.lang)
        found = await self.reading.one(seat, _motion(request))
        result = found.seen.result if found.motion.result is not None else None
        forms = [
            VoteForm(
                *(voter.member, voter.name or voter.member, voter.member == seat.who, cast, given),
                # A paper that was refused is tried again with the same mark.
                tracker=typed.get("tracker", "") if typed.get("member") == voter.member and typed.get("tracker") else fresh_tracker(),
                command=fresh_command(),
            )
            for voter, cast, given in found.mandates
        ]
        papers, others, adds = await self._papers(request, room, seat, found)
        files = await self._files.files(found)
        own_fault = "closes_day" if refused and refused.code in _OF_DEADLINE else "choice"
        return self._pages.render(
            request,
            "room/motion.html",
            status=refusals.status_of(refused) if refused else 422 if errors else 200,
            papers=papers,
            other_papers=others,
            adds_papers=adds,
            files=files,
            most_files=MOST_FILES,
            file_mb=LARGEST_FILE_BYTES >> 20,
            crumbs=(*self.crumbs(request, room), Crumb(f"{self._pages.say(request, 'Nội dung biểu quyết')} {found.head.id}")),
            room=room,
            url=f"{url_of(room)}/{found.head.id}",
            page=found,
            seen=found.seen,
            choices=choice_names(found.seen, say),
            forms=forms,
            line=line(result, say) if result else "",
            origins=origins_line(result, say) if result else "",
            leading=leading(result) if result and result.outcome == "tied" else [],
            command=fresh_command(),
            typed=dict.fromkeys(_SAID, "") | dict(typed),
            code_sent=request.query_params.get("ma") == "1" or bool(typed.get("tracker")),
            opinion_limit=OPINION_LIMIT,
            words_limit=REASON_LIMIT,
            errors=errors or self._errors(request, refused, own_fault, typed.get("act", "")),
        )

    async def _papers(
        self, request: Request, room: SeenRoom, seat: Seat, found: MotionPage
    ) -> tuple[list[MotionPaper], list[tuple[str, str]], bool]:
        """The papers of a motion for the viewer; while it is written by them, also those that could be put to it (number, title), and
        whether they may bring new ones to the room."""
        try:
            place = await self._shelf.place(request.state.viewer, room.id)
        except Refused:
            return [], [], False  # somebody who may vote, and is not inside to read
        linked = await self._files.papers(place.names, place.seat, found.head.id)
        home = f"{ROOMS}/{room.slug}/tai-lieu"
        papers = [MotionPaper(one.id, one.title, f"{home}/{one.id}", f"{home}/{one.id}/{version}.pdf") for one, version in linked]
        if not found.prepares or found.motion.phase != "drafted":
            return papers, [], False
        there = {one.id for one in papers}
        others = [(str(one.id), one.title) for one in await self._shelf.papers(place) if one.id not in there]
        return papers, others, place.prepares

    async def vote(self, request: Request) -> Response:
        room, seat = await self.place(request)
        id, motion = await command_of(request), _motion(request)
        typed = {name: await text_of(request, name, 40) for name in ("choice", "member", "tracker", "code")}
        typed["opinion"] = await text_of(request, "opinion", 4 * OPINION_LIMIT)
        try:
            ballot = m.Cast(
                choice_of(typed["choice"]), Who(typed["member"]) if typed["member"] else None, typed["opinion"], typed["tracker"]
            )
            await self._motions.cast(request.state.viewer, seat, id, motion, ballot, typed["code"])
        except Refused as refused:
            if refused.code == "not_found":
                raise
            return await self._show(request, room, seat, refused, typed=typed)
        return redirect(request, f"{url_of(room)}/{motion}", notice="voted")

    async def send_code(self, request: Request) -> Response:
        room, seat = await self.place(request)
        motion = _motion(request)
        await self.reading.one(seat, motion)
        await self._motions.ask_code(request.state.viewer, seat, motion)
        return redirect(request, f"{url_of(room)}/{motion}", ma="1")

    async def do(self, request: Request) -> Response:
        """What who leads may do about a motion, and objecting to its count."""
        room, seat = await self.place(request)
        id, motion = await command_of(request), _motion(request)
        typed = {name: await text_of(request, name, 20) for name in ("act", "choice", "closes_day", "closes_time")}
        typed["words"] = await text_of(request, "words", 4 * REASON_LIMIT)
        try:
            await self._motions.desk.change(seat, None, id, motion, asked(typed))
        except Refused as refused:
            if refused.code in ("not_found", "not_allowed", "bad_input"):
                raise
            return await self._show(request, room, seat, refused, typed=typed)
        return redirect(request, f"{url_of(room)}/{motion}", notice=f"motion_{typed['act']}")

    # --- inside --------------------------------------------------------------------------------------------------------

    async def place(self, request: Request) -> tuple[SeenRoom, Seat]:
        """The room, and the viewer's place in it: who may change its list of people leads it too, outside meetings."""
        viewer: Viewer = request.state.viewer
        room = await self._rooms.find(viewer, request.path_params["slug"])
        seat = await self._motions.seat(viewer, room.id)
        return room, replace(seat, role="host") if room.may_edit else seat

    def crumbs(self, request: Request, room: SeenRoom) -> tuple[Crumb, ...]:
        """The way to the motions of a room."""
        say = self._pages.say
        return (
            Crumb(say(request, "Phòng họp"), ROOMS),
            Crumb(room.title, f"{ROOMS}/{room.slug}", "vi"),
            Crumb(say(request, "Biểu quyết"), url_of(room)),
        )

    def _errors(self, request: Request, refused: Refused | None, field: str, act: str = "") -> tuple[FormError, ...]:
        if refused is None:
            return ()
        viewer: Viewer = request.state.viewer
        wrong = str(refused.detail.get("field", field))
        if refused.code == "empty" and wrong == "closes_day":
            return (FormError(wrong, translator(viewer.lang)("Xin chọn ngày và giờ kết thúc.")),)
        detail = {**refused.detail, "field": wrong if act == "delayed" else _FIELDS.get(wrong, wrong)}
        return (field_error(Refused(refused.code, **detail), viewer.lang, field),)


def _urgency(one: MotionPage) -> tuple[int, datetime]:
    """What is open comes first, and of that what ends first; drafts come last, the newest first as they were."""
    return _PENDING.index(one.motion.phase), one.motion.closes_at or _NEVER


def _ended(one: MotionPage) -> datetime:
    return one.motion.closed_at or one.motion.opened_at or datetime.min.replace(tzinfo=UTC)


def url_of(room: SeenRoom) -> str:
    """The address of the motions of a room."""
    return f"{ROOMS}/{room.slug}/bieu-quyet"


def _motion(request: Request) -> MotionId:
    return MotionId(number_in_path(request, "motion"))


async def _typed(request: Request) -> dict[str, str]:
    """The fields of a draft as they were sent."""
    long = ("text", "options")
    return {name: await text_of(request, name, 4 * MOTION_LIMIT if name in long else 20) for name in DRAFTED}
