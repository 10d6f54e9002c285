"""The only place that says what one viewer may know of a consultation.

``snapshot`` is what a page shows, ``project`` the changes that an event makes to it, ``apply`` how a follower uses them:
``apply(snapshot(s, v), project(s, e, v)) == snapshot(evolve(s, e), v)``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from consultations import events as e
from consultations.evolve import evolve
from consultations.state import Consultation, Contribution, Phase, Visibility
from server.kernel.ids import ContributionId, NodeId, PersonId


class Viewer(msgspec.Struct, frozen=True):
    """Who looks: the public, a moderator of the agency, or a person (who also sees what became of their own words)."""

    role: Literal["public", "moderator"] = "public"
    person: PersonId | None = None


PUBLIC = Viewer()
MODERATOR = Viewer("moderator")


class Seen(msgspec.Struct, frozen=True):
    """A contribution as the viewer may know it. Rule and reason are for its author and for moderators."""

    id: ContributionId
    node: NodeId | None
    place: NodeId | None
    name: str
    kind: str
    verified: bool
    text: str
    at: datetime
    state: Visibility
    rule: str | None
    reason: str
    version: int = 1
    parent: ContributionId | None = None
    side: str | None = None
    quote: str = ""
    suggestion: str | None = None
    channel: str = "online"
    edited_at: datetime | None = None
    revision: int = 0
    appeal: str | None = None
    erased_at: datetime | None = None


class View(msgspec.Struct, frozen=True):
    """All that one viewer may know. ``totals`` counts, by place, the contributions that are visible to everyone; answers to others are
    not among them. ``version`` is the draft's newest."""

    phase: Phase
    version: int
    opens_at: datetime | None
    closes_at: datetime | None
    seen: Mapping[ContributionId, Seen]
    totals: Mapping[NodeId | None, int]


class Shown(msgspec.Struct, frozen=True):
    """A contribution appears or has changed; its place now counts ``total``."""

    contribution: Seen
    total: int


class Gone(msgspec.Struct, frozen=True):
    """A contribution is no longer for this viewer; its place now counts ``total``."""

    contribution: ContributionId
    place: NodeId | None
    total: int


class PhaseChanged(msgspec.Struct, frozen=True):
    phase: Phase
    opens_at: datetime | None
    closes_at: datetime | None


class VersionChanged(msgspec.Struct, frozen=True):
    """The draft has a new version: what a page shows of it is no longer the newest."""

    version: int


class Counted(msgspec.Struct, frozen=True):
    """Nothing of a contribution that this viewer may know has changed, but the total of its place may have."""

    place: NodeId | None
    total: int


Change = Shown | Gone | PhaseChanged | VersionChanged | Counted


def look(contribution: Contribution, viewer: Viewer) -> Seen | None:
    """What ``viewer`` may know of one contribution, or nothing."""
    own = viewer.person is not None and contribution.author == viewer.person
    moderates = viewer.role == "moderator" and contribution.state != "withdrawn"
    if contribution.state != "visible" and not own and not moderates:
        return None
    told = own or moderates
    return Seen(
        contribution.id,
        contribution.node,
        contribution.place,
        contribution.name,
        contribution.kind,
        contribution.verified,
        contribution.text,
        contribution.at,
        contribution.state,
        contribution.rule if told else None,
        contribution.reason if told else "",
        contribution.version,
        contribution.parent,
        contribution.side,
        contribution.quote,
        contribution.suggestion,
        contribution.channel,
        contribution.edited_at,
        contribution.revision,
        contribution.appeal if told else None,
        contribution.erased_at,
    )


def total(state: Consultation, place: NodeId | None) -> int:
    """How many contributions everyone can see at one place."""
    return sum(1 for one in state.contributions.values() if one.place == place and one.counts)


def snapshot(state: Consultation, viewer: Viewer) -> View:
    """All that ``viewer`` may know. A draft not yet published is empty to everyone who does not edit it."""
    seen = {one.id: told for one in state.contributions.values() if (told := look(one, viewer)) is not None}
    places = {one.place for one in state.contributions.values() if one.counts}
    return View(state.phase, state.version, state.opens_at, state.closes_at, seen, {place: total(state, place) for place in places})


def project(state: Consultation, event: e.AnyEvent, viewer: Viewer) -> list[Change]:
    """What ``event``, happening in ``state``, changes for ``viewer``."""
    after = evolve(state, event)
    match event:
        case e.Published() | e.Opened() | e.Closed() | e.Suspended() | e.Resumed() | e.Cancelled() | e.Answered() | e.Archived():
            return [PhaseChanged(after.phase, after.opens_at, after.closes_at)]
        case e.Contributed():
            return _changes(state, after, event.contribution.id, viewer)
        case e.VersionPlaced():
            return [VersionChanged(after.version)]
        case e.Edited() | e.Withdrawn() | e.Erased() | e.Ruled() | e.Appealed() | e.AppealDecided():
            return _changes(state, after, event.contribution, viewer)
        case _:
            return []


def _changes(before: Consultation, after: Consultation, contribution: ContributionId, viewer: Viewer) -> list[Change]:
    now = after.contributions.get(contribution)
    if now is None:
        return []
    then = before.contributions.get(contribution)
    was = None if then is None else look(then, viewer)
    count = total(after, now.place)
    if (seen := look(now, viewer)) is not None:
        return [] if seen == was else [Shown(seen, count)]
    if was is not None:
        return [Gone(contribution, now.place, count)]
    return [Counted(now.place, count)] if count != total(before, now.place) else []


def apply(view: View, changes: list[Change]) -> View:
    """A follower's view after ``changes``."""
    for change in changes:
        match change:
            case PhaseChanged():
                view = replace(view, phase=change.phase, opens_at=change.opens_at, closes_at=change.closes_at)
            case VersionChanged():
                view = replace(view, version=change.version)
            case Shown():
                seen = {**view.seen, change.contribution.id: change.contribution}
                view = replace(view, seen=seen, totals=_counted(view, change.contribution.place, change.total))
            case Gone():
                seen = {key: one for key, one in view.seen.items() if key != change.contribution}
                view = replace(view, seen=seen, totals=_counted(view, change.place, change.total))
            case Counted():
                view = replace(view, totals=_counted(view, change.place, change.total))
    return view


def _counted(view: View, place: NodeId | None, count: int) -> Mapping[NodeId | None, int]:
    totals = {**view.totals, place: count}
    return totals if count else {key: number for key, number in totals.items() if key != place}
