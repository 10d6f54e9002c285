"""Questionnaires and polls before citizens: what is asked, what one answers, and how all have answered where that may be shown."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from consultations.questions import RESPONSE_LIMIT, Asked, check_response
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, QuestionId, consultation_topic
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.realtime.votes import VoteWriter, voter_key
from server.store import contributions, questions, votes
from server.store.connection import Connection
from server.store.questions import Question
from server.store.reading import Listed
from server.web import refusals
from server.web.citizen import Ports
from server.web.consultation_page import find_consultation, standing_of
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import redirect
from server.web.question_views import Given, QuestionsPage, QuestionView, blank, given_before, results_of, view_of
from server.web.views import Crumb

_FORM_BYTES = 512 << 10  # a hundred questions, some of them answered at length
_KINDS = ("single", "several", "rank", "scale", "text")


class Asking:
    """The page of a consultation's questions. Answers go through the same doors of the server below as those over the live socket."""

    def __init__(self, ports: Ports, consulting: Consulting, writer: VoteWriter) -> None:
        self._ports = ports
        self._consulting = consulting
        self._votes = writer

    def doors(self) -> Sequence[Door]:
        # The forms take what a visitor sends as well: their session may have ended while they wrote.
        one = "/lay-y-kien/{slug}"
        return (
            page(one + "/cau-hoi", Action.READ_PUBLIC, self.show),
            form(one + "/cau-hoi", Action.READ_PUBLIC, self.answer, limit=_FORM_BYTES),
            form(one + "/mo-van-ban", Action.READ_PUBLIC, self.open_text),
        )

    async def show(self, request: Request) -> Response:
        return await self._render(request, {}, {})

    async def open_text(self, request: Request) -> Response:
        """On to the text, noting that it was opened: who answers a question about the whole has been there."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
        require(viewer, Action.RESPOND, agency=consultation.agency)
        await self._consulting.open_text(viewer, consultation.id)
        return redirect(request, self._ports.head(consultation, viewer).page_url, notice="text_opened")

    async def answer(self, request: Request) -> Response:
        """Records what was answered: one poll (``only``), or the whole questionnaire, which is taken entirely or not at all."""
        viewer: Viewer = request.state.viewer
        only = await text_of(request, "only", 20)
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            listed = await questions.list_questions(connection, consultation.id)
        asked = [one for one in listed if (str(one.id) == only if only else one.part == "questionnaire") and one.state != "waiting"]
        if not asked:
            raise Refused("not_found")
        typed = {one.id: await _typed(request, one) for one in asked}
        if not viewer.signed_in:
            return await self._render(request, typed, {}, Refused("sign_in_needed"))
        require(viewer, Action.RESPOND, agency=consultation.agency)
        wrong = {}
        for one in asked:
            try:
                _check(one.asked, typed[one.id])
            except Refused as refused:
                wrong[one.id] = refused
        answered = [one for one in asked if not _is_blank(typed[one.id])]
        if wrong or not answered:
            return await self._render(request, typed, wrong, None if wrong else Refused("empty", field="answer"))
        try:
            for one in answered:
                await self._record(viewer, one, typed[one.id])
        except Refused as refused:
            return await self._render(request, typed, {}, refused)
        where = f"#cau-hoi-{only}" if only else ""
        return redirect(request, f"{self._ports.head(consultation, viewer).url}/cau-hoi{where}", notice="answers_recorded")

    async def _record(self, viewer: Viewer, question: Question, given: Given) -> None:
        if question.asked.kind in ("single", "scale"):
            assert viewer.person is not None
            # An answer repeated by a double submit changes nothing, so its id need not come from the page.
            await self._votes.cast(viewer.person, CommandId(str(uuid4())), question.id, given.choices[0])
        else:
            await self._consulting.respond(viewer, question.id, given.choices, given.text)

    async def _render(
        self, request: Request, typed: Mapping[QuestionId, Given], wrong: Mapping[QuestionId, Refused], refused: Refused | None = None
    ) -> Response:
        """The page, its fields filled with what was typed; ``refused`` is about the whole of what was sent."""
        viewer: Viewer = request.state.viewer
        errors = {id: refusals.sentence(one, viewer.lang) for id, one in wrong.items()}
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            shown = await self._page(connection, viewer, consultation, typed, errors)
        said: dict[str, Any] = {} if refused is None else {"notices": (("bad", refusals.sentence(refused, viewer.lang)),)}
        status = 422 if wrong else 200 if refused is None else refusals.status_of(refused)
        blanks = tuple(blank(kind) for kind in _KINDS)  # type: ignore[arg-type]
        return self._ports.pages.render(request, "questions/page.html", status=status, page=shown, blanks=blanks, errors=wrong, **said)

    async def _page(
        self,
        connection: Connection,
        viewer: Viewer,
        consultation: Listed,
        typed: Mapping[QuestionId, Given],
        errors: Mapping[QuestionId, str],
    ) -> QuestionsPage:
        listed = [one for one in await questions.list_questions(connection, consultation.id) if one.state != "waiting"]
        totals = (await votes.read_totals(connection, consultation.id)).people
        mine: dict[QuestionId, Given] = {}
        opened = False
        if viewer.person is not None:
            voter = voter_key(await contributions.voter_secret(connection, consultation.id), viewer.person)
            chosen = await votes.own_votes(connection, consultation.id, voter)
            responses = await questions.own_responses(connection, consultation.id, voter)
            for one in listed:
                if one.id in chosen:
                    mine[one.id] = given_before(one.asked, [chosen[one.id]], "")
                elif one.id in responses:
                    mine[one.id] = given_before(one.asked, *responses[one.id])
            opened = await questions.has_opened_text(connection, consultation.id, voter)

        def shown(one: Question) -> QuestionView:
            return view_of(
                one,
                results=results_of(one.asked, totals[one.id]) if one.id in totals else None,
                given=typed.get(one.id) or mine.get(one.id) or Given(),
                recorded=one.id in mine and one.id not in typed,
                error=errors.get(one.id, ""),
                locked=one.asked.whole and not opened,
            )

        _ = translator(viewer.lang)
        head = self._ports.head(consultation, viewer)
        views = [shown(one) for one in listed]
        return QuestionsPage(
            head=head,
            crumbs=(Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Các câu hỏi"))),
            topic=consultation_topic(consultation.id),
            seq=consultation.seq,
            questionnaire=tuple(one for one in views if one.part == "questionnaire"),
            polls=tuple(one for one in reversed(views) if one.part == "poll"),
            standing=standing_of(viewer, consultation),  # type: ignore[arg-type]
            text_limit=RESPONSE_LIMIT,
            opened=opened,
            locked=any(one.locked for one in views),
            errors=tuple((int(id), sentence) for id, sentence in errors.items()),
        )


async def _typed(request: Request, question: Question) -> Given:
    """What a form says of one question. What is no number is no choice."""
    name, asked = f"cau-{question.id}", question.asked
    if asked.kind == "text":
        return Given(text=await text_of(request, name, 4 * RESPONSE_LIMIT))
    if asked.kind == "rank":
        places = tuple([await text_of(request, f"{name}-{option}", 2) for option in range(len(asked.labels))])
        by_place = sorted((place, option) for option, place in enumerate(map(_number, places)) if place is not None)
        whole = [place for place, _ in by_place] == list(range(1, len(places) + 1))
        return Given(tuple(option for _, option in by_place) if whole else (), "", places)
    chosen = (await request.form()).getlist(name)
    numbers = [number for one in chosen if isinstance(one, str) and (number := _number(one)) is not None]
    return Given(tuple(numbers))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


def _is_blank(given: Given) -> bool:
    return not given.choices and not given.text.strip() and not any(given.places)


def _check(asked: Asked, given: Given) -> None:
    """Raises: Refused ``empty`` for a required question left blank, and what is wrong with an answer."""
    if _is_blank(given):
        if asked.required:
            raise Refused("empty", field="answer")
    elif asked.kind in ("single", "scale"):
        if len(given.choices) != 1 or given.choices[0] >= len(asked.labels):
            raise Refused("bad_choice")
    elif asked.kind == "rank" and not given.choices:
        raise Refused("bad_order")
    elif asked.kind == "several" and asked.most is not None and len(given.choices) > asked.most:
        raise Refused("too_many_choices", limit=asked.most)
    else:
        check_response(asked, given.choices, given.text)
