"""The pages that citizens read: the home page, a consultation, and all that is said of one place in it."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.tree import search_key
from server.identity.keys import fingerprint
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, QuestionId
from server.kernel.refused import Refused
from server.locale import translator
from server.store import kept_forms, lists, reading
from server.store.connection import Pool
from server.store.reading import NEWEST_ID, Listed
from server.web.consultation_page import WHOLE, Wish, find_consultation, fresh_form, read_page, standing_of
from server.web.cookies import Cookies
from server.web.counts import Counts
from server.web.door import Door, page
from server.web.heads import head_of
from server.web.pages import Pages
from server.web.texts import Texts
from server.web.threads import threads
from server.web.views import ConsultationHead, ContributionForm, Crumb, HomePage, Pagination, Place, PlacePage


def _(text: str) -> str:
    """Marks words for the catalogue."""
    return text


LISTED = 40
"""Consultations on one page of the home page."""

GONE = "khong-con"
"""Stands in addresses for words that the newest version has no more, or of which it is not certain where they are."""

SPOKEN = 50
"""Contributions on one page of a place."""

_ORDERS: tuple[tuple[str, lists.Order, str], ...] = (
    ("", "newest", _("Mới nhất")),
    ("ung-ho", "supported", _("Được ủng hộ nhiều nhất")),
    ("trai-chieu", "contested", _("Nhiều ý kiến trái chiều nhất")),
    ("chua-tra-loi", "unanswered", _("Chưa được trả lời")),
)
ORDERS: Mapping[str, lists.Order] = {asked: order for asked, order, _label in _ORDERS}

_LONGEST_QUERY = 200


class Ports(msgspec.Struct, frozen=True):
    """What the citizens' pages stand on. ``demo_agency`` is the slug of the agency whose consultations are samples."""

    pool: Pool
    pages: Pages
    texts: Texts
    counts: Counts
    demo_agency: str = ""

    def head(self, consultation: Listed, viewer: Viewer) -> ConsultationHead:
        """What is said of a consultation to this viewer."""
        return head_of(consultation, viewer.lang, demo=consultation.agency_slug == self.demo_agency)


