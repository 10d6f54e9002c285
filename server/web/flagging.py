"""Where a reader tells moderators that a contribution breaks a rule."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from consultations.words import REASON_LIMIT
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.flagging import Flagging
from server.store import reading
from server.web import refusals, wording
from server.web.citizen import Ports, number_in
from server.web.consultation_page import contribution_view, find_consultation, voice_url
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import redirect
from server.web.views import Crumb, FormError

_FIELDS = {"no_rule": "rule", "too_long": "reason"}


class FlagPages:
    """The form, from the page of a contribution and back to it."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._flagging = Flagging(ports.pool)

    def doors(self) -> Sequence[Door]:
        path = "/lay-y-kien/{slug}/bao-vi-pham"
        return page(path, Action.FLAG, self.ask), form(path, Action.FLAG, self.flag)

    async def ask(self, request: Request) -> Response:
        """The contribution, the rules, and room for a word."""
        return await self._page(request, ContributionId(number_in(request, "y-kien") or 0))

    async def flag(self, request: Request) -> Response:
        """Moderators are told; whoever says it again is thanked again."""
        contribution = ContributionId(await number_of(request, "contribution"))
        rule, reason = await text_of(request, "rule", 40), await text_of(request, "reason", 4 * REASON_LIMIT)
        try:
            await self._flagging.flag(request.state.viewer, contribution, rule, reason)
        except Refused as refused:
            if refused.code not in _FIELDS:
                raise
            return await self._page(request, contribution, rule, reason, refused)
        return redirect(request, voice_url(request.path_params["slug"], contribution), notice="flagged")

    async def _page(
        self, request: Request, contribution: ContributionId, rule: str = "", reason: str = "", refused: Refused | None = None
    ) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            row = await reading.read_contribution(connection, contribution)
            if row is None or row.consultation != consultation.id or row.state != "visible":
                raise Refused("not_found")
            if row.erased_at is not None:
                raise Refused("already", state="erased")
            text = await self._ports.texts.read(connection, consultation)
        head = self._ports.head(consultation, viewer)
        return self._ports.pages.render(
            request,
            "citizen/flag.html",
            status=200 if refused is None else refusals.status_of(refused),
            head=head,
            crumbs=(Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Báo vi phạm"))),
            voice=contribution_view(row, text, viewer.lang, consultation.slug),
            own=viewer.person in (row.author, row.entered_by),
            rules=wording.rules(_),
            rule=rule,
            reason=reason,
            reason_limit=REASON_LIMIT,
            errors=() if refused is None else (FormError(_FIELDS[refused.code], refusals.sentence(refused, viewer.lang)),),
        )
