"""From what the rules show of a room to the messages that tell it."""

from rooms import seen, state
from rooms.view import Changes, Me, View
from server.kernel.ids import Topic
from server.protocol import groups, meeting, rooms


def whole(topic: Topic, seq: int, view: View, me: Me) -> rooms.RoomState:
    """All that a reader may know."""
    return rooms.RoomState(
        topic,
        seq,
        view.title,
        view.phase,
        None if view.started_at is None else view.started_at.isoformat(),
        _me(me),
        view.lobby,
        [_member(one) for one in view.members.values()],
        [_waiting(one) for one in view.waiting],
        [told_line(line) for line in view.chat],
        view.earlier,
        [_seat(seat) for seat in view.roll],
        [_item(item) for item in view.agenda],
        [_hand(hand) for hand in view.queue],
        _procedure(view.procedure),
        _spoken(view.spoken),
        _groups(view.groups),
        [told_line(line) for line in view.letters],
        view.letters_kept,
    )


def changed(topic: Topic, seq: int, changes: Changes, me: Me | None) -> rooms.RoomChanged:
    """What an event changed."""
    return rooms.RoomChanged(
        topic,
        seq,
        changes.title,
        None if me is None else _me(me),
        changes.lobby,
        [_member(one) for one in changes.members],
        list(changes.left),
        None if changes.waiting is None else [_waiting(one) for one in changes.waiting],
        [told_line(line) for line in changes.said],
        None if changes.roll is None else [_seat(seat) for seat in changes.roll],
        None if changes.agenda is None else [_item(item) for item in changes.agenda],
        None if changes.queue is None else [_hand(hand) for hand in changes.queue],
        None if changes.procedure is None else _procedure(changes.procedure),
        None if changes.spoken is None else _spoken(changes.spoken),
        None if changes.groups is None else _groups(changes.groups),
        [told_line(line) for line in changes.written],
    )


def told_line(line: state.Line) -> rooms.Line:
    to = None if line.to is None else groups.Address(line.to.to, line.to.who, line.to.group, line.to.agency)
    return rooms.Line(line.id, line.who, line.name, line.at.isoformat(), line.text, to, line.readers is not None)


def _groups(now: seen.SeenGroups) -> groups.Groups:
    return groups.Groups(now.count, dict(now.places), now.opened_at, now.until, now.warn_at, dict(now.visits))  # type: ignore[arg-type]


def _me(me: Me) -> rooms.Me:
    return rooms.Me(me.who, me.name, me.role, me.standing, me.lobby, list(me.may), me.group, me.cell, list(me.reach), me.checked_since)


def _member(one: seen.SeenMember) -> rooms.Member:
    return rooms.Member(
        one.who, one.name, one.role, one.connected, one.hand, one.attended, one.acts_for, one.heard, one.asks, one.hall, one.post
    )


def _waiting(one: seen.SeenWaiting) -> rooms.Waiting:
    return rooms.Waiting(one.who, one.name, one.at.isoformat(), one.connected)


def _seat(seat: state.Seat) -> meeting.Seat:
    return meeting.Seat(seat.who, seat.name, seat.duty, seat.agency, seat.weight, seat.principal, seat.hall)


def _item(item: state.Item) -> meeting.Item:
    plan = item.plan
    told = meeting.Plan(
        plan.title,
        plan.presenter,
        plan.planned_at,
        plan.lasts_s,
        list(plan.papers),
        None if plan.readers is None else list(plan.readers),
    )
    return meeting.Item(item.id, told, item.begun_at, item.ended_at)


def _hand(hand: state.Hand) -> meeting.Hand:
    return meeting.Hand(hand.number, hand.who, hand.kind, hand.side)


def _procedure(now: seen.Procedure) -> meeting.Procedure:
    limits = now.limits
    return meeting.Procedure(
        now.presides,
        now.unchaired_since,
        now.chair_passes_at,
        now.opened_at,
        now.item,
        now.free,
        meeting.Limits(limits.speaker_s, limits.agency_s, limits.warn_s, limits.grace_s),
        None if now.floor is None else _floor(now.floor),
    )


def _floor(floor: state.Floor) -> meeting.Floor:
    return meeting.Floor(floor.who, floor.kind, floor.side, floor.given_at, floor.until, floor.warn_at, floor.cut_at)


def _spoken(spoken: seen.Spoken) -> meeting.Spoken:
    return meeting.Spoken(
        {who: round(time.total_seconds()) for who, time in spoken.speakers.items()},
        {agency: round(time.total_seconds()) for agency, time in spoken.agencies.items()},
    )
