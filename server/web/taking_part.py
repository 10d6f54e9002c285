"""Taking part by forms, without scripts: contributing, voting, and looking after one's own contributions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import quote
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consultations import commands as c
from consultations.contribution import Kind, Side
from server.identity.keys import Keys, fingerprint, new_secret
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId, NodeId, consultation_topic
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.realtime.limits import MOST_TOPICS
from server.realtime.votes import VoteWriter
from server.store import kept_forms, reading
from server.store.connection import Connection
from server.store.reading import NEWEST_ID, Row
from server.store.requests import take_place
from server.web import refusals, wording
from server.web.answers import public_answers
from server.web.citizen import Ports, number_in, show
from server.web.consultation_page import WHOLE, Wish, contribution_view, find_consultation, voice_url
from server.web.cookies import Cookies
from server.web.door import Door, form, page
from server.web.fates import read_fates
from server.web.fields import text_of
from server.web.own_views import MyContribution, MyContributionsPage, WithdrawalPage
from server.web.pages import redirect
from server.web.views import AnswerView, ContributionForm, Crumb, Fate, FormError, Pagination
from server.web.voices import show_voice

MINE = "/y-kien-cua-toi"

OWN = 50
"""Own contributions on one page."""

_FORM_BYTES = 128 << 10  # the longest contribution in decomposed letters, percent-encoded
_KEPT_S = 3600
_HOUR = timedelta(hours=1)


class TakingPart:
    """Forms of citizens. They go through the same doors of the server below as commands over the live socket.

    ``kept_per_address`` is how many forms an hour from one network address are kept for who must sign in first: as many as there may
    be sign-in codes, for without a code a kept form is of no use.
    """

    def __init__(self, ports: Ports, consulting: Consulting, votes: VoteWriter, keys: Keys, kept_per_address: int) -> None:
        self._ports = ports
        self._consulting = consulting
        self._votes = votes
        self._keys = keys
        self._kept_per_address = kept_per_address

    def doors(self) -> Sequence[Door]:
        # The first two take what a visitor sends as well: their session may have ended while they wrote.
        return (
            form("/lay-y-kien/{slug}/gop-y", Action.READ_PUBLIC, self.contribute, limit=_FORM_BYTES),
            form("/lay-y-kien/{slug}/bieu-quyet", Action.READ_PUBLIC, self.vote),
            page("/lay-y-kien/{slug}/gop-y", Action.READ_PUBLIC, self.back),
            page("/lay-y-kien/{slug}/bieu-quyet", Action.READ_PUBLIC, self.back),
            page(MINE, Action.SEE_OWN, self.mine),
            page(MINE + "/rut", Action.WITHDRAW_OWN, self.ask_withdrawal),
            form(MINE + "/rut", Action.WITHDRAW_OWN, self.withdraw),
        )

    async def contribute(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        written = await read_form(request)
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            text = await self._ports.texts.read(connection, consultation)
        place = text.anchors.get(text.places.get(NodeId(written.node), NodeId("")), WHOLE)
        address = self._ports.head(consultation, viewer).page_url
        if not viewer.signed_in:
            after = f"{address}#gop-y-{place}" if written.parent is None else voice_url(consultation.slug, ContributionId(written.parent))
            return await self._sign_in_first(request, msgspec.to_builtins(written), after)
        require(viewer, Action.CONTRIBUTE, agency=consultation.agency)
        if await text_of(request, "act", 20) == "de-xuat":
            words = text.content_of(NodeId(written.node))
            refused = None if words else Refused("not_found")
            again = written if refused else replace(written, suggestion=words)
            return await self._show_again(request, again, refused, place)
        try:
            answer = await self._consulting.speak(viewer, CommandId(written.command), consultation.id, said(written))
        except Refused as refused:
            return await self._show_again(request, written, refused, place)
        if written.parent is not None:
            return await self._sent(request, f"{voice_url(consultation.slug, ContributionId(written.parent))}?da-gui={answer.contribution}")
        return await self._sent(request, f"{address}?da-gui={answer.contribution}#da-gui")

    async def vote(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        question, choice = await text_of(request, "question", 100), await text_of(request, "choice", 100)
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            text = await self._ports.texts.read(connection, consultation)
        asked = next((one for one in text.questions if str(one.id) == question), None)
        if asked is None:
            raise Refused("not_found")
        if choice not in {str(number) for number in range(asked.options)}:
            refused = Refused("bad_choice")
            return await show(
                self._ports, request, Wish(), refusal=refusals.sentence(refused, viewer.lang), status=refusals.status_of(refused)
            )
        address = f"{self._ports.head(consultation, viewer).page_url}#{text.anchor_of(asked)}"
        if not viewer.signed_in:
            return await self._sign_in_first(request, {"question": asked.id, "choice": int(choice)}, address)
        require(viewer, Action.VOTE, agency=consultation.agency)
        assert viewer.person is not None
        try:
            # A vote repeated by a double submit changes nothing, so its id need not come from the page.
            await self._votes.cast(viewer.person, CommandId(str(uuid4())), asked.id, int(choice))
        except Refused as refused:
            return await show(
                self._ports, request, Wish(), refusal=refusals.sentence(refused, viewer.lang), status=refusals.status_of(refused)
            )
        return await self._sent(request, address)

    async def back(self, request: Request) -> Response:
        """Who reloads, or asks for another language of, a page that answered a form is led to the consultation."""
        return redirect(request, f"/lay-y-kien/{quote(request.path_params['slug'])}")

    async def mine(self, request: Request) -> Response:
        """One's own contributions in every state, with what a moderator said of those that were hidden."""
        viewer: Viewer = request.state.viewer
        assert viewer.person is not None
        _ = translator(viewer.lang)
        before = number_in(request, "truoc")
        async with self._ports.pool.acquire() as connection:
            rows = await reading.own_contributions(connection, viewer.person, ContributionId(before or NEWEST_ID), OWN + 1)
            more, rows = len(rows) > OWN, rows[:OWN]
            consultations = await reading.read_consultations(connection, list({row.consultation for row in rows}))
            items = await self._items(connection, viewer, rows, consultations)
        shown = MyContributionsPage(
            crumbs=(Crumb(_("Ý kiến của tôi")),),
            items=items,
            topics=tuple((consultation_topic(one.id), one.seq) for one in list(consultations.values())[:MOST_TOPICS]),
            pagination=Pagination(MINE if before else "", f"{MINE}?truoc={rows[-1].id}" if more else ""),
        )
        return self._ports.pages.render(request, "citizen/mine.html", page=shown)

    async def ask_withdrawal(self, request: Request) -> Response:
        """Shows the contribution once more before it is withdrawn."""
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._ports.pool.acquire() as connection:
            row = await reading.read_contribution(connection, ContributionId(number_in(request, "y-kien") or 0))
            if row is None or row.author != viewer.person:
                raise Refused("not_found")
            if row.state == "withdrawn":
                raise Refused("already", state="withdrawn")
            consultations = await reading.read_consultations(connection, [row.consultation])
            [item] = await self._items(connection, viewer, [row], consultations)
        crumbs = (Crumb(_("Ý kiến của tôi"), MINE), Crumb(_("Rút ý kiến")))
        return self._ports.pages.render(request, "citizen/withdraw.html", page=WithdrawalPage(crumbs, item, str(uuid4())))

    async def withdraw(self, request: Request) -> Response:
        contribution = await text_of(request, "contribution", 100)
        if not (contribution.isascii() and contribution.isdigit()) or not 0 < int(contribution) <= NEWEST_ID:
            raise Refused("not_found")
        command = CommandId(await text_of(request, "id", 100))
        await self._consulting.withdraw(request.state.viewer, command, ContributionId(int(contribution)))
        return redirect(request, MINE, notice="contribution_withdrawn")

    async def _items(
        self, connection: Connection, viewer: Viewer, rows: list[Row], consultations: Mapping[Any, reading.Listed]
    ) -> tuple[MyContribution, ...]:
        _ = translator(viewer.lang)
        texts = {id: await self._ports.texts.read(connection, consultation) for id, consultation in consultations.items()}
        given: dict[ContributionId, AnswerView] = {}
        fates: dict[ContributionId, Fate] = {}
        for consultation in consultations.values():
            ids = [row.id for row in rows if row.consultation == consultation.id and row.state == "visible"]
            given |= await public_answers(connection, self._ports.texts, consultation, ids, viewer.lang)
            its = [row for row in rows if row.consultation == consultation.id]
            fates |= await read_fates(connection, self._ports.texts, consultation, its, viewer.lang)
        return tuple(
            MyContribution(
                contribution=contribution_view(
                    row, texts[row.consultation], viewer.lang, consultations[row.consultation].slug, given.get(row.id), fates.get(row.id)
                ),
                consultation=self._ports.head(consultations[row.consultation], viewer),
                rule=wording.rule(row.rule, _) if row.rule else "",
                reason=row.reason,
                editable=row.erased_at is None and row.state in ("visible", "waiting") and consultations[row.consultation].phase == "open",
            )
            for row in rows
        )

    async def _show_again(self, request: Request, written: ContributionForm, refused: Refused | None, place: str) -> Response:
        """The page with the form as it was written, and what is wrong with it."""
        viewer: Viewer = request.state.viewer
        if refused is None:
            return await show(self._ports, request, Wish(form=replace(written, command=_uuid(written.command))))
        sentence = refusals.sentence(refused, viewer.lang)
        named = refused.detail.get("field") if refused.code in ("empty", "too_long") else FIELDS.get(refused.code)
        if written.parent is not None:
            place = "tra-loi"
        errors = (FormError(f"{named}-{place}", sentence),) if named else ()
        command = _uuid(written.command) if errors else str(uuid4())  # one that met a conflict is spent
        again = replace(written, command=command, errors=errors)
        if written.parent is not None:
            shown = None if errors else sentence
            return await show_voice(self._ports, request, ContributionId(written.parent), again, shown or "", refusals.status_of(refused))
        return await show(self._ports, request, Wish(form=again), refusal="" if errors else sentence, status=refusals.status_of(refused))

    async def _sign_in_first(self, request: Request, fields: dict[str, Any], after: str) -> Response:
        """Keeps what was written, and comes back to it when the viewer has signed in.

        Raises: Refused ``rate_limited``; the browser still holds what was written.
        """
        cookies: Cookies = request.state.cookies
        secret, subject = new_secret(), self._keys.subject("kept address", request.state.address)
        async with self._ports.pool.acquire() as connection, connection.transaction():
            wait_s = await take_place(connection, "kept address", subject, self._kept_per_address, _HOUR)
            if wait_s:
                raise Refused("rate_limited", retry_after_s=wait_s)
            await kept_forms.keep(connection, fingerprint(secret), fields | {"slug": request.path_params["slug"]})
        response = redirect(request, "/dang-nhap", next=after)
        cookies.set_secret(response, cookies.kept, secret, _KEPT_S)
        return response

    async def _sent(self, request: Request, address: str) -> Response:
        """On to ``address``, and what had been kept of a form is forgotten."""
        cookies: Cookies = request.state.cookies
        response = RedirectResponse(address, 303)
        secret = request.cookies.get(cookies.kept, "")
        if secret:
            await kept_forms.drop(self._ports.pool, fingerprint(secret))
            cookies.drop(response, cookies.kept)
        return response


