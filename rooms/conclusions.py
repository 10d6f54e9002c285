"""The conclusions of a meeting: what is to be done, by whom, until when. They are read out, and stand in the minutes and in the notice."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from server.kernel.ids import ConclusionId, ItemId
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM
from server.kernel.words import clean

CONCLUSION_LIMIT = 5_000
OWNER_LIMIT = 300
MOST_CONCLUSIONS = 200


class Conclusion(msgspec.Struct, frozen=True):
    """What is to be done. ``owner``, a person or an agency as it is to be printed, and ``due``, a day in Viet Nam, may be left open;
    ``item`` is the item of the agenda that was under way."""

    id: ConclusionId
    text: str
    owner: str = ""
    due: date | None = None
    item: ItemId | None = None


class Context(msgspec.Struct, frozen=True):
    """When something is asked, and whether by one who may write conclusions. ``item`` is under way; ``conclusion`` is the next number."""

    now: datetime
    prepares: bool = False
    item: ItemId | None = None
    conclusion: ConclusionId = ConclusionId(0)


class Conclude(msgspec.Struct, frozen=True):
    """Write a conclusion, or the one that is there anew."""

    text: str
    owner: str = ""
    due: date | None = None
    conclusion: ConclusionId | None = None


class StrikeConclusion(msgspec.Struct, frozen=True):
    """Take a conclusion out."""

    conclusion: ConclusionId


class Concluded(msgspec.Struct, frozen=True, tag_field="type", tag="concluded"):
    conclusion: Conclusion
    at: datetime


class ConclusionStruck(msgspec.Struct, frozen=True, tag_field="type", tag="conclusion_struck"):
    conclusion: ConclusionId
    at: datetime


AnyConclusionEvent = Concluded | ConclusionStruck
Conclusions = Mapping[ConclusionId, Conclusion]
"""The conclusions of a meeting in the order of their first writing."""


def decide_conclusion(state: Conclusions, command: Conclude | StrikeConclusion, context: Context) -> AnyConclusionEvent:
    """What ``command`` causes.

    Raises: Refused ``not_allowed``, ``not_found``, ``too_many_conclusions`` (with ``limit``), ``bad_due`` for a day that is over,
        ``empty``, ``too_long``.
    """
    if not context.prepares:
        raise Refused("not_allowed")
    if command.conclusion is not None and command.conclusion not in state:
        raise Refused("not_found")
    if isinstance(command, StrikeConclusion):
        return ConclusionStruck(command.conclusion, context.now)
    if command.conclusion is None and len(state) >= MOST_CONCLUSIONS:
        raise Refused("too_many_conclusions", limit=MOST_CONCLUSIONS)
    if command.due is not None and command.due < context.now.astimezone(VIETNAM).date():
        raise Refused("bad_due")
    text = clean(command.text, "text", CONCLUSION_LIMIT)
    owner = clean(command.owner, "owner", OWNER_LIMIT, lines=False, required=False)
    before = state[command.conclusion] if command.conclusion is not None else Conclusion(context.conclusion, "", item=context.item)
    return Concluded(Conclusion(before.id, text, owner, command.due, before.item), context.now)


def evolve_conclusions(state: Conclusions, event: AnyConclusionEvent) -> Conclusions:
    """``state`` after ``event``."""
    match event:
        case Concluded():
            return {**state, event.conclusion.id: event.conclusion}
        case ConclusionStruck():
            return {id: one for id, one in state.items() if id != event.conclusion}
