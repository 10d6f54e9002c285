"""An officer enters what somebody said at a meeting, on paper, by telephone: one opinion, with where it comes from."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.contribution import Kind, Side
from consultations.entering import HOWS, NAMELESS, NUMBER_LIMIT, PLACE_LIMIT, How, Origin, day_written, told
from consultations.phases import allows
from consultations.statute import day_of
from consultations.words import NAME_LIMIT, TEXT_LIMIT
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import NodeId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store.reading import Listed
from server.web.desk import DESK, Desk, command_of, desk_url, field_error, head, in_hand
from server.web.desk_views import Head
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.moderation import QUEUE
from server.web.pages import redirect
from server.web.texts import Text
from server.web.views import Crumb, FormError

ENTER = "nhap-ho"
"""The last part of the address of this page."""

ORIGIN = ("how", "place", "day", "number")
"""The fields that say where opinions come from."""

_FORM_BYTES = 256 << 10  # the longest opinion in decomposed letters, percent-encoded


def _(text: str) -> str:
    """Marks words for the catalogue."""
    return text


HOW_WORDS: Mapping[How, str] = {
    "meeting": _("Cuộc họp, hội nghị (có biên bản)"),
    "paper": _("Văn bản giấy"),
    "counter": _("Tiếp công dân, tại trụ sở"),
    "telephone": _("Điện thoại"),
    "mail": _("Thư điện tử"),
    "other": _("Cách khác"),
}
SIDE_WORDS: Mapping[Side, str] = {"for": _("Ủng hộ"), "against": _("Phản đối"), "neutral": _("Trung lập")}


class EntryForm(msgspec.Struct, frozen=True):
    """One opinion as it was typed. ``agrees`` says that who gave it agrees to its being published."""

    command: str
    node: str = ""
    text: str = ""
    name: str = ""
    kind: str = ""
    side: str = ""
    how: str = ""
    place: str = ""
    day: str = ""
    number: str = ""
    version: int = 1
    agrees: bool = False


class EnteringPages:
    """The page on which officers enter single opinions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/" + ENTER
        return (page(one, Action.ENTER_FOR_OTHERS, self.show), form(one, Action.ENTER_FOR_OTHERS, self.enter, limit=_FORM_BYTES))

    async def show(self, request: Request) -> Response:
        """The empty form; where the last opinion came from is kept for the next."""
        found, text = await self._in_hand(request)
        asked = request.query_params
        how, place, day, number = (asked.get(name, "")[:PLACE_LIMIT] for name in ORIGIN)
        empty = EntryForm(str(uuid4()), version=found.version, how=how, place=place, day=day, number=number)
        return self._page(request, found, text, empty)

    async def enter(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        found, text = await self._in_hand(request)
        typed = await _typed(request)
        entry, errors = read_entry(typed, text, day_of(found.now), viewer.lang)
        if entry is None:
            return self._page(request, found, text, typed, errors)
        try:
            await self._desk.consulting.speak(viewer, await command_of(request), found.id, c.Enter((entry,), "assisted"))
        except Refused as refused:
            if refused.code not in ("empty", "too_long", "text_changed"):
                raise
            field = "node" if refused.code == "text_changed" else "text"
            again = replace(typed, version=found.version) if refused.code == "text_changed" else typed
            return self._page(request, found, text, again, (field_error(refused, viewer.lang, field),))
        origin = {name: getattr(typed, name) for name in ORIGIN}
        return redirect(request, f"{desk_url(found)}/{ENTER}", notice="opinion_entered", **origin)

    async def _in_hand(self, request: Request) -> tuple[Listed, Text]:
        async with self._desk.pool.acquire() as connection:
            found = entering(await in_hand(connection, request, Action.ENTER_FOR_OTHERS))
            return found, await self._desk.texts.read(connection, found)

    def _page(self, request: Request, found: Listed, text: Text, typed: EntryForm, errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        say = translator(viewer.lang)
        return self._desk.pages.render(
            request,
            "entering/one.html",
            status=422 if errors else 200,
            head=head_for(found, viewer, Crumb(say("Nhập hộ một ý kiến"))),
            typed=typed,
            nodes=(("", say("Toàn văn dự thảo")), *nodes_of(text, viewer.lang)),
            kinds=get_args(Kind),
            sides=(("", say("Không nêu")), *((side, say(words)) for side, words in SIDE_WORDS.items())),
            hows=(("", say("Xin chọn")), *((how, say(words)) for how, words in HOW_WORDS.items())),
            name_limit=NAME_LIMIT,
            text_limit=TEXT_LIMIT,
            place_limit=PLACE_LIMIT,
            number_limit=NUMBER_LIMIT,
            nameless=NAMELESS,
            today=day_of(found.now).isoformat(),
            errors=errors,
        )


def entering(found: Listed) -> Listed:
    """The consultation, if opinions may be entered for others now. Raises: Refused ``wrong_phase``."""
    if not allows("enter", found.phase):  # type: ignore[arg-type]
        raise Refused("wrong_phase", phase=found.phase)
    return found


def head_for(found: Listed, viewer: Viewer, *steps: Crumb) -> Head:
    """What stands above a page. Moderators, who have no desk, go back to their queue."""
    shown = head(found, viewer.lang, "")
    queue = Crumb(translator(viewer.lang)("Kiểm duyệt"), f"{QUEUE}?dot={found.slug}")
    above = shown.crumbs[:2] if may(viewer, Action.READ_DRAFT, agency=found.agency) else (queue,)
    return replace(shown, crumbs=(*above, *steps))


def nodes_of(text: Text, lang: Language) -> tuple[tuple[str, str], ...]:
    """Every clause one may speak of: (id, name), in the order of the draft."""
    words = text.words.get(lang)
    return () if words is None else tuple(choice for listing in words.listings.values() for choice in listing.choices)


def origin_of(typed: Mapping[str, str], today: date, lang: str, *, one_day: bool = True) -> tuple[Origin | None, tuple[FormError, ...]]:
    """Where opinions come from, as it was typed, or what is wrong with it. Those not all of ``one_day`` may be without a day."""
    say = translator(lang)
    errors = []
    how = next((known for known in HOWS if known == typed["how"]), None)
    if how is None:
        errors.append(FormError("how", say("Xin chọn cách nhận ý kiến.")))
    if not typed["place"].strip():
        errors.append(FormError("place", say("Xin ghi nơi nhận ý kiến.")))
    day = None
    try:
        day = day_written(typed["day"], today) if one_day or typed["day"].strip() else None
    except Refused as refused:
        errors.append(field_error(refused, lang, "day"))
    origin = Origin(how or "other", typed["place"], day, typed["number"])
    try:
        told(origin)
    except Refused as refused:
        if refused.code != "empty":
            errors.append(field_error(refused, lang))
    return (None, tuple(errors)) if errors else (origin, ())


def read_entry(typed: EntryForm, text: Text, today: date, lang: str) -> tuple[c.Entry | None, tuple[FormError, ...]]:
    """The opinion that was typed, or what is wrong with it."""
    say = translator(lang)
    errors = []
    if typed.node and typed.node not in text.places:
        errors.append(FormError("node", say("Xin chọn điều khoản.")))
    if not typed.text.strip():
        errors.append(FormError("text", say("Xin viết nội dung ý kiến.")))
    kind = next((known for known in get_args(Kind) if known == typed.kind), None)
    if kind is None:
        errors.append(FormError("kind", say("Xin chọn loại chủ thể góp ý.")))
    origin, wrong = origin_of({name: getattr(typed, name) for name in ORIGIN}, today, lang)
    errors.extend(wrong)
    if not typed.agrees:
        errors.append(FormError("agrees", say("Chỉ nhập ý kiến khi người góp ý đồng ý.")))
    if errors or origin is None or kind is None:
        return None, tuple(errors)
    side = next((known for known in get_args(Side) if known == typed.side), None)
    node = NodeId(typed.node) if typed.node else None
    name = typed.name if typed.name.strip() else NAMELESS
    return c.Entry(node, typed.text, name, kind, told(origin), f"form:{typed.command}", typed.version, side=side), ()


async def _typed(request: Request) -> EntryForm:
    version = await text_of(request, "version", 9)
    return EntryForm(
        command=await text_of(request, "id", 36),
        node=await text_of(request, "node", 100),
        text=await text_of(request, "text", 4 * TEXT_LIMIT),
        name=await text_of(request, "name", 4 * NAME_LIMIT),
        kind=await text_of(request, "kind", 20),
        side=await text_of(request, "side", 20),
        how=await text_of(request, "how", 20),
        place=await text_of(request, "place", 4 * PLACE_LIMIT),
        day=await text_of(request, "day", 20),
        number=await text_of(request, "number", 4 * NUMBER_LIMIT),
        version=int(version) if version.isascii() and version.isdigit() else 0,
        agrees=await text_of(request, "agrees", 5) == "on",
    )
