"""Contributions of one consultation that say nearly the same, read together: what each adds to the first, so that none is overlooked."""

import asyncio
import uuid
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.contribution import stand
from consultations.duplicates import Group, Piece, compare, group
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import ConsultationId
from server.kernel.refused import Refused
from server.locale import translator
from server.store import lists, reading
from server.store.connection import Pool
from server.web import wording
from server.web.door import Door, page
from server.web.pages import Pages
from server.web.views import Crumb

SHOWN = 20
"""Groups on the page, the largest first."""
MEMBERS = 100
"""Copies shown of one group."""

_LISTS = {"cho": "waiting", "cong-khai": "visible"}


class CopyView(msgspec.Struct, frozen=True):
    """One contribution of a group. ``pieces`` tell what it keeps, adds and leaves out; ``own`` is left to another moderator."""

    id: int
    name: str
    seen: str
    pieces: tuple[Piece, ...]
    own: bool


class GroupView(msgspec.Struct, frozen=True):
    """A group with the words of its first and a fresh id for ruling on it; ``total`` contributions, of which ``copies`` are shown."""

    text: str
    total: int
    command: str
    copies: tuple[CopyView, ...]


class CopiesPage(msgspec.Struct, frozen=True):
    """``moderation/copies.html``. ``list_name`` is the list of the queue, ``more`` how many groups are not shown."""

    crumbs: tuple[Crumb, ...]
    title: str
    title_lang: str
    slug: str
    list_name: str
    groups: tuple[GroupView, ...]
    more: int
    rules: tuple[tuple[str, str], ...]


class Copies:
    """The page of groups. The last groups of each list are kept until something happens in the consultation."""

    def __init__(self, pool: Pool, pages: Pages) -> None:
        self._pool = pool
        self._pages = pages
        self._kept: dict[tuple[ConsultationId, str], tuple[int, list[Group]]] = {}

    def doors(self) -> Sequence[Door]:
        return (page("/kiem-duyet/giong-nhau/{slug}", Action.READ_QUEUE, self.show),)

    async def show(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        name = request.query_params.get("muc", "")
        name = name if name in _LISTS else "cho"
        async with self._pool.acquire() as connection:
            listed = await reading.read_consultation(connection, request.path_params["slug"])
            if listed is None or not may(viewer, Action.READ_QUEUE, agency=listed.agency):
                raise Refused("not_found")
            known = self._kept.get((listed.id, name))
            if known is None or known[0] != listed.seq:
                texts = await lists.texts_in(connection, listed.id, _LISTS[name])
                known = self._kept[listed.id, name] = listed.seq, await asyncio.to_thread(group, texts)
            groups = known[1]
            rows = await reading.read_contributions(connection, [id for one in groups[:SHOWN] for id in one.members[:MEMBERS]])
        views = []
        for one in groups[:SHOWN]:
            if one.first not in rows:
                continue
            first = rows[one.first].text
            copies = [
                CopyView(row.id, row.name, stand(row.revision, row.ruled_at), compare(first, row.text), viewer.person == row.author)
                for id in one.members[:MEMBERS]
                if (row := rows.get(id)) is not None and row.state == _LISTS[name]
            ]
            views.append(GroupView(first, len(one.members), str(uuid.uuid4()), tuple(copies)))
        shown = CopiesPage(
            crumbs=(Crumb(_("Kiểm duyệt"), "/kiem-duyet"), Crumb(_("Ý kiến gần giống nhau"))),
            title=listed.title_en if viewer.lang == "en" and listed.title_en else listed.title,
            title_lang="en" if viewer.lang == "en" and listed.title_en else "vi",
            slug=listed.slug,
            list_name=name,
            groups=tuple(views),
            more=max(0, len(groups) - SHOWN),
            rules=wording.rules(_),
        )
        return self._pages.render(request, "moderation/copies.html", page=shown)
