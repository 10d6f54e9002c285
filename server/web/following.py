"""Following by forms: beginning, the list of what one follows, and the links with which a letter's reader ends it without signing in."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.identity.policy import Action, may_somewhere
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, FollowId, NodeId, PersonId
from server.kernel.refused import Refused
from server.locale import translator
from server.realtime.following import Following, kept_follow
from server.store import drafts, follows, overdue, reading
from server.store.connection import Connection
from server.store.follows import Digest, Follow
from server.store.reading import Listed
from server.web.citizen import Ports
from server.web.consultation_page import find_consultation
from server.web.door import Door, form, page, signed
from server.web.fields import number_in_path, number_of, text_of
from server.web.pages import redirect
from server.web.views import ConsultationHead, Crumb

LIST = "/theo-doi"

_PACES = ("daily", "weekly", "none")
_EXCERPT = 160


class Followed(msgspec.Struct, frozen=True):
    """One thing followed, or about to be. ``label`` names the clause; ``words`` begin the contribution; both empty for the whole."""

    head: ConsultationHead
    url: str
    label: str
    words: str
    digest: str
    id: int = 0
    field: tuple[str, str] = ("", "")


class FollowingPages:
    """What one follows is told to nobody else."""

    def __init__(self, ports: Ports, following: Following) -> None:
        self._ports = ports
        self._following = following

    def doors(self) -> Sequence[Door]:
        return (
            page("/lay-y-kien/{slug}/theo-doi", Action.FOLLOW, self.ask),
            form("/lay-y-kien/{slug}/theo-doi", Action.FOLLOW, self.follow),
            page(LIST, Action.FOLLOW, self.list),
            form(LIST, Action.FOLLOW, self.change),
            page("/thu/{person:int}/{secret}", Action.READ_PUBLIC, self.ask_off),
            signed("/thu/{person:int}/{secret}", Action.READ_PUBLIC, self.off, limit=4 << 10),
            page("/thu/{person:int}/{follow:int}/{secret}", Action.READ_PUBLIC, self.ask_stop),
            signed("/thu/{person:int}/{follow:int}/{secret}", Action.READ_PUBLIC, self.stop, limit=4 << 10),
        )

    async def ask(self, request: Request) -> Response:
        """What is to be followed, and how often one wants to be told of it."""
        viewer: Viewer = request.state.viewer
        node, contribution = request.query_params.get("dieu", ""), request.query_params.get("y-kien", "")
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            wanted = await self._target(connection, consultation, node, contribution)
            now, version = consultation.now, consultation.version
            fresh = Follow(FollowId(0), _person(viewer), consultation.id, *wanted, "daily", 0, now, version=version)
            kept = await kept_follow(connection, fresh.person, consultation, *wanted)
            shown = await self._followed(connection, viewer, consultation, kept or fresh)
            parts = await self._parts(connection, viewer, consultation, wanted[0])
        _ = translator(viewer.lang)
        crumbs = (Crumb(shown.head.title, shown.head.page_url, shown.head.title_lang), Crumb(_("Theo dõi")))
        field = ("dieu", node) if node else ("y-kien", contribution)
        shown = msgspec.structs.replace(shown, field=field)
        return self._ports.pages.render(request, "open/follow.html", crumbs=crumbs, item=shown, paces=_PACES, parts=parts)

    async def follow(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        digest = _pace(await text_of(request, "digest", 20))
        node, contribution = await text_of(request, "dieu", 200), await text_of(request, "y-kien", 20)
        async with self._ports.pool.acquire() as connection:
            consultation = await find_consultation(connection, viewer, request.path_params["slug"])
            wanted = await self._target(connection, consultation, node, contribution)
        await self._following.follow(viewer, consultation.id, *wanted, digest)
        return redirect(request, LIST, notice="followed")

    async def list(self, request: Request) -> Response:
        """All that one follows, the newest first."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            own = await follows.own_follows(connection, _person(viewer))
            found = await reading.read_consultations(connection, list({one.consultation for one in own}))
            items = [await self._followed(connection, viewer, found[one.consultation], one) for one in own if one.consultation in found]
            reminded = await overdue.wants_letters(connection, _person(viewer)) if may_somewhere(viewer, Action.RULE) else None
        return self._ports.pages.render(request, "open/follows.html", items=items, paces=_PACES, reminded=reminded)

    async def change(self, request: Request) -> Response:
        """One is told more often or less, or follows no more (``none`` keeps it in the list; ``stop`` takes it out). A moderator is
        reminded of what is overdue, or no more."""
        viewer: Viewer = request.state.viewer
        reminders = await text_of(request, "reminders", 3)
        if reminders:
            await self._following.remind(_person(viewer), wanted=reminders == "on")
            return redirect(request, LIST, notice="pace_set")
        follow, wish = FollowId(await number_of(request, "item")), await text_of(request, "digest", 20)
        if wish == "stop":
            await self._following.unfollow(viewer, follow)
            return redirect(request, LIST, notice="unfollowed")
        await self._following.set_pace(viewer, follow, _pace(wish))
        return redirect(request, LIST, notice="pace_set")

    async def ask_off(self, request: Request) -> Response:
        """Programs that look through letters open their links: a click on a button of this page is what ends anything."""
        return self._ports.pages.render(request, "open/off.html", what=self._ended(request), done=False)

    async def off(self, request: Request) -> Response:
        """Ends all letters of digests, or those about what is overdue.

        Mail programs send this by themselves when their reader asks for it (RFC 8058).
        """
        await self._following.silence_by_link(PersonId(number_in_path(request, "person")), request.path_params["secret"])
        return self._ports.pages.render(request, "open/off.html", what=self._ended(request), done=True)

    def _ended(self, request: Request) -> str:
        """Which letters the link of one ends."""
        ends = self._following.ends_reminders(PersonId(number_in_path(request, "person")), request.path_params["secret"])
        return "reminders" if ends else "letters"

    async def ask_stop(self, request: Request) -> Response:
        return self._ports.pages.render(request, "open/off.html", what="follow", done=False)

    async def stop(self, request: Request) -> Response:
        """Ends one follow by its link."""
        await self._following.unfollow_by_link(FollowId(number_in_path(request, "follow")), request.path_params["secret"])
        return self._ports.pages.render(request, "open/off.html", what="follow", done=True)

    async def _target(
        self, connection: Connection, consultation: Listed, anchor: str, contribution: str
    ) -> tuple[NodeId | None, ContributionId | None]:
        """The node with this anchor, or the contribution with this number, or the whole consultation.

        Raises: Refused ``not_found``.
        """
        if anchor:
            text = await self._ports.texts.read(connection, consultation)
            node = next((node for node, its in text.anchors.items() if its == anchor and node in text.places), None)
            if node is None:
                raise Refused("not_found")
            return node, None
        if contribution:
            number = int(contribution) if contribution.isascii() and contribution.isdigit() and len(contribution) < 19 else 0
            row = await reading.read_contribution(connection, ContributionId(number))
            if row is None or row.consultation != consultation.id or row.state != "visible":
                raise Refused("not_found")
            return None, row.id
        return None, None

    async def _parts(
        self, connection: Connection, viewer: Viewer, consultation: Listed, node: NodeId | None
    ) -> tuple[tuple[str, str], ...]:
        """The clauses of a điều or an annex, each of which can be followed by itself: (label, address)."""
        text = await self._ports.texts.read(connection, consultation)
        listing = text.words[viewer.lang].listings.get(node) if node is not None else None
        if listing is None:
            return ()
        url = f"{self._ports.head(consultation, viewer).url}/theo-doi?dieu="
        return tuple((label, url + text.anchors[NodeId(one)]) for one, label in listing.choices if one != node)

    async def _followed(self, connection: Connection, viewer: Viewer, consultation: Listed, follow: Follow) -> Followed:
        """What is followed, as it is now; a clause that is gone, or was split, as it was."""
        head = self._ports.head(consultation, viewer)
        label, url, words = "", head.url, ""
        contribution = follow.contribution
        if follow.node is not None:
            now = await drafts.nodes_now(connection, consultation.id, follow.node, follow.version, consultation.version)
            node, version = (now.pop(), consultation.version) if len(now) == 1 else (follow.node, follow.version)
            text = await self._ports.texts.read(connection, consultation, version)
            label, anchor = text.name(node, viewer.lang)
            url = f"{head.url}/v{version}#{anchor}"
        elif contribution is not None:
            row = await reading.read_contribution(connection, contribution)
            visible = row is not None and row.state == "visible"
            words = row.text if row is not None and visible else translator(viewer.lang)("Ý kiến này không còn công khai.")
            words = words if len(words) <= _EXCERPT else words[:_EXCERPT].rstrip() + "…"
            text = await self._ports.texts.read(connection, consultation)
            place = text.anchors.get(row.place, "toan-van") if row is not None and row.place else "toan-van"
            url = f"{head.url}/y-kien/{place}#y-kien-{contribution}" if visible else head.url
        return Followed(head, quote(url, safe="/#%"), label, words, follow.digest, follow.id)


def _person(viewer: Viewer) -> PersonId:
    assert viewer.person is not None  # the door asks for it
    return viewer.person


def _pace(text: str) -> Digest:
    """Raises: Refused ``bad_input``."""
    match text:
        case "none" | "daily" | "weekly":
            return text
        case _:
            raise Refused("bad_input", field="digest")
