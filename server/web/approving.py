"""Biên bản and thông báo kết luận of a meeting, approved by its chair and reopened for another version."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from rooms.approvals import Approved, standing, versions
from rooms.minutes import Kind
from server.identity.policy import Action
from server.realtime.minuting import Minuting, OnRecord, Paper
from server.web.desk import command_of, fresh_command
from server.web.door import Door, form
from server.web.fields import number_in_path, text_of
from server.web.held import ONE, meeting_url
from server.web.minutes_views import ApprovalView, VersionLink
from server.web.pages import redirect
from server.web.paper_kinds import PAPERS, kind_in

WHOLE = "day-du"


class ApprovalDoors:
    """The two acts of a chair; who may, ``Minuting`` knows."""

    def __init__(self, minuting: Minuting) -> None:
        self._minuting = minuting

    def doors(self) -> Sequence[Door]:
        act, one = Action.LIST_ROOMS, ONE + "/{paper}"
        return (form(one + "/duyet", act, self.approve), form(one + "/mo-lai", act, self.reopen))

    async def approve(self, request: Request) -> Response:
        """What was read is approved, word for word."""
        kind, command, seen = kind_in(request), await command_of(request), await text_of(request, "seen", 64)
        slug, meeting = str(request.path_params["slug"]), number_in_path(request, "meeting")
        await self._minuting.approve(request.state.viewer, command, slug, meeting, kind, seen)
        return redirect(request, request.url.path.rpartition("/")[0], notice="paper_approved")

    async def reopen(self, request: Request) -> Response:
        """What was approved may be written on, for another version."""
        kind, command = kind_in(request), await command_of(request)
        slug, meeting = str(request.path_params["slug"]), number_in_path(request, "meeting")
        await self._minuting.reopen(request.state.viewer, command, slug, meeting, kind)
        return redirect(request, request.url.path.rpartition("/")[0], notice="paper_reopened")


def query_of(whole: bool, version: int | None) -> str:
    """What is added to the address of a paper for the version and for all that the reader may know."""
    asked = [f"lan={version}"] if version is not None else []
    asked += [f"ban={WHOLE}"] if whole else []
    return f"?{'&'.join(asked)}" if asked else ""


async def approval_view(minuting: Minuting, of: OnRecord, kind: Kind, paper: Paper, agrees: bool) -> ApprovalView:
    """Where a paper stands between drafted and approved, for who looks at it."""
    approvals = of.told.approvals
    stands = standing(approvals, kind)
    may = of.approves and of.keeps and of.fault is None and of.told.ended is not None
    seen = await minuting.to_be_approved(of, kind) if may and stands is None and agrees else ""
    url = _paper_url(of, kind)
    return ApprovalView(
        shown=None if paper.approved is None else _link(paper.approved, url, of),
        digest=paper.digest,
        stands=stands is not None,
        later=stands is None and bool(versions(approvals, kind)),
        others=approved_links(of, kind, paper.approved),
        current=url if paper.approved is not None and paper.approved != stands else "",
        seen=seen,
        reopens=may and stands is not None,
        command=fresh_command(),
    )


def approved_links(of: OnRecord, kind: Kind, besides: Approved | None = None) -> tuple[VersionLink, ...]:
    """The versions of a paper that were approved, the oldest first, but the one ``besides`` which they are shown."""
    return tuple(_link(one, _paper_url(of, kind), of) for one in versions(of.told.approvals, kind) if one != besides)


def _paper_url(of: OnRecord, kind: Kind) -> str:
    return f"{meeting_url(of)}/{next(part for part, one in PAPERS.items() if one == kind)}"


def _link(one: Approved, url: str, of: OnRecord) -> VersionLink:
    return VersionLink(one.version, f"{url}{query_of(False, one.version)}", one.at, of.told.names.get(one.who, ""))
