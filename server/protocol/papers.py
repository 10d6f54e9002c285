"""The messages about papers of a meeting, as part of ``rooms.py``: whoever presents shows a page, and others follow it."""

from typing import Annotated

import msgspec

from server.protocol.shape import CommandUuid, Id, Message

Page = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class ShowPage(Message, frozen=True, tag="showPage"):
    """Show page ``page`` (from 1) of a paper to those who follow it; 0: show no more. The presenter of the item under way shows its
    papers, who leads the meeting any. It is not kept: who presents shows the page again to those who come."""

    id: CommandUuid
    room: Id
    paper: Id
    page: Page


class PageShown(Message, frozen=True, tag="pageShown"):
    """A page is shown, to those inside who may read the paper; 0: no longer. It has no number and is not repeated."""

    topic: str
    who: str
    paper: int
    page: int
