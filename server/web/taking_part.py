"""Taking part by forms, without scripts: contributing, voting, and looking after one's own contributions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.identity.keys import Keys, fingerprint, new_secret
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId, NodeId, consultation_topic
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.realtime.votes import VoteWriter
from server.store import kept_forms, reading
from server.store.connection import Connection
from server.store.reading import NEWEST_ID, Row
from server.store.requests import take_place
from server.web import refusals, wording
from server.web.answers import public_answers
from server.web.citizen import Ports, number_in, show
from server.web.consultation_page import WHOLE, Wish, contribution_view, find_consultation
from server.web.cookies import Cookies
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import redirect
from server.web.views import AnswerView, ContributionForm, Crumb, FormError, MyContribution, MyContributionsPage, Pagination, WithdrawalPage

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
        written = ContributionForm(
            command=await text_of(request, "id", 100),
            node=await text_of(request, "node", 100),
            name=await text_of(request, "name", _FORM_BYTES),
            text=await text_of(request, "text", _FORM_BYTES),
        )
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            text = await self._ports.texts.read(connection, consultation)
        place = text.anchors.get(text.places.get(NodeId(written.node), NodeId("")), WHOLE)
        address = self._ports.head(consultation, viewer).page_url
        if not viewer.signed_in:
            kept = {"id": written.command, "node": written.node, "name": written.name, "text": written.text}
            return await self._sign_in_first(request, kept, f"{address}#gop-y-{place}")
        require(viewer, Action.CONTRIBUTE, agency=consultation.agency)
        try:
            answer = await self._consulting.contribute(
                viewer, CommandId(written.command), consultation.id, written.node or None, written.text, written.name
            )
        except Refused as refused:
            return await self._show_again(request, written, refused, place)
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
            topics=tuple((consultation_topic(one.id), one.seq) for one in consultations.values()),
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
        for consultation in consultations.values():
            ids = [row.id for row in rows if row.consultation == consultation.id and row.state == "visible"]
            given |= await public_answers(connection, self._ports.texts, consultation, ids, viewer.lang)
        return tuple(
            MyContribution(
                contribution=contribution_view(row, texts[row.consultation], viewer.lang, given.get(row.id)),
                consultation=self._ports.head(consultations[row.consultation], viewer),
                rule=wording.rule(row.rule, _) if row.rule else "",
                reason=row.reason,
            )
            for row in rows
        )

    async def _show_again(self, request: Request, written: ContributionForm, refused: Refused, place: str) -> Response:
        """The page with the form as it was written, and what is wrong with it."""
        viewer: Viewer = request.state.viewer
        sentence = refusals.sentence(refused, viewer.lang)
        field = {"empty": refused.detail.get("field"), "too_long": refused.detail.get("field"), "not_found": "node"}.get(refused.code)
        errors = (FormError(f"{field}-{place}", sentence),) if field else ()
        command = written.command if errors and _is_uuid(written.command) else str(uuid4())  # one that met a conflict is spent
        again = ContributionForm(command, written.node, written.name, written.text, errors)
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


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
