"""One contribution with all that is said to it: its page, and threads as lists show them."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consultations import commands as c
from consultations.contribution import DEEPEST
from consultations.words import NAME_LIMIT, TEXT_LIMIT
from server.identity.keys import fingerprint
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.store import contributions, kept_forms, reading
from server.store.reading import Row
from server.web import refusals
from server.web.citizen import Ports, number_in
from server.web.consultation_page import (
    contribution_view,
    find_consultation,
    fresh_form,
    kinds_of,
    own_contribution,
    standing_of,
    voice_url,
)
from server.web.cookies import Cookies
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.flagging import FlagPages
from server.web.own_views import EditPage, MyContribution
from server.web.pages import redirect
from server.web.threads import threads
from server.web.views import ContributionForm, Crumb, Former, FormError, VoicePage
from server.web.wording import rules

MINE = "/y-kien-cua-toi"
_EDIT_BYTES = 512 << 10  # suggested wording may be long, and its letters are percent-encoded


class Voices:
    """Doors to single contributions."""

    def __init__(self, ports: Ports, consulting: Consulting) -> None:
        self._ports = ports
        self._consulting = consulting
        self._flags = FlagPages(ports)

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/gop-y/{contribution:int}", Action.READ_PUBLIC, self.voice),
            form("/lay-y-kien/{slug}/ung-ho", Action.SUPPORT, self.support),
            page(MINE + "/sua", Action.EDIT_OWN, self.ask_edit),
            form(MINE + "/sua", Action.EDIT_OWN, self.edit, limit=_EDIT_BYTES),
            *self._flags.doors(),
        )

    async def voice(self, request: Request) -> Response:
        """One contribution that everybody can see, with its answers, its history and the form to answer it."""
        return await show_voice(self._ports, request, ContributionId(number_in_path(request, "contribution")))

    async def support(self, request: Request) -> Response:
        """One person's support, given or taken back; then back to where the button stood."""
        contribution = ContributionId(await number_of(request, "contribution"))
        await self._consulting.support(request.state.viewer, contribution, await text_of(request, "act", 10) != "bo")
        back, slug = await text_of(request, "back", 500), request.path_params["slug"]
        own = back.startswith(f"/lay-y-kien/{slug}/") and back.isprintable() and "\\" not in back
        return RedirectResponse(f"{back if own else voice_url(slug, contribution)}#y-kien-{contribution}", 303)

    async def ask_edit(self, request: Request) -> Response:
        """The form with one's own words as they are."""
        item, row = await self._own(request, ContributionId(number_in(request, "y-kien") or 0))
        return self._edit_page(request, item, str(uuid4()), row.text, row.suggestion)

    async def edit(self, request: Request) -> Response:
        """Other words in the place of one's own."""
        contribution = ContributionId(await number_of(request, "contribution"))
        item, row = await self._own(request, contribution)
        text, suggestion = await text_of(request, "text", _EDIT_BYTES), await text_of(request, "suggestion", _EDIT_BYTES)
        command = await text_of(request, "id", 100)
        wished = c.Edit(contribution, text, suggestion if row.suggestion is not None else None)
        try:
            await self._consulting.change_own(request.state.viewer, CommandId(command), wished)
        except Refused as refused:
            field = str(refused.detail.get("field", "text"))
            error = FormError(field, refusals.sentence(refused, request.state.viewer.lang))
            status = refusals.status_of(refused)
            return self._edit_page(request, item, str(uuid4()), text, wished.suggestion, (error,), status)
        return redirect(request, MINE, notice="contribution_edited")

    def _edit_page(
        self,
        request: Request,
        item: MyContribution,
        command: str,
        text: str,
        suggestion: str | None,
        errors: tuple[FormError, ...] = (),
        status: int = 200,
    ) -> Response:
        _ = translator(request.state.viewer.lang)
        crumbs = (Crumb(_("Ý kiến của tôi"), MINE), Crumb(_("Sửa ý kiến")))
        shown = EditPage(crumbs, item, command, text, suggestion, TEXT_LIMIT, errors)
        return self._ports.pages.render(request, "citizen/edit.html", status=status, page=shown, errors=errors)

    async def _own(self, request: Request, contribution: ContributionId) -> tuple[MyContribution, Row]:
        """Raises: Refused ``not_found`` for what is not one's own, ``already`` for what was withdrawn or hidden."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            row = await own_contribution(connection, viewer, contribution)
            if row.state not in ("visible", "waiting"):
                raise Refused("already", state=row.state)
            [consultation] = (await reading.read_consultations(connection, [row.consultation])).values()
            text = await self._ports.texts.read(connection, consultation)
        view = contribution_view(row, text, viewer.lang, consultation.slug)
        return MyContribution(view, self._ports.head(consultation, viewer), editable=True), row


async def show_voice(
    ports: Ports, request: Request, id: ContributionId, again: ContributionForm | None = None, refusal: str = "", status: int = 200
) -> Response:
    """The page of one contribution; ``again`` is an answer to it that was not accepted, ``refusal`` why.

    Raises: Refused ``not_found`` for what not everybody can see.
    """
    viewer: Viewer = request.state.viewer
    _ = translator(viewer.lang)
    async with ports.pool.acquire() as connection:
        consultation = await find_consultation(connection, viewer, request.path_params["slug"])
        row = await reading.read_contribution(connection, id)
        if row is None or row.consultation != consultation.id or row.state != "visible":
            raise Refused("not_found")
        [thread] = await threads(connection, ports.texts, viewer, consultation, [row])
        former = await contributions.former_words(connection, id)
        parent = None if row.parent is None else await reading.read_contribution(connection, row.parent)
        sent = await reading.read_contribution(connection, ContributionId(number_in(request, "da-gui") or 0))
        kept = again or await _kept(ports, request, id)
    head = ports.head(consultation, viewer)
    standing = standing_of(viewer, consultation)
    blank = ContributionForm(fresh_form(viewer, "").command, name=viewer.name, parent=id)
    shown = VoicePage(
        head=head,
        crumbs=(Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Ý kiến số %(number)s", number=id))),
        thread=thread,
        former=tuple(Former(one.text, one.suggestion, one.at) for one in former),
        parent_url="" if parent is None or parent.state != "visible" else voice_url(consultation.slug, parent.id),
        standing=standing,
        form=(kept or blank) if standing == "vote" and row.depth < DEEPEST and row.erased_at is None else None,
        rules=tuple(sentence for _code, sentence in rules(_)),
        name=viewer.name,
        text_limit=TEXT_LIMIT,
        name_limit=NAME_LIMIT,
        kinds=kinds_of(viewer),
    )
    notices: tuple[tuple[str, str], ...] = (("bad", refusal),) if refusal else ()
    if sent is not None and sent.author is not None and sent.author == viewer.person and sent.parent == id:
        public = _("Ý kiến của ông/bà đã được ghi nhận và công khai.")
        waits = _("Ý kiến của ông/bà đã được ghi nhận và đang chờ kiểm duyệt.")
        notices = (*notices, ("good", waits if sent.state == "waiting" else public))
    if notices:
        return ports.pages.render(request, "citizen/voice.html", status=status, page=shown, notices=notices)
    return ports.pages.render(request, "citizen/voice.html", status=status, page=shown)


async def _kept(ports: Ports, request: Request, parent: ContributionId) -> ContributionForm | None:
    """An answer that this browser wrote here before it had to sign in."""
    cookies: Cookies = request.state.cookies
    secret = request.cookies.get(cookies.kept, "")
    if not secret or not request.state.viewer.signed_in:
        return None
    fields = await kept_forms.read(ports.pool, fingerprint(secret))
    if fields is None or fields.get("parent") != parent:
        return None
    return msgspec.convert({name: value for name, value in fields.items() if name != "slug"}, ContributionForm)
