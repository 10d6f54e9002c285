"""The one appeal of an author whose words were hidden, and its decision by another moderator than who hid them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.commands import Appeal, DecideAppeal
from consultations.moderating import appeal_due, appeal_ends
from consultations.words import REASON_LIMIT
from server.identity.policy import Action, agencies_where, require
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.store import reading
from server.store.connection import Pool
from server.store.reading import Listed, Row
from server.web import refusals, wording
from server.web.consultation_page import own_contribution
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import Pages, redirect
from server.web.views import Crumb, FormError

OWN = "/y-kien-cua-toi/khieu-nai"
DESK = "/kiem-duyet/khieu-nai"
MOST = 100
"""Open appeals on the page, the oldest first."""

_BESIDE_A_FIELD = ("no_reason", "too_long", "own_ruling", "bad_choice")


class AppealView(msgspec.Struct, frozen=True):
    """Hidden words with why they were hidden, and their appeal.

    ``until`` is the end of the time to appeal or to decide, ``late`` that it has passed; ``mine`` that the viewer may not decide. What
    was typed and refused is ``typed`` (and ``granted``: "1", "0", or nothing chosen).
    """

    id: int
    title: str
    title_lang: str
    text: str
    at: datetime
    rule: str
    reason: str
    command: str
    until: datetime | None = None
    late: bool = False
    asked: str = ""
    state: str | None = None
    mine: bool = False
    typed: str = ""
    granted: str = ""


class AppealsPage(msgspec.Struct, frozen=True):
    """``moderation/appeal.html`` (one item, for its author) and ``moderation/appeals.html`` (those that are open, for moderators)."""

    crumbs: tuple[Crumb, ...]
    items: tuple[AppealView, ...]
    reason_limit: int
    errors: tuple[FormError, ...] = ()


class Appeals:
    """The pages of appeals, for authors and for moderators."""

    def __init__(self, pool: Pool, pages: Pages, consulting: Consulting) -> None:
        self._pool = pool
        self._pages = pages
        self._consulting = consulting

    def doors(self) -> Sequence[Door]:
        return (
            page(OWN, Action.APPEAL, self.ask),
            form(OWN, Action.APPEAL, self.appeal),
            page(DESK, Action.DECIDE_APPEAL, self.open_ones),
            form(DESK, Action.DECIDE_APPEAL, self.decide),
        )

    async def ask(self, request: Request) -> Response:
        """One's own hidden words, why they were hidden, and the form of the appeal while it is possible."""
        number = request.query_params.get("y-kien", "")
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise Refused("not_found")
        return await self._own(request, ContributionId(int(number)))

    async def appeal(self, request: Request) -> Response:
        contribution = ContributionId(await number_of(request, "contribution"))
        reason = await text_of(request, "reason", 4 * REASON_LIMIT)
        command = CommandId(await text_of(request, "id", 36))
        try:
            await self._consulting.change_own(request.state.viewer, command, Appeal(contribution, reason))
        except Refused as refused:
            if refused.code not in _BESIDE_A_FIELD:
                raise
            return await self._own(request, contribution, reason, refused)
        return redirect(request, OWN, **{"y-kien": str(contribution)})

    async def open_ones(self, request: Request) -> Response:
        """The open appeals in the agencies where the viewer moderates."""
        return await self._open(request)

    async def decide(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        contribution = ContributionId(await number_of(request, "contribution"))
        granted = await text_of(request, "granted", 1)
        reason = await text_of(request, "reason", 4 * REASON_LIMIT)
        command = CommandId(await text_of(request, "id", 36))
        async with self._pool.acquire() as connection:
            row = await reading.read_contribution(connection, contribution)
            listed = None if row is None else await reading.read_consultation_by_id(connection, row.consultation)
        require(viewer, Action.DECIDE_APPEAL, agency=None if listed is None else listed.agency, secret=True)
        try:
            if granted not in ("0", "1"):
                raise Refused("bad_choice")
            await self._consulting.moderate(viewer, command, DecideAppeal(contribution, granted == "1", reason))
        except Refused as refused:
            if refused.code not in _BESIDE_A_FIELD:
                raise
            return await self._open(request, contribution, granted, reason, refused)
        return redirect(request, DESK)

    async def _own(self, request: Request, contribution: ContributionId, typed: str = "", refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._pool.acquire() as connection:
            row = await own_contribution(connection, viewer, contribution)
            listed = await reading.read_consultation_by_id(connection, row.consultation)
        if listed is None:
            raise Refused("not_found")
        if row.state != "hidden" and row.appeal is None:
            raise Refused("already", state=row.state)
        until = appeal_ends(row)
        item = _view(row, listed, viewer, until)
        shown = AppealsPage(
            crumbs=(Crumb(_("Ý kiến của tôi"), "/y-kien-cua-toi"), Crumb(_("Khiếu nại"))),
            items=(msgspec.structs.replace(item, typed=typed),),
            reason_limit=REASON_LIMIT,
            errors=() if refused is None else (FormError("reason", refusals.sentence(refused, viewer.lang)),),
        )
        status = 200 if refused is None else refusals.status_of(refused)
        return self._pages.render(request, "moderation/appeal.html", status=status, page=shown)

    async def _open(self, request: Request, tried: int = 0, granted: str = "", typed: str = "", refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        where = agencies_where(viewer, Action.DECIDE_APPEAL)
        async with self._pool.acquire() as connection:
            rows = await reading.open_appeals(connection, None if where is None else sorted(where), MOST)
            listed = await reading.read_consultations(connection, sorted({row.consultation for row in rows}))
        items = [_view(row, listed[row.consultation], viewer, appeal_due(row)) for row in rows]
        shown = AppealsPage(
            crumbs=(Crumb(_("Kiểm duyệt"), "/kiem-duyet"), Crumb(_("Khiếu nại"))),
            items=tuple(msgspec.structs.replace(one, typed=typed, granted=granted) if one.id == tried else one for one in items),
            reason_limit=REASON_LIMIT,
            errors=() if refused is None else (FormError(_field(refused, tried), refusals.sentence(refused, viewer.lang)),),
        )
        status = 200 if refused is None else refusals.status_of(refused)
        return self._pages.render(request, "moderation/appeals.html", status=status, page=shown)


def _field(refused: Refused, tried: int) -> str:
    return f"{'granted' if refused.code == 'bad_choice' else 'reason'}-{tried}" if refused.code != "own_ruling" else f"y-kien-{tried}"


def _view(row: Row, listed: Listed, viewer: Viewer, until: datetime | None) -> AppealView:
    return AppealView(
        id=row.id,
        title=listed.title_en if viewer.lang == "en" and listed.title_en else listed.title,
        title_lang="en" if viewer.lang == "en" and listed.title_en else "vi",
        text=row.text,
        at=row.at,
        rule=wording.rule(row.rule, translator(viewer.lang)) if row.rule else "",
        reason=row.reason,
        command=str(uuid.uuid4()),
        until=until,
        late=until is not None and listed.now >= until,
        asked=row.appeal_reason,
        state=row.appeal,
        mine=viewer.person in (row.author, row.entered_by, row.ruled_by),
    )
