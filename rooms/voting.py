"""The rules of a vote: the life of a motion, who may vote on it, and which of their ballots counts."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from rooms import motions as m
from rooms.motions import FEW, Ballot, Cast, Context, Motion, Origin, Paper, Rule, Share, Voted, Voter
from rooms.state import Seat
from rooms.tally import break_tie, leading, least_papers, result, stands_against, too_few
from server.kernel.ids import Who
from server.kernel.refused import Refused
from server.kernel.words import clean

MOTION_LIMIT = 5_000
OPTION_LIMIT = 500
OPINION_LIMIT = 5_000
REASON_LIMIT = 1_000
MOST_OPTIONS = 20
MOST_FILES = 3
"""To one opinion."""
MOST_PAPERS = 20
"""Of one motion."""
MOST_SEATS = 1_000
MOST_WEIGHT = 1_000_000
MOST_PARTS = 1_000
SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=60)
OBJECT_WITHIN = timedelta(seconds=60)
"""How long after the count a member may say that it is wrong."""
REMINDED = (timedelta(hours=24), timedelta(hours=1))
"""How long before the deadline those are reminded who have not voted."""

_TRACKER = re.compile(r"[0-9a-f]{32}")


def decide_motion(motion: Motion | None, command: m.Command, context: Context) -> list[m.AnyMotionEvent]:
    """The events that ``command`` causes to ``motion``; None is a motion that has not been written yet.

    Raises:
        Refused: ``not_allowed``, ``not_found``, ``motion_decided``, ``bad_rule``, ``bad_options``, ``bad_roll``, ``bad_deadline``,
            ``deadline_not_later``, ``vote_not_open``, ``vote_closed``, ``vote_not_closed``, ``vote_not_counted``, ``too_few_papers``,
            ``no_casting_vote``, ``tied``, ``bad_choice``, ``objected_too_late``, ``already``, ``empty``, ``too_long``.
    """
    match command:
        case m.DraftMotion():
            return [_draft(motion, command, context)]
        case m.CloseDue():
            return _close_due(motion, context)
    if motion is None:
        raise Refused("not_found")
    match command:
        case m.Count():
            return _count(motion, command, context)
        case m.Object():
            return [_object(motion, command, context)]
    if not context.chairs or context.who is None:
        raise Refused("not_allowed")
    match command:
        case m.OpenMotion():
            return [_open(motion, command, context)]
        case m.DelayMotion():
            return [_delay(motion, command, context)]
        case m.CloseMotion():
            return _close(motion, context)
        case m.BreakTie():
            return [_break_tie(motion, command, context, context.who)]
        case m.AnnounceMotion():
            return _announce(motion, context)
        case m.WithdrawMotion():
            if motion.phase not in ("drafted", "open") or _due(motion, context):
                raise Refused("motion_decided")
            return [m.MotionWithdrawn(motion.id, context.now, clean(command.reason, "reason", REASON_LIMIT))]


def evolve_motion(motion: Motion | None, event: m.AnyMotionEvent) -> Motion | None:
    """``motion`` after ``event``. No rule is here, and nothing here fails."""
    if isinstance(event, m.MotionDrafted):
        return Motion(event.motion, event.text, event.options, event.rule)
    if motion is None:
        return None
    match event:
        case m.MotionOpened():
            opened = replace(motion, phase="open", roll=event.roll, chair=event.chair, present=event.present)
            return replace(opened, opened_at=event.at, closes_at=event.closes_at)
        case m.MotionDelayed():
            assert motion.closes_at is not None  # it is open
            delay = m.Delay(event.at, motion.closes_at, event.closes_at, event.reason)
            return replace(motion, closes_at=event.closes_at, delays=(*motion.delays, delay))
        case m.MotionClosed():
            return replace(motion, phase="closed", closed_at=event.at)
        case m.MotionCounted():
            return replace(motion, phase="counted", counted_at=event.at, result=event.result)
        case m.TieBroken():
            return replace(motion, result=event.result)
        case m.MotionAnnounced():
            return replace(motion, phase="announced", result=event.result)
        case m.MotionWithdrawn():
            return replace(motion, phase="withdrawn", closed_at=event.at)
        case m.Objected():
            return replace(motion, objectors=motion.objectors | {event.who})


def voters(roll: Iterable[Seat], names: Mapping[Who, str]) -> tuple[Voter, ...]:
    """The members with a vote, of the roll of a meeting, each with their substitutes; all in its order."""
    seats = tuple(roll)
    return tuple(
        Voter(seat.who, names.get(seat.who, ""), seat.weight, tuple(one.who for one in seats if one.principal == seat.who))
        for seat in seats
        if seat.principal is None and seat.weight > 0
    )


def reminders(motion: Motion) -> list[datetime]:
    """When those who have not voted are to be reminded, earliest first; for a short vote never, and after a delay not of what has passed
    when it was decided."""
    if motion.opened_at is None or motion.closes_at is None:
        return []
    since = motion.delays[-1].at if motion.delays else motion.opened_at
    return [at for before in REMINDED if (at := motion.closes_at - before) > since]


def lacking(motion: Motion, voted: Collection[Who]) -> list[Voter]:
    """The members whose vote was not given, in the order of the roll; ``voted`` are those whose vote was."""
    return [voter for voter in motion.roll if voter.member not in voted]


# --- the life of a motion ------------------------------------------------------------------------------------------------


def _draft(motion: Motion | None, command: m.DraftMotion, context: Context) -> m.MotionDrafted:
    if not context.prepares:
        raise Refused("not_allowed")
    if motion is not None and motion.phase != "drafted":
        raise Refused("motion_decided")
    text = clean(command.text, "text", MOTION_LIMIT)
    options = tuple(clean(option, "options", OPTION_LIMIT, lines=False) for option in command.options)
    if options and not (2 <= len(options) <= MOST_OPTIONS and len({option.casefold() for option in options}) == len(options)):
        raise Refused("bad_options", limit=MOST_OPTIONS)
    _check_rule(command.rule)
    return m.MotionDrafted(context.motion if motion is None else motion.id, context.now, text, options, command.rule)


def _check_rule(rule: Rule) -> None:
    shares = [rule.threshold] if rule.quorum is None else [rule.threshold, rule.quorum]
    if not all(_possible(share) for share in shares) or not FEW <= rule.papers <= MOST_SEATS or (rule.secret and rule.live):
        raise Refused("bad_rule")  # what is shown live tells, from one vote to the next, who voted what


def _possible(share: Share) -> bool:
    return 1 <= share.of <= MOST_PARTS and 0 <= share.part <= share.of and not (share.more and share.part == share.of)


def _open(motion: Motion, command: m.OpenMotion, context: Context) -> m.MotionOpened:
    if motion.phase != "drafted":
        raise Refused("motion_decided")
    if context.apart:
        raise Refused("groups_open")
    _check_roll(motion.rule, context)
    if (command.lasts_s is None) == (command.closes_at is None):
        raise Refused("bad_deadline")
    # Bounded before it is added, for a number of seconds from outside may lie beyond all dates.
    lasts = command.closes_at - context.now if command.closes_at else timedelta(seconds=min(command.lasts_s or 0, 10**8))
    if not SHORTEST <= lasts <= LONGEST:
        raise Refused("bad_deadline")
    here = _present(context.roll, context)
    return m.MotionOpened(motion.id, context.now, context.now + lasts, context.roll, context.chair, here)


def _delay(motion: Motion, command: m.DelayMotion, context: Context) -> m.MotionDelayed:
    """Only to later, for who counts on the time that was given must have it; and while it is open, for what is decided is decided."""
    if motion.phase != "open" or motion.opened_at is None or motion.closes_at is None or _due(motion, context):
        raise Refused("vote_closed" if motion.opened_at is not None else "vote_not_open")
    if command.closes_at <= motion.closes_at:
        raise Refused("deadline_not_later")
    if command.closes_at - motion.opened_at > LONGEST:
        raise Refused("bad_deadline")
    return m.MotionDelayed(motion.id, context.now, command.closes_at, clean(command.reason, "reason", REASON_LIMIT))


def _check_roll(rule: Rule, context: Context) -> None:
    roll, members = context.roll, {voter.member for voter in context.roll}
    if not 1 <= len(roll) <= MOST_SEATS or len(members) != len(roll):
        raise Refused("bad_roll", limit=MOST_SEATS)
    if not all(1 <= voter.weight <= MOST_WEIGHT and voter.member not in voter.substitutes for voter in roll):
        raise Refused("bad_roll", limit=MOST_SEATS)
    if rule.tie == "chair" and context.chair not in members:
        raise Refused("no_casting_vote")
    if rule.secret and any(voter.weight != 1 for voter in roll):
        raise Refused("bad_rule")  # a weight on a secret paper is as good as a name


def _close(motion: Motion, context: Context) -> list[m.AnyMotionEvent]:
    """Closed twice, also by two chairs at once, is closed once. A secret vote is not ended while too few papers are in to hide each
    other: who ends it at will could else read the first ones beside the names of who voted."""
    if motion.phase in ("drafted", "withdrawn"):
        raise Refused("vote_not_open")
    if motion.phase != "open" or _due(motion, context):
        return _close_due(motion, context)
    if context.papers < (least := least_papers(motion)):
        raise Refused("too_few_papers", limit=least)
    return [m.MotionClosed(motion.id, context.now, "chair", _present(motion.roll, context))]


def _close_due(motion: Motion | None, context: Context) -> list[m.AnyMotionEvent]:
    if motion is None or motion.closes_at is None or motion.phase != "open" or not _due(motion, context):
        return []
    return [m.MotionClosed(motion.id, motion.closes_at, "deadline", _present(motion.roll, context))]


def _present(roll: Iterable[Voter], context: Context) -> frozenset[Who]:
    """Of those who could vote, who is present."""
    return context.present & {who for voter in roll for who in (voter.member, *voter.substitutes)}


def _due(motion: Motion, context: Context) -> bool:
    """Whether its deadline has passed. That alone ends a vote, whether anybody has noticed or not."""
    return motion.closes_at is not None and context.now >= motion.closes_at


def _count(motion: Motion, command: m.Count, context: Context) -> list[m.AnyMotionEvent]:
    if motion.phase in ("counted", "announced"):
        return []
    if motion.phase != "closed":
        raise Refused("vote_not_closed")
    place = {voter.member: number for number, voter in enumerate(motion.roll)}
    box = replace(
        command.box,  # in an order that tells nothing of when anybody voted
        voted=tuple(sorted(command.box.voted, key=lambda one: (place.get(one.member, len(place)), one.member))),
        papers=() if too_few(motion, command.box) else tuple(sorted(command.box.papers, key=lambda one: one.tracker)),
    )
    return [m.MotionCounted(motion.id, context.now, box, result(motion, box))]


def _break_tie(motion: Motion, command: m.BreakTie, context: Context, who: Who) -> m.TieBroken:
    if motion.phase != "counted" or motion.result is None or motion.result.outcome != "tied":
        raise Refused("no_casting_vote")
    if command.choice not in leading(motion.result):
        raise Refused("bad_choice")
    return m.TieBroken(motion.id, context.now, who, command.choice, break_tie(motion.result, command.choice))


def _announce(motion: Motion, context: Context) -> list[m.AnyMotionEvent]:
    if motion.phase == "announced":
        return []
    if motion.phase != "counted" or motion.result is None:
        raise Refused("vote_not_counted")
    if motion.result.outcome == "tied":
        raise Refused("tied")
    return [m.MotionAnnounced(motion.id, context.now, motion.result)]


def _object(motion: Motion, command: m.Object, context: Context) -> m.Objected:
    """Once each, by whoever could vote."""
    who = context.who
    if who is None or not any(who in (voter.member, *voter.substitutes) for voter in motion.roll):
        raise Refused("not_allowed")
    if motion.counted_at is None or context.now >= motion.counted_at + OBJECT_WITHIN:
        raise Refused("objected_too_late")
    if who in motion.objectors:
        raise Refused("already")
    return m.Objected(motion.id, context.now, who, clean(command.words, "words", REASON_LIMIT))


# --- who may vote --------------------------------------------------------------------------------------------------------


def cast(motion: Motion, command: Cast, context: Context, before: Ballot | None = None) -> Ballot:
    """The named ballot to keep; ``before`` is the one that counts for the member so far.

    Raises:
        Refused: ``vote_not_open``, ``vote_closed``, ``not_on_roll``, ``member_present`` to a substitute, ``voted_already`` for a ballot
            that may not take the place of the one before (``stands_against``), ``bad_choice``, ``too_long``, ``bad_input``.
    """
    voter, who, origin = _entitled(motion, command, context)
    if motion.rule.secret or command.tracker:
        raise Refused("bad_input", field="tracker")
    opinion = clean(command.opinion, "opinion", OPINION_LIMIT, required=False)
    ballot = Ballot(voter.member, who, command.choice, origin, context.now, opinion)
    if before is not None and not stands_against(ballot, before):
        raise Refused("voted_already")
    return ballot


def cast_secretly(motion: Motion, command: Cast, context: Context, voted: bool) -> tuple[Voted, Paper]:
    """Who voted, and apart from it what was voted. It cannot be changed: that would need a link between the two.

    Raises:
        Refused: as ``cast``; ``voted_already`` when the member's vote has been given.
    """
    voter, who, origin = _entitled(motion, command, context)
    if not motion.rule.secret or command.opinion or not _TRACKER.fullmatch(command.tracker):
        raise Refused("bad_input", field="tracker")
    if voted:
        raise Refused("voted_already")
    return Voted(voter.member, who, origin), Paper(command.tracker, command.choice)


def attach(motion: Motion, member: Who, context: Context, voted: Collection[Who], files: int) -> Voter:
    """Whose opinion gets one more file: one that the asker could give and that was given, by name; ``files`` it has so far.

    Raises:
        Refused: as ``cast``; ``not_allowed`` for a secret ballot, whose papers have nothing with them; ``not_voted``; ``too_many_files``.
    """
    voter, _, _ = _entitled(motion, Cast(None, member), context)
    if motion.rule.secret:
        raise Refused("not_allowed")
    if voter.member not in voted:
        raise Refused("not_voted")
    if files >= MOST_FILES:
        raise Refused("too_many_files", limit=MOST_FILES)
    return voter


def _entitled(motion: Motion, command: Cast, context: Context) -> tuple[Voter, Who, Origin]:
    """Whose vote the asker gives, now, with this choice. A member votes from anywhere; a substitute only inside the meeting, while neither
    the member nor an earlier substitute is in it."""
    if motion.phase in ("drafted", "withdrawn"):
        raise Refused("vote_not_open")
    if motion.phase != "open" or _due(motion, context):
        raise Refused("vote_closed")
    who = context.who
    votes = [voter for voter in motion.roll if who is not None and who in (voter.member, *voter.substitutes)]
    wanted = [voter for voter in votes if voter.member == (command.member or who)] or ([] if command.member else votes)
    if who is None or len(wanted) != 1:
        raise Refused("not_on_roll")
    voter = wanted[0]
    if who != voter.member:
        if context.place is None:
            raise Refused("not_on_roll")
        before = voter.substitutes[: voter.substitutes.index(who)]
        if context.inside & {voter.member, *before}:
            raise Refused("member_present")
    if command.choice is not None and not 0 <= command.choice < max(2, len(motion.options)):
        raise Refused("bad_choice")
    return voter, who, context.place or "slip"
