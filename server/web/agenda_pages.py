"""The prepared agenda of a room, and the answer to its invitation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from rooms.agenda import TITLE_LIMIT
from rooms.state import Item, Plan
from server.identity.contact import normalised_email
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ItemId, PaperId, Who, person_in_room
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM
from server.locale import translator
from server.realtime.agenda_desk import AgendaDesk, Prepared
from server.realtime.paper_shelf import PaperShelf
from server.realtime.roll_desk import RollDesk
from server.realtime.roll_list import DUTIES
from server.realtime.room_desk import SeenRoom
from server.store.rolls import Answer
from server.web import refusals
from server.web.door import Door, form, page
from server.web.fields import number_in_path, text_of
from server.web.meeting_views import ItemForm, ItemView
from server.web.pages import Pages, redirect
from server.web.paper_views import PaperLine
from server.web.room_papers import paper_line
from server.web.rooms import ROOMS
from server.web.views import Crumb, FormError

_MENDED = frozenset({"empty", "too_long", "bad_duration", "bad_planned_time", "bad_input", "too_many_papers"})
_FIELDS = {"bad_duration": "minutes", "bad_planned_time": "time", "too_many_papers": "papers"}
_LONGEST_EMAIL = 300
_ANSWERS: tuple[Answer, ...] = ("coming", "absent", "substitute")


class AgendaPages:
    """``wake`` is called when a letter is to be sent."""

    def __init__(self, pages: Pages, desk: AgendaDesk, shelf: PaperShelf, rolls: RollDesk, wake: Callable[[], None]) -> None:
        self._pages = pages
        self._desk = desk
        self._shelf = shelf
        self._rolls = rolls
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        room, act = ROOMS + "/{slug}", Action.LIST_ROOMS
        agenda, one = room + "/chuong-trinh", room + "/chuong-trinh/{item:int}"
        return (
            page(agenda, act, self.agenda),
            form(agenda + "/cach-hop", act, self.discuss),
            page(agenda + "/them", act, self.new),
            form(agenda + "/them", act, self.add),
            page(one, act, self.edit),
            form(one, act, self.change),
            form(one + "/chuyen", act, self.move),
            form(one + "/bo", act, self.remove),
            page(room + "/tra-loi", act, self.invitation),
            form(room + "/tra-loi", act, self.reply),
        )

    # --- the agenda ----------------------------------------------------------------------------------------------------

    async def agenda(self, request: Request) -> Response:
        prepared, viewer = await self._read(request), request.state.viewer
        papers = {paper.id: paper for paper in await self._papers(viewer, prepared.room)}
        items = [_view(item, prepared, papers) for item in prepared.items]
        invited = any(viewer.person is not None and seat.who == person_in_room(viewer.person) for seat in prepared.roll)
        return self._render(request, prepared.room, "room/agenda.html", "", items=items, free=prepared.free, invited=invited)

    async def discuss(self, request: Request) -> Response:
        await self._desk.set_free(request.state.viewer, request.path_params["slug"], await text_of(request, "led", 9) != "on")
        return redirect(request, _url(request), notice="agenda_saved")

    async def new(self, request: Request) -> Response:
        prepared = await self._read(request, editing=True)
        starts = prepared.room.starts_at
        day = (starts or datetime.now(UTC)).astimezone(VIETNAM).date().isoformat()
        return await self._form(request, prepared, ItemForm(day=day))

    async def add(self, request: Request) -> Response:
        typed = await _typed(request)
        try:
            await self._desk.add(request.state.viewer, request.path_params["slug"], _plan(typed, await self._shown(request)))
        except Refused as refused:
            return await self._again(request, typed, refused)
        return redirect(request, _url(request), notice="agenda_saved")

    async def edit(self, request: Request) -> Response:
        prepared = await self._read(request, editing=True)
        id = number_in_path(request, "item")
        item = next((item for item in prepared.items if item.id == id), None)
        if item is None:
            raise Refused("not_found")
        return await self._form(request, prepared, _as_typed(item, prepared.room))

    async def change(self, request: Request) -> Response:
        id = number_in_path(request, "item")
        typed = await _typed(request, id)
        try:
            shown = await self._shown(request)
            await self._desk.edit(request.state.viewer, request.path_params["slug"], ItemId(id), _plan(typed, shown), shown)
        except Refused as refused:
            return await self._again(request, typed, refused)
        return redirect(request, _url(request), notice="agenda_saved")

    async def move(self, request: Request) -> Response:
        id = number_in_path(request, "item")
        step = -1 if await text_of(request, "step", 9) == "len" else 1
        await self._desk.move(request.state.viewer, request.path_params["slug"], ItemId(id), step)
        return redirect(request, f"{_url(request)}#nd{id}")

    async def remove(self, request: Request) -> Response:
        await self._desk.remove(request.state.viewer, request.path_params["slug"], ItemId(number_in_path(request, "item")))
        return redirect(request, _url(request), notice="agenda_saved")

    async def _read(self, request: Request, *, editing: bool = False) -> Prepared:
        prepared = await self._desk.read(request.state.viewer, request.path_params["slug"])
        if editing and not prepared.room.may_edit:
            raise Refused("not_allowed")
        if editing and prepared.room.running:
            raise Refused("already", state="running")
        return prepared

    async def _papers(self, viewer: Viewer, room: SeenRoom) -> list[PaperLine]:
        """Those of which the viewer may know; whom a host lets in reads them inside."""
        if room.role == "guest":
            return []
        place = await self._shelf.place(viewer, room.id)
        return [paper_line(room, paper, viewer) for paper in await self._shelf.papers(place)]

    async def _shown(self, request: Request) -> frozenset[PaperId]:
        """The papers that the form offered, as far as the viewer may know them."""
        offered = _numbers(await request.form(), "offered")
        if not offered:
            return frozenset()
        room = (await self._read(request, editing=True)).room
        return frozenset(PaperId(paper.id) for paper in await self._papers(request.state.viewer, room) if paper.id in offered)

    async def _again(self, request: Request, typed: ItemForm, refused: Refused) -> Response:
        if refused.code not in _MENDED:
            raise refused
        viewer: Viewer = request.state.viewer
        say = translator(viewer.lang)
        said = {"empty": say("Xin ghi nội dung."), "bad_duration": say("Số phút là một số từ 1 đến 1440.")}
        words = said.get(refused.code) or refusals.sentence(refused, viewer.lang)
        field = _FIELDS.get(refused.code, str(refused.detail.get("field", "title")))
        return await self._form(request, await self._read(request, editing=True), typed, (FormError(field, words),))

    async def _form(self, request: Request, prepared: Prepared, item: ItemForm, errors: tuple[FormError, ...] = ()) -> Response:
        say = translator(request.state.viewer.lang)
        people = [(seat.who, seat.name or seat.agency or seat.who) for seat in prepared.roll]
        step = say("Sửa nội dung") if item.id else say("Thêm nội dung")
        papers = await self._papers(request.state.viewer, prepared.room)
        more = {"item": item, "people": people, "papers": papers, "errors": errors, "title_limit": TITLE_LIMIT}
        return self._render(request, prepared.room, "room/item.html", step, status=422 if errors else 200, **more)

    def _render(self, request: Request, room: SeenRoom, template: str, step: str, status: int = 200, **more: Any) -> Response:
        say, above = translator(request.state.viewer.lang), f"{ROOMS}/{room.slug}"
        here = Crumb(say("Chương trình"), f"{above}/chuong-trinh" if step else "")
        crumbs = (Crumb(say("Phòng họp"), ROOMS), Crumb(room.title, above, "vi"), here, *([Crumb(step)] if step else []))
        return self._pages.render(request, template, status=status, room=room, crumbs=crumbs, step=step, **more)

    # --- the answer to the invitation ----------------------------------------------------------------------------------

    async def invitation(self, request: Request) -> Response:
        return await self._invitation(request)

    async def reply(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        typed, substitute = await text_of(request, "answer", 20), (await text_of(request, "substitute", _LONGEST_EMAIL)).strip()
        answer = next((one for one in _ANSWERS if one == typed), None)
        try:
            if answer is None:
                raise Refused("bad_choice", field="answer")
            email = normalised_email(substitute) if answer == "substitute" else ""
            await self._rolls.reply(viewer, request.path_params["slug"], answer, email)
        except Refused as refused:
            if refused.code not in ("bad_choice", "bad_email", "bad_substitute", "rate_limited"):
                raise
            error = FormError("answer" if refused.code == "bad_choice" else "substitute", refusals.sentence(refused, viewer.lang))
            return await self._invitation(request, typed, substitute, (error,))
        if answer == "substitute":
            self._wake()
        return redirect(request, f"{ROOMS}/{request.path_params['slug']}/tra-loi", notice="answer_taken")

    async def _invitation(self, request: Request, typed: str = "", substitute: str = "", errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        found = await self._rolls.invitation(viewer, request.path_params["slug"])
        say = translator(viewer.lang)
        crumbs = (
            Crumb(say("Phòng họp"), ROOMS),
            Crumb(found.room.title, f"{ROOMS}/{found.room.slug}", "vi"),
            Crumb(say("Trả lời giấy mời họp")),
        )
        return self._pages.render(
            request,
            "room/reply.html",
            status=422 if errors else 200,
            room=found.room,
            crumbs=crumbs,
            found=found,
            duty=say(DUTIES[found.seated.seat.duty][0]),
            answer=typed or found.seated.answer or "",
            substitute=substitute or found.substitute,
            errors=errors,
        )


def _url(request: Request) -> str:
    return f"{ROOMS}/{request.path_params['slug']}/chuong-trinh"


async def _typed(request: Request, id: int = 0) -> ItemForm:
    sent = await request.form()
    readers = frozenset(value for value in sent.getlist("reader") if isinstance(value, str) and len(value) < 30)
    return ItemForm(
        id,
        await text_of(request, "title", 4 * TITLE_LIMIT),
        await text_of(request, "presenter", 30),
        await text_of(request, "day", 20),
        await text_of(request, "time", 20),
        await text_of(request, "minutes", 20),
        bool(await text_of(request, "secret", 9)),
        readers,
        _numbers(sent, "paper"),
    )


def _numbers(sent: FormData, field: str) -> frozenset[int]:
    values = (value for value in sent.getlist(field) if isinstance(value, str) and len(value) < 19)
    return frozenset(int(value) for value in values if value.isascii() and value.isdigit())


def _plan(typed: ItemForm, shown: frozenset[PaperId]) -> Plan:
    """With the papers that were shown and are ticked.

    Raises: Refused ``bad_planned_time``, ``bad_duration``."""
    at = None
    if typed.time:
        try:
            moment = datetime.combine(date.fromisoformat(typed.day), time.fromisoformat(typed.time).replace(tzinfo=VIETNAM))
            at = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refused("bad_planned_time") from None
    minutes = typed.minutes.strip()
    if minutes and not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes[:9]) <= 1440):
        raise Refused("bad_duration", least=60, most=24 * 3600)
    readers = tuple(sorted(map(Who, typed.readers))) if typed.secret else None
    papers = tuple(sorted(paper for paper in shown if paper in typed.papers))
    presenter = Who(typed.presenter) if typed.presenter else None
    return Plan(typed.title, presenter, at, int(minutes) * 60 if minutes else None, papers, readers)


def _as_typed(item: Item, room: SeenRoom) -> ItemForm:
    plan = item.plan
    at = plan.planned_at.astimezone(VIETNAM) if plan.planned_at else None
    day = at or (room.starts_at or datetime.now(UTC)).astimezone(VIETNAM)
    minutes = "" if plan.lasts_s is None else str(max(1, plan.lasts_s // 60))
    clock = f"{at:%H:%M}" if at else ""
    secret, readers = plan.readers is not None, frozenset(plan.readers or ())
    papers = frozenset[int](plan.papers)
    return ItemForm(item.id, plan.title, plan.presenter or "", day.date().isoformat(), clock, minutes, secret, readers, papers)


def _view(item: Item, prepared: Prepared, papers: Mapping[int, PaperLine]) -> ItemView:
    names = {seat.who: seat.name or seat.agency for seat in prepared.roll}
    plan = item.plan
    readers = None if plan.readers is None else tuple(name for who in plan.readers if (name := names.get(who)))
    presenter = names.get(plan.presenter, "") if plan.presenter else ""
    minutes = None if plan.lasts_s is None else plan.lasts_s // 60
    its = tuple(papers[paper] for paper in plan.papers if paper in papers)
    return ItemView(item.id, plan.title, presenter, plan.planned_at, minutes, readers, its)
