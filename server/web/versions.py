"""The versions of a draft before the public: each as it was, and what any two of them differ in."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from consultations.comparing import Run
from server.identity.policy import Action
from server.kernel.ids import NodeId, QuestionId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store import drafts, votes
from server.web.citizen import Ports, Reading, number_in
from server.web.comparison import Comparison, Comparisons, Section, sections
from server.web.consultation_page import find_consultation, may_show_totals
from server.web.door import Door, page
from server.web.texts import Text
from server.web.views import ConsultationHead, Crumb, NodeBlock, TocEntry, VoteBox

SIDE_BY_SIDE, ALL = "song-song", "tat-ca"


class Look(msgspec.Struct, frozen=True):
    """How a reader wants a comparison: ``view`` is ``mot-cot`` or ``song-song``, ``part`` ``thay-doi`` or ``tat-ca``."""

    view: str = "mot-cot"
    part: str = "thay-doi"


class ComparisonView(msgspec.Struct, frozen=True):
    """Two versions side by side or in line. ``counts`` are lines by what happened to them; ``contents`` has every section in which
    something changed. ``title`` is empty where the title is the same. ``ways`` lead to the same comparison looked at otherwise."""

    old: int
    new: int
    look: Look
    title: tuple[Run, ...]
    sections: tuple[Section, ...]
    contents: tuple[Section, ...]
    counts: Mapping[str, int]
    ways: Mapping[str, str]


class VersionPage(msgspec.Struct, frozen=True):
    """An earlier version as it stood. ``numbers`` are all versions; ``votes`` are by node and can only be looked at."""

    head: ConsultationHead
    crumbs: tuple[Crumb, ...]
    number: int
    newest: int
    toc: tuple[TocEntry, ...]
    nodes: tuple[NodeBlock, ...]
    votes: Mapping[str, VoteBox]
    text_lang: str


class Versions:
    """Pages that anybody reads."""

    def __init__(self, ports: Ports, reading: Reading) -> None:
        self._ports = ports
        self._reading = reading
        self._comparisons = Comparisons(ports.pool)

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/v{version:int}", Action.READ_PUBLIC, self.version),
            page("/lay-y-kien/{slug}/so-sanh", Action.READ_PUBLIC, self.compare),
        )

    async def version(self, request: Request) -> Response:
        """The page of the consultation where the version is the newest; else the text as it was, to be looked at."""
        ports, viewer, number = self._ports, request.state.viewer, request.path_params["version"]
        async with ports.pool.acquire() as connection:
            found = await find_consultation(connection, viewer, request.path_params["slug"])
            if number == found.version:
                text = None
            elif 0 < number < found.version:
                text = await ports.texts.read(connection, found, number)
                people = (await votes.read_totals(connection, found.id)).people if may_show_totals(found) else {}
            else:
                raise Refused("not_found")
        if text is None:
            return await self._reading.consultation(request)
        _ = translator(viewer.lang)
        head = replace(ports.head(found, viewer), version=number)
        words = text.words.get(viewer.lang)
        shown = VersionPage(
            head=head,
            crumbs=(Crumb(head.title, head.url, head.title_lang), Crumb(_("Phiên bản %(number)s", number=number))),
            number=number,
            newest=found.version,
            toc=words.toc if words else (),
            nodes=words.blocks if words else (),
            votes=_votes(text, people, viewer.lang),
            text_lang=words.lang if words else "vi",
        )
        return ports.pages.render(request, "versions/version.html", page=shown, head=head)

    async def compare(self, request: Request) -> Response:
        """What two versions differ in; by default the newest and the one before it."""
        ports, viewer = self._ports, request.state.viewer
        async with ports.pool.acquire() as connection:
            found = await find_consultation(connection, viewer, request.path_params["slug"])
            listed = await drafts.list_versions(connection, found.id)
        head = ports.head(found, viewer)
        old = number_in(request, "tu") or max(1, found.version - 1)
        new = number_in(request, "den") or found.version
        comparison = await self._comparisons.of(found.id, old, new) if found.version > 1 and max(old, new) <= found.version else None
        if comparison is None and found.version > 1:
            raise Refused("not_found")
        _ = translator(viewer.lang)
        return ports.pages.render(
            request,
            "versions/comparison.html",
            head=head,
            crumbs=(Crumb(head.title, head.page_url, head.title_lang), Crumb(_("So sánh các phiên bản"))),
            shown=None if comparison is None else view_of(comparison, old, new, look_of(request), viewer.lang, f"{head.url}/so-sanh"),
            versions=[(number, at) for number, _name, at in listed if number <= found.version],
        )


def look_of(request: Request) -> Look:
    """How the reader asked to see a comparison."""
    asked = request.query_params
    return Look(
        SIDE_BY_SIDE if asked.get("xem") == SIDE_BY_SIDE else Look().view,
        ALL if asked.get("phan") == ALL else Look().part,
    )


def view_of(comparison: Comparison, old: int, new: int, look: Look, lang: Language, url: str) -> ComparisonView:
    """A comparison as the template shows it. ``url`` is the address of the page, without a query."""
    every = sections(comparison, lang)
    counts: dict[str, int] = {}
    for section in every:
        for change, number in section.changes.items():
            counts[change] = counts.get(change, 0) + number
    changed = tuple(section for section in every if section.changes)
    kept = every if look.part == ALL else tuple(replace(one, lines=tuple(line for line in one.lines if line.changed)) for one in changed)

    def way(to: Look) -> str:
        asked = {"tu": str(old), "den": str(new), "xem": to.view, "phan": to.part}
        usual = {"xem": Look().view, "phan": Look().part}
        return f"{url}?{urlencode({name: value for name, value in asked.items() if usual.get(name) != value})}"

    return ComparisonView(
        old=old,
        new=new,
        look=look,
        title=comparison.title if any(run.kind != "equal" for run in comparison.title) else (),
        sections=kept,
        contents=changed,
        counts=counts,
        ways={
            "mot-cot": way(replace(look, view=Look().view)),
            SIDE_BY_SIDE: way(replace(look, view=SIDE_BY_SIDE)),
            "thay-doi": way(replace(look, part=Look().part)),
            ALL: way(replace(look, part=ALL)),
        },
    )


def _votes(text: Text, people: Mapping[QuestionId, list[int]], lang: Language) -> dict[str, VoteBox]:
    found = {}
    for node, question in text.question_on.items():
        counted = people.get(question)
        label = text.name(NodeId(node), lang)[0]
        found[str(node)] = VoteBox(question, label, (counted[0], counted[1], counted[2]) if counted else None)
    return found