class Reading:
    """Pages that change nothing."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def doors(self) -> Sequence[Door]:
        return (
            page("/", Action.READ_PUBLIC, self.home),
            page("/lay-y-kien/{slug}", Action.READ_PUBLIC, self.consultation),
            page("/lay-y-kien/{slug}/y-kien/{anchor}", Action.READ_PUBLIC, self.place),
        )

    async def home(self, request: Request) -> Response:
        """Open, announced and past consultations; with ``q``, those whose title has every word of it, diacritics or not."""
        viewer: Viewer = request.state.viewer
        query = " ".join(request.query_params.get("q", "")[:_LONGEST_QUERY].split())
        number = number_in(request, "trang") or 1
        async with self._ports.pool.acquire() as connection:
            found = await reading.list_published(connection, search_key(query), LISTED + 1, (min(number, 10_000) - 1) * LISTED)
        heads = [self._ports.head(one, viewer) for one in found[:LISTED]]

        def url(to: int) -> str:
            asked = urlencode({name: value for name, value in (("q", query), ("trang", str(to) if to > 1 else "")) if value})
            return f"/?{asked}" if asked else "/"

        by_phase = {phase: tuple(head for head in heads if head.phase == phase) for phase in ("open", "announced", "suspended")}
        shown = HomePage(
            query=query,
            found=tuple(heads) if query else (),
            open=by_phase["open"],
            announced=by_phase["announced"],
            suspended=by_phase["suspended"],
            past=tuple(head for head in heads if head.phase not in by_phase),
            pagination=Pagination(url(number - 1) if number > 1 else "", url(number + 1) if len(found) > LISTED else ""),
        )
        return self._ports.pages.render(request, "citizen/home.html", page=shown)

    async def consultation(self, request: Request) -> Response:
        """The page of a consultation, with what the address and the browser ask of it besides."""
        node = request.query_params.get("gop-y")
        wish = Wish(
            form=fresh_form(request.state.viewer, "" if node == WHOLE else node) if node is not None else None,
            sent=number_in(request, "da-gui"),
        )
        return await show(self._ports, request, await kept_wish(self._ports, request, wish))

    async def place(self, request: Request) -> Response:
        """All contributions at one điều, annex, about the whole draft, or about words that are gone, a page at a time."""
        ports, viewer = self._ports, request.state.viewer
        _ = translator(viewer.lang)
        anchor, before, after = request.path_params["anchor"], number_in(request, "truoc"), number_in(request, "sau")
        order = ORDERS.get(request.query_params.get("xep", ""), "newest")
        async with ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            text = await ports.texts.read(connection, consultation)
            node = None if anchor == WHOLE else lists.GONE if anchor == GONE else text.listing_at(anchor)
            if node is None and anchor != WHOLE:
                raise Refused("not_found")
            if order != "newest":
                rank, _sep, last = request.query_params.get("tiep", "").partition("-")
                place_after = (int(rank), int(last)) if is_number(rank) and is_number(last) else lists.BEGINNING
                rows = await lists.page(connection, consultation.id, node or "whole", order, place_after, SPOKEN + 1)
                older, newer, rows = len(rows) > SPOKEN, place_after != lists.BEGINNING, rows[:SPOKEN]
            elif after is None:
                rows = await reading.page_of_place(connection, consultation.id, node, ContributionId(before or NEWEST_ID), SPOKEN + 1)
                older, rows = len(rows) > SPOKEN, rows[:SPOKEN]
                newer = before is not None
            else:
                rows = await reading.page_back_of_place(connection, consultation.id, node, ContributionId(after), SPOKEN + 1)
                newer, rows = len(rows) > SPOKEN, rows[-SPOKEN:]
                older = True
            total = await reading.visible_total(connection, consultation.id, node)
            shown_threads = await threads(connection, ports.texts, viewer, consultation, rows)
        head = ports.head(consultation, viewer)
        if anchor == GONE:
            label = _("lời không còn, hoặc chưa xác định được chỗ, trong phiên bản %(number)s", number=consultation.version)
        else:
            label = text.name(node, viewer.lang)[0] or _("toàn văn")
        url = f"{head.url}/y-kien/{anchor}"
        shown = PlacePage(
            head=head,
            crumbs=(Crumb(head.title, head.page_url, head.title_lang), Crumb(_("Ý kiến về %(label)s", label=label))),
            place=Place(
                node=node or "",
                label=label,
                anchor=anchor,
                total=total,
                newest=tuple(thread.voice for thread in shown_threads),
                all_url=url,
                write_url="",
            ),
            pagination=_pagination(url, order, rows, newer=newer, older=older),
            threads=shown_threads,
            orders=tuple((_(label), f"{url}?xep={asked}" if asked else url, key == order) for asked, key, label in _ORDERS),
            standing=standing_of(viewer, consultation),
            here=ports.pages.here(request),
        )
        return ports.pages.render(request, "citizen/place.html", page=shown)


def _pagination(url: str, order: lists.Order, rows: Sequence[reading.Row], *, newer: bool, older: bool) -> Pagination:
    """The pages around this one. In orders that change while one reads, the way back is to the beginning."""
    if not rows:
        return Pagination()
    if order == "newest":
        return Pagination(f"{url}?sau={rows[0].id}" if newer else "", f"{url}?truoc={rows[-1].id}" if older else "")
    asked = next(asked for asked, key, _label in _ORDERS if key == order)
    rank, last = lists.place_in(order, rows[-1])
    return Pagination(f"{url}?xep={asked}" if newer else "", f"{url}?xep={asked}&tiep={rank}-{last}" if older else "")


async def show(ports: Ports, request: Request, wish: Wish, *, refusal: str = "", status: int = 200) -> Response:
    """The page of the consultation that the address names; ``refusal`` is a sentence about a form that was not accepted."""
    viewer: Viewer = request.state.viewer
    async with ports.pool.acquire() as connection:
        consultation = await find_consultation(connection, viewer, request.path_params["slug"])
        demo = consultation.agency_slug == ports.demo_agency
        shown = await read_page(connection, ports.texts, ports.counts, viewer, consultation, wish, demo=demo)
    if refusal:
        return ports.pages.render(request, "citizen/consultation.html", status=status, page=shown, notices=(("bad", refusal),))
    return ports.pages.render(request, "citizen/consultation.html", status=status, page=shown)


async def kept_wish(ports: Ports, request: Request, wish: Wish) -> Wish:
    """``wish``, with what this browser wrote here before it had to sign in."""
    viewer: Viewer = request.state.viewer
    cookies: Cookies = request.state.cookies
    secret = request.cookies.get(cookies.kept, "")
    if not secret or not viewer.signed_in:
        return wish
    form = await kept_forms.read(ports.pool, fingerprint(secret))
    if form is None or form["slug"] != request.path_params["slug"]:
        return wish
    if "question" in form:
        return msgspec.structs.replace(wish, chosen=(QuestionId(form["question"]), int(form["choice"])))
    written = msgspec.convert({name: value for name, value in form.items() if name != "slug"}, ContributionForm)
    return wish if written.parent is not None else msgspec.structs.replace(wish, form=written)


def number_in(request: Request, name: str) -> int | None:
    """A whole number from 1 to 2**62 in the query, or nothing: what is not one is as good as left out."""
    text = request.query_params.get(name, "")
    number = int(text) if is_number(text) else 0
    return number if 0 < number <= NEWEST_ID else None


def is_number(text: str) -> bool:
    """Whether a part of an address is a whole number of at most 18 digits."""
    return text.isascii() and text.isdigit() and len(text) < 19
