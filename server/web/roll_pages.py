"""Who takes part in the meetings of a room: the roll, written line by line or read from a list, the letters to it, and the answers."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from server.documents import LARGEST_FILE_BYTES
from server.documents.apart import Reader
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.roll_desk import RollDesk, lines_of
from server.realtime.roll_list import COLUMNS, DUTIES, MOST_SEATS, Listed, Typed, changes, checked, joined, read_line, read_list
from server.realtime.room_desk import SeenRoom
from server.store.rolls import Seated
from server.web import refusals
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.meeting_views import ChangeView, FaultView, SeatForm, SeatView
from server.web.pages import Pages, redirect
from server.web.rooms import ROOMS
from server.web.views import Crumb, FormError

_LONGEST_FIELD = 500
_LONGEST_LIST = 200_000
_ROOM_FOR_FIELDS = 600 << 10
_HERE = "thanh-phan"


class RollPages:
    """``wake`` is called when letters are to be sent."""

    def __init__(self, pages: Pages, desk: RollDesk, reader: Reader, wake: Callable[[], None]) -> None:
        self._pages = pages
        self._desk = desk
        self._reader = reader
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        # Who may change a room, its desk knows: hosts may, whatever their role on the site.
        roll, act = f"{ROOMS}/{{slug}}/{_HERE}", Action.LIST_ROOMS
        one = roll + "/{person:int}"
        return (
            page(roll, act, self.roll),
            page(roll + "/them", act, self.new),
            form(roll + "/them", act, self.add),
            page(roll + "/nhap", act, self.empty_list),
            form(roll + "/nhap", act, self.read, limit=LARGEST_FILE_BYTES + _ROOM_FOR_FIELDS, files=1, before=self._require_editor),
            form(roll + "/moi-hop", act, self.invite),
            page(one, act, self.edit),
            form(one, act, self.change),
            form(one + "/chuyen", act, self.move),
            form(one + "/bo", act, self.remove),
        )

    async def roll(self, request: Request) -> Response:
        room, seats = await self._read(request)
        counted = {answer: sum(one.answer == answer for one in seats) for answer in ("coming", "absent", "substitute", None)}
        return self._render(request, room, "room/roll.html", "", seats=_views(seats, request), counted=counted)

    # --- line by line --------------------------------------------------------------------------------------------------

    async def new(self, request: Request) -> Response:
        room, seats = await self._read(request)
        return self._form(request, room, seats, SeatForm(Typed(duty=DUTIES["member"][0])))

    async def add(self, request: Request) -> Response:
        typed = await _typed(request)

        def added(lines: list[Listed]) -> list[Listed]:
            return [*lines, read_line(typed)]

        return await self._write(request, SeatForm(typed), added, "seat_added")

    async def edit(self, request: Request) -> Response:
        room, seats = await self._read(request)
        return self._form(request, room, seats, SeatForm(_as_typed(_line(request, seats), seats), str(request.path_params["person"])))

    async def change(self, request: Request) -> Response:
        typed = await _typed(request)
        _room, seats = await self._read(request)
        email = _line(request, seats).email

        def changed(lines: list[Listed]) -> list[Listed]:
            new = read_line(typed)
            return [_renamed(new if line.email == email else line, email, new.email) for line in lines]

        return await self._write(request, SeatForm(typed, str(request.path_params["person"])), changed, "seat_saved")

    async def move(self, request: Request) -> Response:
        _room, seats = await self._read(request)
        email, up = _line(request, seats).email, await text_of(request, "step", 9) == "len"

        def moved(lines: list[Listed]) -> list[Listed]:
            at = next((at for at, line in enumerate(lines) if line.email == email), 0)
            to = max(0, min(len(lines) - 1, at + (-1 if up else 1)))
            lines.insert(to, lines.pop(at))
            return lines

        await self._desk.change(request.state.viewer, request.path_params["slug"], moved)
        return redirect(request, f"{_url(request)}#p{request.path_params['person']}")

    async def remove(self, request: Request) -> Response:
        """With who stands in for that one; who sat in that hall sits in none."""
        _room, seats = await self._read(request)
        email = _line(request, seats).email

        def removed(lines: list[Listed]) -> list[Listed]:
            stay = [line for line in lines if email not in (line.email, line.principal)]
            known = {line.email for line in stay}
            return [_renamed(line, line.hall, "") if line.hall and line.hall not in known else line for line in stay]

        await self._desk.change(request.state.viewer, request.path_params["slug"], removed)
        return redirect(request, _url(request), notice="seat_removed")

    # --- a whole list --------------------------------------------------------------------------------------------------

    async def _require_editor(self, request: Request) -> None:
        await self._read(request)

    async def empty_list(self, request: Request) -> Response:
        room, _seats = await self._read(request)
        return self._list(request, room, "", whole=False)

    async def read(self, request: Request) -> Response:
        """Shows what the list would change; writes it where that has been seen, and stands in the form again."""
        viewer: Viewer = request.state.viewer
        room, seats = await self._read(request)
        words, whole = await text_of(request, "list", _LONGEST_LIST), bool(await text_of(request, "whole", 9))
        sent = (await request.form()).get("file")
        try:
            if isinstance(sent, UploadFile) and sent.filename:
                table = await self._reader.read_table(sent.filename, await sent.read(), MOST_SEATS)
                words = "\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line.cells) for line in table)
            else:
                table = await self._reader.read_table("danh-sach.csv", words.strip().encode(), MOST_SEATS)
            found, faults = read_list([(line.number, line.cells) for line in table])
            before = lines_of(seats)
            after = joined(before, found, whole=whole)
            if not faults:
                checked(after)
        except Refused as refused:
            return self._list(request, room, words, whole=whole, errors=(_error(refused, viewer.lang, "list"),))
        say = translator(viewer.lang)
        if faults:
            shown = [
                FaultView(one.line, say(COLUMNS[one.column][0]), one.words, refusals.sentence(one.refused, viewer.lang)) for one in faults
            ]
            return self._list(request, room, words, whole=whole, faults=shown)
        if await text_of(request, "act", 9) == "ghi":
            try:
                await self._desk.change(viewer, room.slug, lambda lines: joined(lines, found, whole=whole))
            except Refused as refused:
                if "email" not in refused.detail:
                    raise
                return self._list(request, room, words, whole=whole, errors=(_error(refused, viewer.lang, "list"),))
            return redirect(request, _url(request), notice="roll_read")
        shown_changes = [_change(kind, line, columns, say) for kind, line, columns in changes(before, after) if kind != "same"]
        return self._list(request, room, words, whole=whole, changes=shown_changes, same=len(after) - len(shown_changes))

    async def invite(self, request: Request) -> Response:
        sent = await self._desk.invite(request.state.viewer, request.path_params["slug"])
        if sent:
            self._wake()
        return redirect(request, _url(request), notice="letters_sent" if sent else "letters_sent_before")

    # --- what they share -----------------------------------------------------------------------------------------------

    async def _read(self, request: Request) -> tuple[SeenRoom, Sequence[Seated]]:
        return await self._desk.read(request.state.viewer, request.path_params["slug"])

    async def _write(self, request: Request, typed: SeatForm, edit: Callable[[list[Listed]], list[Listed]], notice: str) -> Response:
        viewer: Viewer = request.state.viewer
        try:
            await self._desk.change(viewer, request.path_params["slug"], edit)
        except Refused as refused:
            if "field" not in refused.detail:
                raise
            room, seats = await self._read(request)
            return self._form(request, room, seats, typed, (_error(refused, viewer.lang, "email"),))
        return redirect(request, _url(request), notice=notice)

    def _form(
        self, request: Request, room: SeenRoom, seats: Sequence[Seated], seat: SeatForm, errors: tuple[FormError, ...] = ()
    ) -> Response:
        say = translator(request.state.viewer.lang)
        people = [(one.email, one.seat.name or one.email) for one in seats if str(one.person) != str(seat.key) and one.email]
        step = say("Sửa một dòng") if seat.key else say("Thêm người dự họp")
        duties = [(names[0], say(names[0])) for names in DUTIES.values()]
        more = {"seat": seat, "people": people, "duties": duties, "errors": errors}
        return self._render(request, room, "room/seat.html", step, status=422 if errors else 200, **more)

    def _list(self, request: Request, room: SeenRoom, words: str, *, whole: bool, **more: object) -> Response:
        say = translator(request.state.viewer.lang)
        step = say("Nhập danh sách")
        shown: dict[str, object] = {"errors": (), "faults": (), "changes": None, "same": 0, "limit": MOST_SEATS} | more
        shown |= {"words": words, "whole": whole, "columns": [say(names[0]) for names in COLUMNS.values()]}
        status = 422 if shown["errors"] or shown["faults"] else 200
        return self._render(request, room, "room/roll_list.html", step, status=status, **shown)

    def _render(self, request: Request, room: SeenRoom, template: str, step: str, status: int = 200, **more: Any) -> Response:
        say, above = translator(request.state.viewer.lang), f"{ROOMS}/{room.slug}"
        here = Crumb(say("Thành phần"), f"{above}/{_HERE}" if step else "")
        crumbs = (Crumb(say("Phòng họp"), ROOMS), Crumb(room.title, above, "vi"), here, *([Crumb(step)] if step else []))
        return self._pages.render(request, template, status=status, room=room, crumbs=crumbs, step=step, **more)


def _url(request: Request) -> str:
    return f"{ROOMS}/{request.path_params['slug']}/{_HERE}"


def _line(request: Request, seats: Sequence[Seated]) -> Seated:
    person = number_in_path(request, "person")
    found = next((one for one in seats if one.person == person and one.email), None)
    if found is None:
        raise Refused("not_found")
    return found


async def _typed(request: Request) -> Typed:
    names = ("email", "duty", "name", "agency", "weight", "principal", "hall")
    return Typed(**{name: (await text_of(request, name, _LONGEST_FIELD)).strip() for name in names})


def _as_typed(one: Seated, seats: Sequence[Seated]) -> Typed:
    line = next(line for line in lines_of(seats) if line.email == one.email)
    return Typed(line.email, DUTIES[line.duty][0], line.name, line.agency, str(line.weight), line.principal, line.hall)


def _renamed(line: Listed, before: str, after: str) -> Listed:
    """With another address in the place of who is stood in for, and of the hall."""
    principal, hall = (after if one == before else one for one in (line.principal, line.hall))
    return Listed(line.email, line.duty, line.name, line.agency, line.weight, principal, hall)


def _views(seats: Sequence[Seated], request: Request) -> list[SeatView]:
    say = translator(request.state.viewer.lang)
    names = {one.seat.who: one.seat.name or one.email for one in seats}
    return [
        SeatView(
            str(one.person),
            one.seat.name,
            one.email,
            say(DUTIES[one.seat.duty][0]),
            one.seat.agency,
            one.seat.weight,
            "" if one.seat.principal is None else names.get(one.seat.principal, ""),
            "" if one.seat.hall is None else names.get(one.seat.hall, ""),
            one.answer,
            one.answered_at,
        )
        for one in seats
    ]


def _change(kind: str, line: Listed, columns: tuple[str, ...], say: Callable[[str], str]) -> ChangeView:
    headers = tuple(say(COLUMNS[column][0]) for column in columns)
    return ChangeView(kind, line.email, say(DUTIES[line.duty][0]), line.agency, line.weight, line.principal, line.hall, headers)


def _error(refused: Refused, lang: str, field: str) -> FormError:
    """Beside the field; a line of a list is named by its address."""
    email = refused.detail.get("email")
    words = refusals.sentence(refused, lang)
    where = field if field == "list" else str(refused.detail.get("field", field))
    return FormError(where, f"{email}: {words}" if email and field == "list" else words)
