"""Every rule of a consultation: ``decide(state, command, context)`` gives the events, or raises ``Refused``."""

from datetime import datetime, timedelta

import msgspec

from consultations import commands as c
from consultations import events as e
from consultations.state import NOTHING, RULES, Consultation, Contribution, Kind, next_deadline, phase_at
from consultations.words import NAME_LIMIT, REASON_LIMIT, SUMMARY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, clean
from server.kernel.ids import ContributionId, PersonId
from server.kernel.refused import Refused

LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=5 * 366)
"""How far ahead a consultation may be announced."""


class Context(msgspec.Struct, frozen=True):
    """Who asks, when, and what the policy table lets them do in this consultation's agency.

    ``now`` is the database's clock (UTC). ``may`` holds the names of allowed actions. ``new_id`` is the id for a new contribution.
    """

    now: datetime
    person: PersonId | None
    may: frozenset[str]
    kind: Kind = "citizen"
    verified: bool = False
    new_id: ContributionId = ContributionId(0)


def decide(state: Consultation, command: c.Command, context: Context) -> list[e.AnyEvent]:
    """The events that ``command`` causes.

    Raises:
        Refused: ``not_allowed``, ``wrong_phase`` (with ``phase``), ``not_found``, ``empty``, ``too_long``, ``bad_dates``,
            ``no_text``, ``no_rule``, ``no_reason``, ``already`` (with ``state``).
    """
    match command:
        case c.Create():
            _allow(context, "create_consultation")
            if state is not NOTHING and state != NOTHING:
                raise Refused("already", state=state.phase)
            return [e.Created(command.agency, **_description(command))]
        case c.Describe():
            _edit(state, context)
            return [e.Described(**_description(command))]
        case c.PlaceText():
            _edit(state, context)
            if command.questions == 0:
                raise Refused("no_text")
            return [e.TextPlaced(command.places, command.questions, command.sha256)]
        case c.Publish():
            return [_publish(state, command, context)]
        case c.Close():
            _allow(context, "close_consultation")
            _in_phase(state, context, "announced", "open")
            return [e.Closed(context.now, clean(command.reason, "reason", REASON_LIMIT))]
        case c.Tick():
            return _tick(state, context.now)
        case c.Contribute():
            return [_contribute(state, command, context)]
        case c.Withdraw():
            contribution = _own(state, command.contribution, context)
            if contribution.state == "withdrawn":
                raise Refused("already", state="withdrawn")
            return [e.Withdrawn(contribution.id)]
        case c.Rule():
            return [_rule(state, command, context)]


def _allow(context: Context, action: str) -> None:
    if action not in context.may:
        raise Refused("not_allowed")


def _in_phase(state: Consultation, context: Context, *phases: str) -> None:
    phase = phase_at(state, context.now)
    if phase not in phases:
        raise Refused("wrong_phase", phase=phase)


def _edit(state: Consultation, context: Context) -> None:
    _allow(context, "edit_consultation")
    _in_phase(state, context, "draft")


def _description(command: c.Create | c.Describe) -> dict[str, str]:
    return {
        "title": clean(command.title, "title", TITLE_LIMIT, lines=False),
        "title_en": clean(command.title_en, "title_en", TITLE_LIMIT, lines=False, required=False),
        "summary": clean(command.summary, "summary", SUMMARY_LIMIT, required=False),
        "summary_en": clean(command.summary_en, "summary_en", SUMMARY_LIMIT, required=False),
    }


def _publish(state: Consultation, command: c.Publish, context: Context) -> e.Published:
    _allow(context, "publish_consultation")
    _in_phase(state, context, "draft")
    if state.questions == 0:
        raise Refused("no_text")
    opens_at = command.opens_at or context.now
    if opens_at - context.now > FARTHEST or not max(opens_at, context.now) < command.closes_at <= opens_at + LONGEST:
        raise Refused("bad_dates")
    return e.Published("announced" if opens_at > context.now else "open", opens_at, command.closes_at, command.moderation, command.tallies)


def _tick(state: Consultation, now: datetime) -> list[e.AnyEvent]:
    deadline = next_deadline(state)
    if deadline is None or now < deadline:
        return []  # a reminder that comes twice, or before the database's clock says so, changes nothing
    if state.phase == "open":
        return [e.Closed(deadline, "")]
    opened: list[e.AnyEvent] = [e.Opened()]
    if state.closes_at is not None and now >= state.closes_at:
        opened.append(e.Closed(state.closes_at, ""))
    return opened


def _contribute(state: Consultation, command: c.Contribute, context: Context) -> e.Contributed:
    _allow(context, "contribute")
    if context.person is None:
        raise Refused("not_allowed")
    _in_phase(state, context, "open")
    if command.node is not None and command.node not in state.places:
        raise Refused("not_found")
    return e.Contributed(
        Contribution(
            id=context.new_id,
            node=command.node,
            place=None if command.node is None else state.places[command.node],
            author=context.person,
            name=clean(command.name, "name", NAME_LIMIT, lines=False),
            kind=context.kind,
            verified=context.verified,
            text=clean(command.text, "text", TEXT_LIMIT),
            at=context.now,
            state="waiting" if state.moderation == "before" else "visible",
        )
    )


def _own(state: Consultation, contribution: ContributionId, context: Context) -> Contribution:
    """One's own contribution. Another's is answered as one that does not exist, so that nothing is learnt by guessing."""
    _allow(context, "withdraw_own")
    found = state.contributions.get(contribution)
    if found is None or found.author != context.person:
        raise Refused("not_found")
    return found


def _rule(state: Consultation, command: c.Rule, context: Context) -> e.Ruled:
    found = state.contributions.get(command.contribution)
    if "rule" not in context.may or found is None or found.state == "withdrawn":
        raise Refused("not_found")  # one answer to all, so that nobody learns of what waits or is hidden by guessing numbers
    if found.author == context.person:
        raise Refused("not_allowed")  # nobody rules on their own words
    wanted_from = {"publish": "waiting", "restore": "hidden"}
    if command.ruling == "hide":
        if found.state == "hidden":
            raise Refused("already", state="hidden")
        if command.rule not in RULES:
            raise Refused("no_rule")
        try:
            reason = clean(command.reason, "reason", REASON_LIMIT)
        except Refused as refused:
            raise Refused("no_reason") if refused.code == "empty" else refused from None
        return e.Ruled(found.id, "hidden", command.rule, reason)
    if found.state != wanted_from[command.ruling]:
        raise Refused("already", state=found.state)
    return e.Ruled(found.id, "visible", None, clean(command.reason, "reason", REASON_LIMIT, required=False))
