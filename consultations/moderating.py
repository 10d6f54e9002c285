"""The rules of moderation: a ruling names a rule and a reason, nobody rules on their own words, another account decides an appeal."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contributing import own
from consultations.contribution import Contribution
from consultations.state import RULES, Consultation
from consultations.words import REASON_LIMIT, clean
from server.kernel.ids import PersonId
from server.kernel.refused import Refused

RULING_WITHIN = timedelta(days=2)
"""In what time moderators are to look at what waits."""
APPEAL_WITHIN = timedelta(days=15)
"""In what time an author may appeal against a ruling."""
APPEAL_DECIDED_WITHIN = timedelta(days=5)

UNDONE_WITHIN = timedelta(minutes=15)
"""For how long a moderator may take back a ruling on many."""

MOST_AT_ONCE = 200


class Clocked(Protocol):
    """What the clocks of moderation run by."""

    @property
    def at(self) -> datetime: ...
    @property
    def edited_at(self) -> datetime | None: ...
    @property
    def ruled_at(self) -> datetime | None: ...
    @property
    def appeal(self) -> str | None: ...
    @property
    def appealed_at(self) -> datetime | None: ...


def waiting_since(waiting: Clocked) -> datetime:
    """When the words were sent on which somebody is to rule."""
    return waiting.edited_at or waiting.at


def ruling_due(waiting: Clocked) -> datetime:
    """By when somebody is to rule on what waits."""
    return waiting_since(waiting) + RULING_WITHIN


def appeal_ends(hidden: Clocked) -> datetime | None:
    """Until when the author may appeal; nothing where that is not known or was done."""
    return None if hidden.ruled_at is None or hidden.appeal is not None else hidden.ruled_at + APPEAL_WITHIN


def appeal_due(appealed: Clocked) -> datetime | None:
    """By when an open appeal is to be decided."""
    return None if appealed.appealed_at is None or appealed.appeal != "open" else appealed.appealed_at + APPEAL_DECIDED_WITHIN


def rule(state: Consultation, command: c.Rule, context: Context) -> e.Ruled:
    """Raises: Refused ``not_found``, ``not_allowed``, ``already``, ``seen_otherwise``, ``no_rule``, ``no_reason``."""
    found = state.contributions.get(command.contribution)
    if "rule" not in context.may or found is None or found.state == "withdrawn":
        raise Refused("not_found")  # one answer to all, so that nobody learns of what waits or is hidden by guessing numbers
    if context.person in (found.author, found.entered_by):
        raise Refused("not_allowed")  # nobody rules on their own words
    if found.erased_at is not None:
        raise Refused("already", state="erased")
    context.in_phase(state, "rule")
    if found.appeal in ("open", "granted"):
        raise Refused("already", state="appealed")
    wanted_from = {"publish": "waiting", "restore": "hidden"}
    if command.ruling == "hide":
        if found.state == "hidden":
            raise Refused("already", state="hidden")
        _check_seen(command, found.stand)
        if command.rule not in RULES:
            raise Refused("no_rule")
        return _ruled(found, "hidden", command.rule, told_reason(command.reason), context.person, context)
    if found.state != wanted_from[command.ruling]:
        raise Refused("already", state=found.state)
    _check_seen(command, found.stand)
    reason = clean(command.reason, "reason", REASON_LIMIT, required=False)
    return _ruled(found, "visible", None, reason, context.person, context)


def _ruled(
    found: Contribution,
    state: Literal["visible", "hidden", "waiting"],
    rule: str | None,
    reason: str,
    by: PersonId | None,
    context: Context,
    undoes: bool = False,
) -> e.Ruled:
    assert found.state != "withdrawn"
    return e.Ruled(found.id, state, rule, reason, by, context.now, found.state, found.rule, found.reason, found.ruled_by, undoes)


def _check_seen(command: c.Rule, stand: str) -> None:
    if command.seen and command.seen != stand:
        raise Refused("seen_otherwise")  # nobody publishes words they have not read, or undoes unknowingly what a colleague did


def rule_many(state: Consultation, command: c.RuleMany, context: Context) -> list[e.AnyEvent]:
    """The same ruling on many. Those that were ruled on, edited or withdrawn meanwhile, and one's own, are left as they are.

    Raises: Refused as for one, when there is none on which it can be made.
    """
    if not 0 < len(command.contributions) <= MOST_AT_ONCE:
        raise Refused("bad_input", field="contributions")
    events: list[e.AnyEvent] = []
    refused: Refused | None = None
    seen = dict(zip(command.contributions, command.seen, strict=False))
    for contribution in dict.fromkeys(command.contributions):
        try:
            events.append(
                rule(state, c.Rule(contribution, command.ruling, command.rule, command.reason, seen.get(contribution, "")), context)
            )
        except Refused as reason:
            if reason.code not in ("already", "not_found", "not_allowed", "seen_otherwise"):
                raise
            refused = reason
    if not events and refused is not None:
        raise refused
    return events


def undo_rulings(state: Consultation, command: c.UndoRulings, context: Context) -> list[e.AnyEvent]:
    """All as it was before one's own rulings. What was edited, withdrawn, appealed against or ruled on since is left as it is.

    Raises: Refused ``not_found``, ``undo_too_late``, ``seen_otherwise`` when nothing is left that could be taken back.
    """
    if "rule" not in context.may or not command.rulings:
        raise Refused("not_found")
    context.in_phase(state, "rule")
    events: list[e.AnyEvent] = []
    for made in command.rulings:
        if made.by is None or made.by != context.person or made.at is None or made.was is None:
            raise Refused("not_found")  # another's ruling is for an appeal, or for a ruling of one's own
        if context.now >= made.at + UNDONE_WITHIN:
            raise Refused("undo_too_late")
        found = state.contributions.get(made.contribution)
        same = found is not None and (found.state, found.ruled_at, found.ruled_by) == (made.state, made.at, made.by)
        appealed = found is not None and found.appealed_at is not None and found.appealed_at > made.at
        if found is not None and found.erased_at is None and same and waiting_since(found) <= made.at and not appealed:
            events.append(_ruled(found, made.was, made.was_rule, made.was_reason, made.was_by, context, undoes=True))
    if not events:
        raise Refused("seen_otherwise")
    return events


def appeal(state: Consultation, command: c.Appeal, context: Context) -> e.Appealed:
    """Raises: Refused ``not_found``, ``already``, ``too_late``, ``no_reason``."""
    found = own(state, command.contribution, context, "appeal")
    context.in_phase(state, "appeal")
    if found.state != "hidden":
        raise Refused("already", state=found.state)
    if found.appeal is not None:
        raise Refused("already", state="appealed")
    ends = appeal_ends(found)
    if ends is not None and context.now >= ends:
        raise Refused("too_late")
    return e.Appealed(found.id, told_reason(command.reason), context.now)


def decide_appeal(state: Consultation, command: c.DecideAppeal, context: Context) -> e.AppealDecided:
    """Raises: Refused ``not_found``, ``already``, ``own_ruling``, ``no_reason``."""
    found = state.contributions.get(command.contribution)
    if "decide_appeal" in context.may and found is not None and found.appeal in ("granted", "refused"):
        raise Refused("already", state="decided")
    if "decide_appeal" not in context.may or found is None or found.state != "hidden" or found.appeal != "open":
        raise Refused("not_found")
    if context.person in (found.author, found.entered_by, found.ruled_by):
        raise Refused("own_ruling")
    context.in_phase(state, "decide_appeal")
    return e.AppealDecided(found.id, command.granted, told_reason(command.reason), context.person, context.now)


def told_reason(words: str) -> str:
    """A reason that the author will read. Raises: Refused ``no_reason``, ``too_long``."""
    try:
        return clean(words, "reason", REASON_LIMIT)
    except Refused as refused:
        raise Refused("no_reason") if refused.code == "empty" else refused from None
