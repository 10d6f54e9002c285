"""The rules of the papers of a meeting: who may read one, and whose page others follow."""

from collections.abc import Collection
from typing import Literal

import msgspec

from rooms import commands as c
from rooms.agenda import under_way
from rooms.context import Context
from rooms.entitled import inside, leader
from rooms.roll import acts_for
from rooms.state import Item, Role, Room
from server.kernel.ids import PaperId, Who

Audience = Literal["all", "members"]


class ForWhom(msgspec.Struct, frozen=True):
    """Who may know of a paper. With ``readers`` (sorted) these and nobody else; without, all in the room, or, of
    ``members``, those who are no guests."""

    audience: Audience = "all"
    readers: tuple[Who, ...] | None = None


def may_read(paper: ForWhom, role: Role, names: Collection[Who]) -> bool:
    """Whether who came in by ``role`` may know of a paper; ``names`` are one's own and that of whom one acts for."""
    if paper.readers is not None:
        return any(who in paper.readers for who in names)
    return paper.audience == "all" or role != "guest"


def names_of(state: Room, who: Who) -> tuple[Who, ...]:
    """In whose name somebody reads: one's own, and while one acts for somebody, theirs."""
    principal = acts_for(state, who)
    return (who,) if principal is None else (who, principal)


def readers_by_agenda(agenda: Collection[Item]) -> dict[PaperId, tuple[Who, ...] | None]:
    """The readers of each paper that belongs to an item: None where an item for everybody has it, else those of all its items."""
    found: dict[PaperId, tuple[Who, ...] | None] = {}
    for item in agenda:
        for paper in item.plan.papers:
            readers, before = item.plan.readers, found.get(paper, ())
            found[paper] = None if readers is None or before is None else tuple(sorted({*before, *readers}))
    return found


def show_page(state: Room, command: c.ShowPage, context: Context) -> None:
    """The presenter of the item under way shows its papers; who leads the meeting any.

    Raises: Refused ``not_inside``, ``not_allowed``.
    """
    me, item = inside(state, context), under_way(state)
    if item is None or item.plan.presenter not in names_of(state, me.who) or command.paper not in item.plan.papers:
        leader(state, context)