FIELDS = {"not_found": "node", "bad_quote": "quote", "quoted_twice": "quote", "not_allowed": "kind"}
"""Beside which field a refusal is said."""

_OWN_PAGE = ("name", "text", "quote", "before", "after", "suggestion")


async def read_form(request: Request) -> ContributionForm:
    """A contribution as it was written. Raises Refused ``bad_input``."""
    given = {name: await text_of(request, name, _FORM_BYTES) for name in _OWN_PAGE}
    given |= {name: await text_of(request, name, 100) for name in ("node", "side", "kind")}
    parent, version = await text_of(request, "parent", 20), await text_of(request, "version", 9)
    suggests = "suggestion" in await request.form()
    return ContributionForm(
        command=await text_of(request, "id", 100),
        node=given["node"],
        name=given["name"],
        text=given["text"],
        version=int(version) if version.isascii() and version.isdigit() else 1,
        quote=given["quote"],
        before=given["before"],
        after=given["after"],
        side=given["side"] if given["side"] in get_args(Side) else "",
        kind=given["kind"] if given["kind"] in get_args(Kind) else "citizen",
        suggestion=given["suggestion"] if suggests else None,
        parent=int(parent) if parent.isascii() and parent.isdigit() and int(parent) <= NEWEST_ID else None,
    )


def said(written: ContributionForm) -> c.Contribute:
    """What the form asks of the consultation."""
    return c.Contribute(
        node=NodeId(written.node) if written.node else None,
        text=written.text,
        name=written.name,
        version=written.version,
        quote=written.quote if written.quote.strip() else "",
        before=written.before,
        after=written.after,
        parent=None if written.parent is None else ContributionId(written.parent),
        side=written.side or None,  # type: ignore[arg-type]
        kind=written.kind,  # type: ignore[arg-type]
        suggestion=written.suggestion,
        base="0" * 64 if written.suggestion is not None else None,  # the words of that version are known where it is carried out
    )


def _uuid(text: str) -> str:
    """The text, or a fresh id if it is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid4())
