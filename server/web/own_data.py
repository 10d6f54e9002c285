"""What the site holds about a person, in that person's own hands: to look at, to take away, and to have erased (Law 91/2025/QH15)."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.tree import search_key
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ContributionId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.consulting import Consulting
from server.store import reading
from server.web import refusals
from server.web.citizen import Ports, number_in
from server.web.consultation_page import contribution_view
from server.web.door import Door, form, page
from server.web.fields import number_of, text_of
from server.web.pages import redirect
from server.web.views import ConsultationHead, ContributionView, Crumb, FormError

MINE = "/y-kien-cua-toi"
_TYPED = frozenset({"xoa", "erase"})
"""What one types to confirm, without diacritics, in either language of the pages."""


class ErasurePage(msgspec.Struct, frozen=True):
    """``citizen/erase.html``: asks once more before one contribution is erased. ``command`` is a fresh UUID."""

    crumbs: tuple[Crumb, ...]
    contribution: ContributionView
    consultation: ConsultationHead
    command: str
    errors: tuple[FormError, ...] = ()


class OwnDataPages:
    """Doors to a person's own data."""

    def __init__(self, ports: Ports, consulting: Consulting) -> None:
        self._ports = ports
        self._consulting = consulting

    def doors(self) -> Sequence[Door]:
        return (
            page(MINE + "/xoa", Action.ERASE_OWN, self.ask_erasure),
            form(MINE + "/xoa", Action.ERASE_OWN, self.erase),
        )

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
            row = await reading.read_contribution(connection, contribution)
            if row is None or row.author is None or row.author != viewer.person:
                raise Refused("not_found")
            if row.erased_at is not None:
                raise Refused("already", state="erased")
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
