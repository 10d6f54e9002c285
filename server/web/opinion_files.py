"""A file of opinions: uploaded, looked through line by line, and entered whole, once it is known what would be entered and what not."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from consultations.contributing import MOST_ENTRIES
from consultations.entering import COLUMNS, KINDS, SIDES, Opinion, Opinions, Origin, read_opinions, repeated, resembling
from consultations.statute import day_of
from consultations.words import NAME_LIMIT, TEXT_LIMIT
from server.documents import LARGEST_FILE_BYTES
from server.documents.kinds import XLSX
from server.documents.tables import write_table
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.entering import add_enter_job
from server.store import opinion_files
from server.store.opinion_files import Counted, OpinionFile, OpinionLine, source_key
from server.store.reading import Listed
from server.web import refusals
from server.web.desk import DESK, Desk, command_of, desk_url, field_error, fresh_command, in_hand
from server.web.desk_views import Head
from server.web.door import Door, form, page
from server.web.entering import HOW_WORDS, ORIGIN, entering, head_for, origin_of
from server.web.fields import file_name_of, number_in_path, text_of
from server.web.pages import redirect
from server.web.texts import Text
from server.web.views import Crumb, FormError

FILES = "nhap-tep"
"""The last part of the address of these pages."""

LINES_ON_A_PAGE = 100
_LISTED = 50
_ROOM_FOR_FIELDS = 64 << 10
_READ_AT_ONCE = 1
"""Files looked through at once: of ten thousand lines each takes seconds of processor time."""

_STATES: Mapping[str, tuple[str, ...] | None] = {"": None, "loi": ("faulty",), "trung": ("alike", "repeated", "known")}
"""Which lines are shown, by the name of the list in addresses."""

_TEMPLATES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_WIDTHS = (24, 80, 28, 28, 14, 18, 14)


class LineView(NamedTuple):
    """One line before the officer. ``like`` names what it repeats: a contribution at ``like_url``, or line ``like_line``. ``faults`` are
    (column, what stands there if it means nothing, sentence)."""

    opinion: Opinion
    state: str
    taken: bool
    place: str
    like: str
    like_url: str
    like_line: int
    faults: tuple[tuple[str, str, str], ...]


class _Wish(NamedTuple):
    """Which page of which list of lines."""

    shown: str = ""
    number: int = 1

    def url(self, base: str) -> str:
        asked = {name: value for name, value in (("loc", self.shown), ("trang", str(self.number))) if value not in ("", "1")}
        return f"{base}?{urlencode(asked)}" if asked else base


class OpinionFilePages:
    """The pages of files of opinions. ``wake`` is called when one is to be entered."""

    def __init__(self, desk: Desk, wake: Callable[[], None]) -> None:
        self._desk = desk
        self._wake = wake
        self._places = asyncio.Semaphore(_READ_AT_ONCE)

    def doors(self) -> Sequence[Door]:
        all_files, action = DESK + "/{slug}/" + FILES, Action.ENTER_FOR_OTHERS
        one = all_files + "/{file:int}"
        return (
            page(all_files, action, self.files),
            form(all_files, action, self.upload, limit=LARGEST_FILE_BYTES + _ROOM_FOR_FIELDS, files=1),
            page(all_files + "/mau.{format}", action, self.template),
            page(one, action, self.file),
            form(one, action, self.choose),
            page(one + "/xac-nhan", action, self.confirm),
            form(one + "/xac-nhan", action, self.enter),
            form(one + "/bo", action, self.drop),
        )

    async def files(self, request: Request) -> Response:
        return await self._files(request, await self._in_hand(request), dict.fromkeys(ORIGIN, ""))

    async def upload(self, request: Request) -> Response:
        """Reads the file in a process of its own, and keeps what each line would enter."""
        viewer: Viewer = request.state.viewer
        found = await self._in_hand(request)
        typed = {name: await text_of(request, name, 1_000) for name in ORIGIN}
        sent = (await request.form()).get("file")
        say = translator(viewer.lang)
        origin, errors = origin_of(typed, day_of(found.now), viewer.lang, one_day=False)
        if not isinstance(sent, UploadFile) or not sent.filename:
            errors = (FormError("file", say("Xin chọn một tệp.")), *errors)
        elif origin is not None:
            try:
                number = await self._read(found, viewer, sent.filename, await sent.read(), origin)
                return redirect(request, f"{desk_url(found)}/{FILES}/{number}")
            except Refused as refused:
                if refused.code != "bad_document":
                    raise
                errors = (field_error(refused, viewer.lang, "file"),)
        return await self._files(request, found, typed, errors)

    async def template(self, request: Request) -> Response:
        """An empty file with the headers, to be filled in."""
        found = await self._in_hand(request)
        ending = request.path_params["format"]
        if ending not in _TEMPLATES:
            raise Refused("not_found")
        headers = [column.header for column in COLUMNS.values()]
        data = await asyncio.to_thread(write_table, f".{ending}", headers, (), _WIDTHS)
        named = f'attachment; filename="y-kien-{found.slug}.{ending}"'
        return Response(data, media_type=_TEMPLATES[ending], headers={"content-disposition": named, "cache-control": "private, no-store"})

    async def file(self, request: Request) -> Response:
        asked = request.query_params
        found = await self._in_hand(request)
        return await self._file(request, found, await self._one(request, found), _wish(asked.get("loc", ""), asked.get("trang", "")))

    async def choose(self, request: Request) -> Response:
        """Keeps which lines of this page are to be entered, and goes on to where the officer wants."""
        found = await self._in_hand(request)
        file = await self._one(request, found)
        sent = await request.form()
        shown, taken = _lines(sent.getlist("shown")), _lines(sent.getlist("take"))
        async with self._desk.pool.acquire() as connection, connection.transaction():
            await opinion_files.choose(connection, file.id, shown, taken)
        base = f"{desk_url(found)}/{FILES}/{file.id}"
        act = await text_of(request, "act", 20)
        if act == "nhap":
            return redirect(request, f"{base}/xac-nhan")
        wish = _wish(await text_of(request, "loc", 20), await text_of(request, "trang", 9) if act == "luu" else act)
        return redirect(request, wish.url(base), notice="lines_chosen" if act == "luu" else "")

    async def confirm(self, request: Request) -> Response:
        found = await self._in_hand(request)
        return await self._confirm(request, found, await self._one(request, found))

    async def enter(self, request: Request) -> Response:
        """Has all lines entered that were chosen, exactly those that were counted before."""
        viewer: Viewer = request.state.viewer
        found, command = await self._in_hand(request), await command_of(request)
        file, revision = await self._one(request, found), await text_of(request, "revision", 9)
        base = f"{desk_url(found)}/{FILES}/{file.id}"
        if file.state in ("asked", "entered"):  # a form sent twice
            return redirect(request, base)
        assert viewer.person is not None
        if await text_of(request, "agrees", 5) != "on":
            say = translator(viewer.lang)
            return await self._confirm(request, found, file, (FormError("agrees", say("Chỉ nhập ý kiến khi người góp ý đồng ý.")),))
        async with self._desk.pool.acquire() as connection, connection.transaction():
            counted = await opinion_files.count_lines(connection, file.id)
            if not any(one.taken for one in counted.values()):
                return redirect(request, base)
            asked = file.version == found.version and await opinion_files.ask(
                connection, file.id, int(revision) if _is_number(revision) else 0
            )
            if asked:
                await add_enter_job(connection, file.id, viewer.person, command)
        if not asked:
            why = Refused("text_changed" if file.version != found.version else "chosen_otherwise")
            return await self._confirm(request, found, await self._one(request, found), (field_error(why, viewer.lang, "revision"),))
        self._wake()
        return redirect(request, base)

    async def drop(self, request: Request) -> Response:
        found = await self._in_hand(request)
        async with self._desk.pool.acquire() as connection, connection.transaction():
            await opinion_files.drop(connection, found.id, number_in_path(request, "file"))
        return redirect(request, f"{desk_url(found)}/{FILES}", notice="file_dropped")

    # --- what they share -----------------------------------------------------------------------------------------------

    async def _in_hand(self, request: Request) -> Listed:
        async with self._desk.pool.acquire() as connection:
            return entering(await in_hand(connection, request, Action.ENTER_FOR_OTHERS))

    async def _one(self, request: Request, found: Listed) -> OpinionFile:
        async with self._desk.pool.acquire() as connection:
            file = await opinion_files.read(connection, found.id, number_in_path(request, "file"))
        if file is None:
            raise Refused("not_found")
        return file

    async def _read(self, found: Listed, viewer: Viewer, name: str, data: bytes, origin: Origin) -> int:
        assert viewer.person is not None
        digest = hashlib.sha256(data).hexdigest()
        lines = await self._desk.reader.read_table(name, data, MOST_ENTRIES)
        async with self._desk.pool.acquire() as connection:
            text = await self._desk.texts.read(connection, found)
            said = await opinion_files.said(connection, found.id)
        clauses = {text.anchors[node]: node for node in text.places}
        told = [(line.number, line.cells) for line in lines]
        async with self._places:
            read, states = await asyncio.to_thread(_looked_through, told, clauses, origin, found, said)
        async with self._desk.pool.acquire() as connection, connection.transaction():
            keys = {source_key(digest, one.line): one.line for one in read.lines}
            known = {keys[key] for key in await opinion_files.known_keys(connection, found.id, list(keys))}
            kept = [_line(one, "known", None) if one.line in known and not one.faults else states[one.line] for one in read.lines]
            file = (digest, file_name_of(name))
            return await opinion_files.keep(connection, found.id, file, found.version, read.unknown, viewer.person, kept)

    async def _files(self, request: Request, found: Listed, typed: Mapping[str, str], errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        say = translator(viewer.lang)
        async with self._desk.pool.acquire() as connection:
            files = await opinion_files.list_files(connection, found.id, _LISTED)
        return self._desk.pages.render(
            request,
            "entering/files.html",
            status=422 if errors else 200,
            head=head_for(found, viewer, Crumb(say("Nhập ý kiến từ tệp"))),
            typed=typed,
            hows=(("", say("Xin chọn")), *((how, say(words)) for how, words in HOW_WORDS.items())),
            files=files,
            columns=COLUMNS,
            kinds=[names[0] for names in KINDS.values()],
            sides=[names[0] for names in SIDES.values()],
            limits=(MOST_ENTRIES, LARGEST_FILE_BYTES // 1_000_000, TEXT_LIMIT, NAME_LIMIT),
            today=day_of(found.now).isoformat(),
            command=fresh_command(),
            errors=errors,
        )

    async def _file(self, request: Request, found: Listed, file: OpinionFile, wish: _Wish) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            counted = await opinion_files.count_lines(connection, file.id)
            states = _STATES[wish.shown]
            total = sum(one.lines for one in counted.values() if states is None or one.state in states)
            last = max(1, -(-total // LINES_ON_A_PAGE))
            wish = wish._replace(number=min(wish.number, last))
            offset = (wish.number - 1) * LINES_ON_A_PAGE
            lines = await opinion_files.read_lines(connection, file.id, states, LINES_ON_A_PAGE, offset)
            text = await self._desk.texts.read(connection, found, file.version)
        base = f"{desk_url(found)}/{FILES}/{file.id}"
        refused = Refused(file.why, limit=MOST_ENTRIES, phase=found.phase) if file.why else None
        return self._desk.pages.render(
            request,
            "entering/file.html",
            head=_head(found, viewer, Crumb(file.file_name, "", "vi")),
            file=file,
            base=base,
            why="" if refused is None else refusals.sentence(refused, viewer.lang),
            numbers=_numbers(counted),
            outdated=file.version != found.version,
            lists=[(name, _Wish(name).url(base), name == wish.shown) for name in _STATES],
            lines=[_view(one, text, found, viewer) for one in lines],
            wish=wish,
            last=last,
            command=fresh_command(),
        )

    async def _confirm(self, request: Request, found: Listed, file: OpinionFile, errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            counted = await opinion_files.count_lines(connection, file.id)
        numbers = _numbers(counted)
        base = f"{desk_url(found)}/{FILES}/{file.id}"
        if file.state in ("asked", "entered") or not numbers["taken"]:
            return redirect(request, base)
        return self._desk.pages.render(
            request,
            "entering/confirmation.html",
            status=422 if errors else 200,
            head=_head(found, viewer, Crumb(file.file_name, base, "vi"), Crumb(translator(viewer.lang)("Xác nhận"))),
            file=file,
            base=base,
            numbers=numbers,
            moderation=found.moderation,
            command=fresh_command(),
            errors=errors,
        )


def _head(found: Listed, viewer: Viewer, *steps: Crumb) -> Head:
    return head_for(found, viewer, Crumb(translator(viewer.lang)("Nhập ý kiến từ tệp"), f"{desk_url(found)}/{FILES}"), *steps)


def _looked_through(
    lines: Sequence[tuple[int, Sequence[str]]],
    clauses: Mapping[str, NodeId],
    origin: Origin,
    found: Listed,
    said: Sequence[tuple[ContributionId, str, NodeId | None, str]],
) -> tuple[Opinions, dict[int, OpinionLine]]:
    """What the lines say, and how each stands to what was said before."""
    read = read_opinions(lines, clauses, origin, day_of(found.now))
    again = repeated(read.lines, [(name, node, text) for _, name, node, text in said])
    like = resembling(read.lines, [(id, text) for id, _, _, text in said])
    states = {}
    for one in read.lines:
        state = "faulty" if one.faults else "repeated" if one.line in again else "alike" if one.line in like else "ready"
        states[one.line] = _line(one, state, like.get(one.line))
    return read, states


def _line(one: Opinion, state: str, like: int | None) -> OpinionLine:
    return OpinionLine(one, state, like, state in ("ready", "alike"))


def _numbers(counted: Mapping[str, Counted]) -> dict[str, int]:
    """Lines by state, all of them, those taken, and those left out though they could be entered."""
    numbers = {state: counted[state].lines if state in counted else 0 for state in ("ready", "alike", "repeated", "known", "faulty")}
    taken = sum(one.taken for one in counted.values())
    free = numbers["ready"] + numbers["alike"] + numbers["repeated"]
    return numbers | {"all": sum(numbers.values()), "taken": taken, "left_out": free - taken}


def _view(one: OpinionLine, text: Text, found: Listed, viewer: Viewer) -> LineView:
    say = translator(viewer.lang)
    opinion = one.opinion
    like, url, line = "", "", 0
    if one.alike is not None and one.alike > 0:
        like, url = say("ý kiến số %(number)s", number=one.alike), f"/lay-y-kien/{found.slug}/gop-y/{one.alike}"
    elif one.alike is not None:
        line = -one.alike
        like = say("dòng %(line)s", line=line)
    faults = tuple(
        (fault.column, str(fault.detail.get("written", "")), refusals.sentence(Refused(fault.code, **fault.detail), viewer.lang))
        for fault in opinion.faults
    )
    place = text.name(opinion.node, viewer.lang)[0] if opinion.node is not None else ""
    return LineView(opinion, one.state, one.taken, place, like, url, line, faults)


def _wish(shown: str, number: str) -> _Wish:
    return _Wish(shown if shown in _STATES else "", max(1, int(number)) if _is_number(number) else 1)


def _lines(values: Sequence[object]) -> list[int]:
    """Numbers of lines. Raises: Refused ``bad_input``."""
    if len(values) > LINES_ON_A_PAGE or not all(isinstance(value, str) and _is_number(value) for value in values):
        raise Refused("bad_input", field="take")
    return [int(str(value)) for value in values]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
