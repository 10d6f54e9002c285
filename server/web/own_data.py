"""What the site holds about a person, in that person's own hands: to look at, to take away, and to have erased (Law 91/2025/QH15)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.tree import search_key
from server.identity.confirming import ERASURE, Confirming
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.realtime.erasing import Erasing
from server.realtime.votes import voter_key
from server.store import identity, reading
from server.store.erasing import voter_secrets
from server.store.own_data import Held, read_held
from server.web import refusals
from server.web.citizen import Ports, number_in
from server.web.consultation_page import contribution_view, own_contribution
from server.web.cookies import Cookies
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import redirect
from server.web.views import ConsultationHead, ContributionView, Crumb, FormError

MINE, DATA = "/y-kien-cua-toi", "/du-lieu-cua-toi"
_TYPED = frozenset({"xoa", "erase"})
"""What one types to confirm, without diacritics, in either language of the pages."""


class ErasurePage(msgspec.Struct, frozen=True):
    """``citizen/erase.html``: asks once more before one contribution is erased. ``command`` is a fresh UUID."""

    crumbs: tuple[Crumb, ...]
    contribution: ContributionView
    consultation: ConsultationHead
    command: str
    errors: tuple[FormError, ...] = ()


class HeldPage(msgspec.Struct, frozen=True):
    """``citizen/own_data.html``: ``counts`` is how many there are of each of ``server.store.own_data.TABLES``."""

    crumbs: tuple[Crumb, ...]
    email: str
    name: str
    since: datetime
    counts: Mapping[str, int]


class AccountErasurePage(msgspec.Struct, frozen=True):
    """``citizen/erase_account.html``. ``hindered`` says why it cannot be done now, ``sent`` that a code is on its way to ``email``."""

    crumbs: tuple[Crumb, ...]
    email: str
    sent: bool
    hindered: str = ""
    errors: tuple[FormError, ...] = ()


class OwnDataPages:
    """Doors to a person's own data. ``wake`` says that a job has been committed."""

    def __init__(self, ports: Ports, consulting: Consulting, erasing: Erasing, confirming: Confirming, wake: Callable[[], None]) -> None:
        self._ports = ports
        self._consulting = consulting
        self._erasing = erasing
        self._confirming = confirming
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        return (
            page(MINE + "/xoa", Action.ERASE_OWN, self.ask_erasure),
            form(MINE + "/xoa", Action.ERASE_OWN, self.erase),
            page(DATA, Action.ERASE_OWN, self.held),
            page(DATA + "/tai-ve", Action.ERASE_OWN, self.take_away),
            page(DATA + "/xoa", Action.ERASE_OWN, self.ask_account_erasure),
            form(DATA + "/ma", Action.ERASE_OWN, self.send_code),
            form(DATA + "/xoa", Action.ERASE_OWN, self.erase_account),
        )

    # --- what is held --------------------------------------------------------------------------------------------------

    async def held(self, request: Request) -> Response:
        """What there is, counted, and what can be done with it."""
        _ = translator(request.state.viewer.lang)
        held = await self._read(request)
        [account] = held["account"]
        shown = HeldPage(
            crumbs=(Crumb(_("Dữ liệu của tôi")),),
            email=account["email"],
            name=account["name"],
            since=account["created_at"],
            counts={name: len(rows) for name, rows in held.items()},
        )
        return self._ports.pages.render(request, "citizen/own_data.html", page=shown)

    async def take_away(self, request: Request) -> Response:
        """All of it as one file that other programs read."""
        body = msgspec.json.format(msgspec.json.encode(await self._read(request)), indent=2)
        kept = {"content-disposition": 'attachment; filename="du-lieu-cua-toi.json"', "cache-control": "no-store"}
        return Response(body, media_type="application/json", headers=kept)

    async def _read(self, request: Request) -> Held:
        viewer: Viewer = request.state.viewer
        assert viewer.person is not None
        async with self._ports.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            voters = {id: voter_key(secret, viewer.person) for id, secret in await voter_secrets(connection)}
            return await read_held(connection, viewer.person, voters)

    # --- the whole account ---------------------------------------------------------------------------------------------

    async def ask_account_erasure(self, request: Request) -> Response:
        """Says what goes and what stays, and has a code sent first."""
        return await self._account_page(request, sent="ma" in request.query_params)

    async def send_code(self, request: Request) -> Response:
        try:
            await self._erasing.check(request.state.viewer)
            await self._confirming.request_code(request.state.viewer, ERASURE)
        except Refused as refused:
            return await self._account_page(request, sent=False, refused=refused)
        self._wake()
        return redirect(request, DATA + "/xoa", notice="erasure_code_sent", ma="1")

    async def erase_account(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        typed, meant = await text_of(request, "code", 1_000), await confirmed(request)
        try:
            if not meant:
                raise Refused("not_confirmed", field="confirmation")
            await self._erasing.check(viewer)
            await self._confirming.confirm(viewer, ERASURE, typed)
            await self._erasing.erase_account(viewer)
        except Refused as refused:
            return await self._account_page(request, sent=True, refused=refused)
        self._wake()
        response = redirect(request, "/", notice="account_erased")
        cookies: Cookies = request.state.cookies
        cookies.drop(response, cookies.session)
        return response

    async def _account_page(self, request: Request, *, sent: bool, refused: Refused | None = None) -> Response:
        viewer: Viewer = request.state.viewer
        assert viewer.person is not None
        _ = translator(viewer.lang)
        contact = await identity.read_contact(self._ports.pool, viewer.person)
        hindered = ""
        try:
            await self._erasing.check(viewer)
        except Refused as why:
            hindered = refusals.sentence(why, viewer.lang)
        shown = AccountErasurePage(
            crumbs=(Crumb(_("Dữ liệu của tôi"), DATA), Crumb(_("Xóa tài khoản"))),
            email=contact.email if contact else "",
            sent=sent,
            hindered=hindered,
            errors=() if refused is None else said_beside(str(refused.detail.get("field", "code")), refused, viewer),
        )
        status = 200 if refused is None else refusals.status_of(refused)
        return self._ports.pages.render(request, "citizen/erase_account.html", status=status, page=shown, errors=shown.errors)

    # --- one contribution ----------------------------------------------------------------------------------------------

    async def ask_erasure(self, request: Request) -> Response:
        """Shows the contribution once more before its words are destroyed."""
        return await self._erasure_page(request, ContributionId(number_in(request, "y-kien") or 0))

    async def erase(self, request: Request) -> Response:
        contribution = ContributionId(await number_of(request, "contribution"))
        command = CommandId(await text_of(request, "id", 100))
        if not await confirmed(request):
            return await self._erasure_page(request, contribution, command, Refused("not_confirmed"))
        await self._consulting.change_own(request.state.viewer, command, c.Erase(contribution))
        return redirect(request, MINE, notice="contribution_erased")

    async def _erasure_page(
        self, request: Request, contribution: ContributionId, command: str = "", refused: Refused | None = None
    ) -> Response:
        """Raises: Refused ``not_found`` for what is not one's own, ``already`` (``erased``)."""
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._ports.pool.acquire() as connection:
            row = await own_contribution(connection, viewer, contribution)
            [consultation] = (await reading.read_consultations(connection, [row.consultation])).values()
            text = await self._ports.texts.read(connection, consultation)
        shown = ErasurePage(
            crumbs=(Crumb(_("Ý kiến của tôi"), MINE), Crumb(_("Xóa nội dung ý kiến"))),
            contribution=contribution_view(row, text, viewer.lang, consultation.slug),
            consultation=self._ports.head(consultation, viewer),
            command=command or str(uuid4()),
            errors=said_beside("confirmation", refused, viewer),
        )
        status = 200 if refused is None else refusals.status_of(refused)
        return self._ports.pages.render(request, "citizen/erase.html", status=status, page=shown, errors=shown.errors)


async def confirmed(request: Request) -> bool:
    """Whether the word was typed by which one says that one means it."""
    return search_key(await text_of(request, "confirmation", 200)) in _TYPED


def said_beside(field: str, refused: Refused | None, viewer: Viewer) -> tuple[FormError, ...]:
    """A refusal as it is said beside a field."""
    return () if refused is None else (FormError(field, refusals.sentence(refused, viewer.lang)),)
