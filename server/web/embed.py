"""A card of one consultation for the pages of others: an agency's portal shows it in a frame. It sets no cookie and runs no script."""

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.locale import language, translator
from server.web.citizen import Ports
from server.web.consultation_page import find_consultation, may_show_totals
from server.web.door import Door, page
from server.web.views import Crumb

FRAMED = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    ),
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=60",
}
"""What the card sets itself: every site may frame it, and nothing can be sent from it."""


class EmbedPages:
    """``origin`` is the address of the site without a path: the code to copy has it."""

    def __init__(self, ports: Ports, origin: str) -> None:
        self._ports = ports
        self._origin = origin

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/the/{language}", Action.READ_PUBLIC, self.card),
            page("/lay-y-kien/{slug}/nhung", Action.READ_PUBLIC, self.code),
        )

    async def card(self, request: Request) -> Response:
        """The card, the same for everybody."""
        anybody = request.state.viewer = Viewer(lang=language(request.path_params["language"]))
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, anybody, request.path_params["slug"])
            votes = may_show_totals(consultation)
            people = await self._ports.counts.people(connection, consultation.id, heard=votes and consultation.target is not None)
        head = self._ports.head(consultation, anybody)
        told = people.told(shown=votes)
        return self._ports.pages.render(request, "open/card.html", headers=FRAMED, head=head, origin=self._origin, told=told, votes=votes)

    async def code(self, request: Request) -> Response:
        """The code to copy, with the card as it will look."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
        head = self._ports.head(consultation, viewer)
        _ = translator(viewer.lang)
        crumbs = (Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Nhúng vào trang khác")))
        card = f"{head.url}/the/{viewer.lang}"
        code = f'<iframe src="{self._origin}{card}" title="{escape(head.title)}" width="360" height="420" loading="lazy"></iframe>'
        return self._ports.pages.render(request, "open/embed.html", crumbs=crumbs, head=head, card=card, code=code)
