"""Contributions of one consultation that say nearly the same, read together: what each adds to the first, so that none is overlooked."""

import asyncio
import uuid
from collections.abc import Sequence
from time import monotonic

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
from server.store.connection import Connection, Pool
from server.store.reading import Listed
from server.web import wording
from server.web.citizen import number_in
from server.web.door import Door, page
from server.web.pages import Pages
from server.web.views import Crumb, Pagination

SHOWN = 10
"""Groups on one page, the largest first."""
KEPT_S = 60.0
"""For so long groups are shown again although something has happened since."""
MEMBERS = 50
"""Copies shown of one group; once these are ruled on, the next come up."""

_LISTS = {"cho": "waiting", "cong-khai": "visible"}


class CopyView(msgspec.Struct, frozen=True):
    """One contribution of a group. ``pieces`` tell what it keeps, adds and leaves out; ``own`` is left to another moderator."""

    id: int
    name: str
    seen: str
    pieces: tuple[Piece, ...]
    own: bool


class GroupView(msgspec.Struct, frozen=True):
    """A group with the words of its first and a fresh id for ruling on it; ``total`` contributions, of which ``copies`` are shown.
    ``choose_url`` comes back with all of these chosen, empty where they are."""

    text: str
    total: int
    command: str
    copies: tuple[CopyView, ...]
    choose_url: str


class CopiesPage(msgspec.Struct, frozen=True):
    """``moderation/copies.html``. ``list_name`` is the list of the queue, ``before`` how many groups stand on the pages before this."""

    crumbs: tuple[Crumb, ...]
    title: str
    title_lang: str
    slug: str
    list_name: str
    groups: tuple[GroupView, ...]
    before: int
    pagination: Pagination
    rules: tuple[tuple[str, str], ...]


class _Kept(msgspec.Struct, frozen=True):
    """Groups as they were after event ``seq``, at a moment of this process's clock, in seconds."""

    seq: int
    at_s: float
    groups: list[Group]


class Copies:
    """The page of groups. Those of each list are kept until something happens in the consultation, and for a minute in any case: to find
    them among 20,000 takes a second, and what was ruled on meanwhile is left out as the page is made."""

    def __init__(self, pool: Pool, pages: Pages) -> None:
        self._pool = pool
        self._pages = pages
        self._kept: dict[tuple[ConsultationId, str], _Kept] = {}

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
            groups = await self._groups(connection, listed, name)
            number = min(number_in(request, "trang") or 1, 1_000)
            start, on = (number - 1) * SHOWN, number * SHOWN
            here = groups[start:on]
            rows = await reading.read_contributions(connection, [id for one in here for id in one.members[:MEMBERS]])
        chosen = number_in(request, "chon")
        views: list[GroupView] = []
        for one in here:
            if one.first not in rows:
                continue
            first = rows[one.first].text
            copies = [
                CopyView(row.id, row.name, stand(row.revision, row.ruled_at), compare(first, row.text), viewer.person == row.author)
                for id in one.members[:MEMBERS]
                if (row := rows.get(id)) is not None and row.state == _LISTS[name]
            ]
            choose_url = "" if chosen == one.first else f"?muc={name}&trang={number}&chon={one.first}#nhom-{start + len(views) + 1}"
            views.append(GroupView(first, len(one.members), str(uuid.uuid4()), tuple(copies), choose_url))
        shown = CopiesPage(
            crumbs=(Crumb(_("Kiểm duyệt"), "/kiem-duyet"), Crumb(_("Ý kiến gần giống nhau"))),
            title=listed.title_en if viewer.lang == "en" and listed.title_en else listed.title,
            title_lang="en" if viewer.lang == "en" and listed.title_en else "vi",
            slug=listed.slug,
            list_name=name,
            groups=tuple(views),
            before=start,
            pagination=Pagination(
                f"?muc={name}&trang={number - 1}" if start else "", f"?muc={name}&trang={number + 1}" if len(groups) > on else ""
            ),
            rules=wording.rules(_),
        )
        return self._pages.render(request, "moderation/copies.html", page=shown)

    async def _groups(self, connection: Connection, listed: Listed, name: str) -> list[Group]:
        known = self._kept.get((listed.id, name))
        if known is None or (known.seq != listed.seq and monotonic() - known.at_s > KEPT_S):
            texts = await lists.texts_in(connection, listed.id, _LISTS[name])
            known = self._kept[listed.id, name] = _Kept(listed.seq, monotonic(), await asyncio.to_thread(group, texts))
        return known.groups
