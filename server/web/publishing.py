"""When and how a consultation is held, the page that says what will be fixed, and the publication itself."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.life import FARTHEST, LONGEST, MOST_PEOPLE, check_period
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM
from server.locale import Language, translator
from server.store.reading import Listed
from server.web import refusals
from server.web.clocks import DOCUMENT_WORDS, document_choices, source_words
from server.web.desk import DESK, Desk, command_of, desk_url, draft_in_hand, fresh_command, head, in_hand
from server.web.desk_views import Confirmation, Schedule
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import redirect
from server.web.views import FormError

_LONGEST_FIELD = 30


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


class WrongSchedule(Exception):
    """What is wrong with a schedule: (field, Vietnamese sentence) each."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(errors)
        self.errors = errors


def read_schedule(typed: Schedule, now: datetime) -> c.Publish:
    """What is to be published, with the moments (UTC) meant by days and times of Vietnam; whether the law allows it is not asked here.

    Raises: WrongSchedule.
    """
    errors: list[tuple[str, str]] = []
    if typed.document not in DOCUMENT_WORDS:
        errors.append(("document", _("Xin chọn loại văn bản.")))
    opens_at = None
    if typed.opening == "later":
        opens_at = _moment(typed.opens_day, typed.opens_time)
        if opens_at is None:
            errors.append(("opens_day", _("Xin chọn ngày và giờ bắt đầu.")))
        elif opens_at <= now:
            errors.append(("opens_day", _("Thời điểm bắt đầu phải ở sau hiện tại.")))
        elif opens_at - now > FARTHEST:
            errors.append(("opens_day", _("Thời điểm bắt đầu phải trong vòng 5 năm tới.")))
    elif typed.opening != "now":
        errors.append(("opening", _("Xin chọn khi nào bắt đầu.")))
    closes_at = _moment(typed.closes_day, typed.closes_time)
    if closes_at is None:
        errors.append(("closes_day", _("Xin chọn ngày và giờ kết thúc.")))
    elif closes_at <= (opens_at or now):
        errors.append(("closes_day", _("Thời điểm kết thúc phải ở sau thời điểm bắt đầu.")))
    elif closes_at - (opens_at or now) > LONGEST:
        errors.append(("closes_day", _("Một đợt lấy ý kiến kéo dài nhiều nhất 366 ngày.")))
    if typed.moderation not in ("after", "before"):
        errors.append(("moderation", _("Xin chọn cách kiểm duyệt.")))
    if typed.tallies not in ("hidden", "live"):
        errors.append(("tallies", _("Xin chọn cách công bố kết quả.")))
    target = typed.target.replace(".", "").replace(" ", "")
    if target and not (target.isascii() and target.isdigit() and 0 < int(target) <= MOST_PEOPLE):
        errors.append(("target", refusals.SENTENCES["bad_target"]))
    if errors or closes_at is None:
        raise WrongSchedule(errors)
    moderation, tallies, document = typed.moderation, typed.tallies, typed.document
    return c.Publish(opens_at, closes_at, moderation, tallies, document, int(target) if target else None)  # type: ignore[arg-type]


def _moment(day: str, clock: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock).replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Publishing:
    """The last pages before the public sees a consultation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}"
        return (
            page(one + "/cong-bo", Action.PUBLISH_CONSULTATION, self.schedule),
            page(one + "/xac-nhan", Action.PUBLISH_CONSULTATION, self.confirm),
            form(one + "/cong-bo", Action.PUBLISH_CONSULTATION, self.publish),
        )

    async def schedule(self, request: Request) -> Response:
        found = await draft_in_hand(self._desk, request, Action.PUBLISH_CONSULTATION)
        return self._schedule(request, found, _typed(dict(request.query_params)))

    async def confirm(self, request: Request) -> Response:
        """What is about to be fixed. Nothing is stored until the form of this page is sent."""
        viewer: Viewer = request.state.viewer
        found = await draft_in_hand(self._desk, request, Action.PUBLISH_CONSULTATION)
        typed = _typed(dict(request.query_params))
        try:
            publish = read_schedule(typed, found.now)
            rule = check_period(publish, found.now)
            if not found.summary:
                raise Refused("no_summary")
        except WrongSchedule as wrong:
            return self._schedule(request, found, typed, _sentences(wrong, viewer.lang))
        except Refused as refused:
            return self._schedule(request, found, typed, (_error(refused, viewer.lang),))
        asked = Confirmation(
            typed,
            publish.opens_at,
            publish.closes_at,
            (publish.closes_at - (publish.opens_at or found.now)).days,
            translator(viewer.lang)(DOCUMENT_WORDS[publish.document]),
            rule.minimum_days,
            source_words(rule, viewer.lang),
            publish.target,
            fresh_command(),
        )
        step = translator(viewer.lang)("Xác nhận công bố")
        return self._desk.pages.render(request, "editing/confirmation.html", head=head(found, viewer.lang, step), asked=asked)

    async def publish(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.PUBLISH_CONSULTATION)
        command = await command_of(request)
        typed = _typed({name: await text_of(request, name, _LONGEST_FIELD) for name in Schedule.__struct_fields__})
        try:
            await self._desk.consulting.change(viewer, command, found.id, read_schedule(typed, found.now))
        except WrongSchedule as wrong:
            return self._schedule(request, found, typed, _sentences(wrong, viewer.lang))
        except Refused as refused:
            if refused.code not in ("bad_dates", "no_text", "no_summary", "period_too_short"):
                raise
            return self._schedule(request, found, typed, (_error(refused, viewer.lang),))
        return redirect(request, desk_url(found), notice="consultation_published")

    def _schedule(self, request: Request, found: Listed, typed: Schedule, errors: tuple[FormError, ...] = ()) -> Response:
        lang = request.state.viewer.lang
        return self._desk.pages.render(
            request,
            "editing/schedule.html",
            status=422 if errors else 200,
            head=head(found, lang, translator(lang)("Thời gian, kiểm duyệt, công bố")),
            typed=typed,
            today=found.now.astimezone(VIETNAM).date().isoformat(),
            documents=document_choices(found.now, lang),
            summary=found.summary,
            errors=errors,
        )


def _typed(fields: dict[str, str]) -> Schedule:
    return Schedule(**{name: value[:_LONGEST_FIELD] for name, value in fields.items() if name in Schedule.__struct_fields__})


def _sentences(wrong: WrongSchedule, lang: Language) -> tuple[FormError, ...]:
    say = translator(lang)
    return tuple(FormError(field, say(sentence)) for field, sentence in wrong.errors)


def _error(refused: Refused, lang: Language) -> FormError:
    """A refusal of the whole beside the field that would mend it."""
    sentence = refusals.sentence(refused, lang)
    if refused.code == "no_summary":
        return FormError("summary", sentence)
    if refused.code == "period_too_short":
        earliest = datetime.fromisoformat(str(refused.detail["earliest"])).astimezone(VIETNAM)
        day = f"{earliest.day}/{earliest.month}/{earliest.year}"
        sentence += " " + translator(lang)("Kết thúc sớm nhất từ 0 giờ 00 ngày %(day)s.", day=day)
    return FormError("closes_day", sentence)
