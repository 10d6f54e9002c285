"""Where editors write a questionnaire while the consultation is a draft, run polls while people are consulted, and read written answers."""

import hashlib
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.questions import LABEL_LIMIT, MOST_OPTIONS, QUESTION_LIMIT, Asked, check_asked
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import QuestionId
from server.kernel.refused import Refused
from server.locale import translator
from server.store import questions
from server.store.questions import Question
from server.store.reading import Listed
from server.web import refusals
from server.web.citizen import number_in
from server.web.desk import DESK, Desk, command_of, desk_url, fresh_command, head, in_hand
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import redirect
from server.web.views import FormError, Pagination

_FORM_BYTES = 64 << 10
_READ = 50
"""Written answers on one page."""

_KINDS = ("single", "several", "rank", "scale", "text")


class Typed(msgspec.Struct, frozen=True):
    """A question as an editor types it: ``options`` one a line, ``most`` a number or nothing."""

    kind: str = "single"
    text: str = ""
    options: str = ""
    most: str = ""
    required: bool = False
    whole: bool = False


class AskingDesk:
    """The editor's page of questions. The questionnaire is kept whole: each change puts it anew."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}"
        return (
            page(one + "/cau-hoi", Action.READ_DRAFT, self.show),
            form(one + "/cau-hoi", Action.EDIT_CONSULTATION, self.change, limit=_FORM_BYTES),
            form(one + "/tham-do", Action.RUN_POLLS, self.run_poll, limit=_FORM_BYTES),
            page(one + "/tra-loi-viet", Action.READ_DRAFT, self.read_texts),
        )

    async def show(self, request: Request) -> Response:
        """With ``sua``, the question of that number is open for a change."""
        return await self._render(request, editing=number_in(request, "sua") or 0)

    async def change(self, request: Request) -> Response:
        """Adds, changes, moves or removes one question of the questionnaire (``n``, from 1; 0 for a new one)."""
        act, number = await text_of(request, "act", 10), await number_of(request, "n")
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.EDIT_CONSULTATION)
            listed = await questions.list_questions(connection, found.id)
        asked = [one.asked for one in listed if one.part == "questionnaire"]
        typed = await _typed(request) if act == "save" else Typed()
        try:
            if await text_of(request, "seen", 64) != _print(asked):
                raise Refused("questions_changed")
            if number > len(asked) or (number == 0 and act != "save"):
                raise Refused("not_found")
            at = number - 1
            match act:
                case "save" if number:
                    asked[at] = _asked(typed)
                case "save":
                    asked.append(_asked(typed))
                case "up" if at > 0:
                    asked[at - 1], asked[at] = asked[at], asked[at - 1]
                case "down" if at + 1 < len(asked):
                    asked[at], asked[at + 1] = asked[at + 1], asked[at]
                case "remove":
                    del asked[at]
                case _:
                    raise Refused("bad_input", field="act")
            await self._desk.consulting.change(request.state.viewer, await command_of(request), found.id, c.Ask(tuple(asked)))
        except Refused as refused:
            if refused.code not in _BESIDE:
                raise
            return await self._render(request, typed=typed, editing=number, part="questionnaire", refused=refused)
        return redirect(request, f"{desk_url(found)}/cau-hoi", notice="questions_saved")

    async def run_poll(self, request: Request) -> Response:
        """Prepares a poll, opens it, or closes it."""
        act = await text_of(request, "act", 10)
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.RUN_POLLS)
        typed = await _typed(request) if act == "save" else Typed()
        try:
            match act:
                case "save":
                    command: c.AddPoll | c.OpenPoll | c.ClosePoll = c.AddPoll(_asked(typed))
                    notice = "poll_added"
                case "open":
                    command, notice = c.OpenPoll(QuestionId(await number_of(request, "question"))), "poll_opened"
                case "close":
                    command, notice = c.ClosePoll(QuestionId(await number_of(request, "question"))), "poll_closed"
                case _:
                    raise Refused("bad_input", field="act")
            await self._desk.consulting.change(request.state.viewer, await command_of(request), found.id, command)
        except Refused as refused:
            if act != "save" or refused.code not in _BESIDE:
                raise
            return await self._render(request, typed=typed, part="poll", refused=refused)
        return redirect(request, f"{desk_url(found)}/cau-hoi", notice=notice)

    async def read_texts(self, request: Request) -> Response:
        """What people wrote, without names, once it may be shown; of one question (``cau``) or of the first that asks for words."""
        viewer: Viewer = request.state.viewer
        wanted, number = number_in(request, "cau"), number_in(request, "trang") or 1
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.READ_DRAFT)
            listed = [one for one in await questions.list_questions(connection, found.id) if one.asked.kind == "text"]
            chosen = next((one for one in listed if wanted is None or one.id == wanted), None)
            if chosen is None and wanted is not None:
                raise Refused("not_found")
            skipped = (min(number, 100_000) - 1) * _READ
            texts = [] if chosen is None else await questions.texts_given(connection, found.id, chosen.id, _READ + 1, skipped)
        url = f"{desk_url(found)}/tra-loi-viet?cau={chosen.id if chosen else 0}&trang="
        return self._desk.pages.render(
            request,
            "questions/texts.html",
            head=head(found, viewer.lang, translator(viewer.lang)("Câu trả lời viết")),
            questions=listed,
            chosen=chosen,
            texts=texts[:_READ],
            pagination=Pagination(f"{url}{number - 1}" if number > 1 else "", f"{url}{number + 1}" if len(texts) > _READ else ""),
        )

    async def _render(
        self,
        request: Request,
        *,
        typed: Typed | None = None,
        editing: int = 0,
        part: str = "questionnaire",
        refused: Refused | None = None,
    ) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.READ_DRAFT)
            listed = await questions.list_questions(connection, found.id)
            text = await self._desk.texts.read(connection, found)
        asked = [one.asked for one in listed if one.part == "questionnaire"]
        if editing > len(asked):
            raise Refused("not_found")
        if editing and typed is None:
            typed = _of(asked[editing - 1])
        errors = () if refused is None else (_error(refused, viewer.lang, part),)
        return self._desk.pages.render(
            request,
            "questions/desk.html",
            status=refusals.status_of(refused) if refused else 200,
            head=head(found, viewer.lang, translator(viewer.lang)("Câu hỏi và thăm dò")),
            asked=asked,
            seen=_print(asked),
            polls=_polls(listed),
            typed=typed if part == "questionnaire" and typed else Typed(),
            typed_poll=typed if part == "poll" and typed else Typed(),
            editing=editing,
            has_text=bool(text.words),
            may=_may(found),
            command=fresh_command,
            limits={"text": QUESTION_LIMIT, "label": LABEL_LIMIT, "options": MOST_OPTIONS},
            errors=errors,
        )


_BESIDE = ("empty", "too_long", "bad_question", "too_many_questions", "questions_changed")
"""Refusals that are told beside the form."""


def _may(found: Listed) -> dict[str, bool]:
    """What can be done in this phase; the rules decide."""
    return {
        "ask": found.phase == "draft",
        "add_poll": found.phase in ("draft", "announced", "open", "suspended"),
        "open_poll": found.phase == "open",
        "close_poll": found.phase in ("open", "suspended"),
    }


def _polls(listed: Sequence[Question]) -> list[Question]:
    """Polls in hand first: the open ones, those that wait, those that are over."""
    order = {"open": 0, "waiting": 1, "closed": 2}
    return sorted((one for one in listed if one.part == "poll"), key=lambda one: order[one.state])


async def _typed(request: Request) -> Typed:
    return Typed(
        kind=await text_of(request, "kind", 10),
        text=await text_of(request, "text", 4 * QUESTION_LIMIT),
        options=await text_of(request, "options", 8 * LABEL_LIMIT * MOST_OPTIONS),
        most=await text_of(request, "most", 3),
        required=bool(await text_of(request, "required", 10)),
        whole=bool(await text_of(request, "whole", 10)),
    )


def _asked(typed: Typed) -> Asked:
    """Raises: Refused ``bad_question`` and as ``check_asked`` says."""
    if typed.kind not in _KINDS or (typed.most and not (typed.most.isascii() and typed.most.isdigit())):
        raise Refused("bad_question")
    labels = tuple(line for line in map(str.strip, typed.options.splitlines()) if line)
    most = int(typed.most) if typed.most and typed.kind == "several" else None
    return check_asked(Asked(typed.kind, typed.text, labels, most, typed.required, typed.whole))  # type: ignore[arg-type]


def _of(asked: Asked) -> Typed:
    most = "" if asked.most is None else str(asked.most)
    return Typed(asked.kind, asked.text, "\n".join(asked.labels), most, asked.required, asked.whole)


def _print(asked: Sequence[Asked]) -> str:
    """Which questionnaire it is that an editor has before their eyes."""
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


def _error(refused: Refused, lang: str, part: str) -> FormError:
    """A refusal beside its field; the two forms of the page have fields of the same names."""
    field = {"labels": "options", "text": "text"}.get(str(refused.detail.get("field", "")), "options")
    sentence = refusals.sentence(Refused("empty", field="question"), lang) if refused.code == "empty" else refusals.sentence(refused, lang)
    return FormError(f"{field}-{part}", sentence)
