"""The rules of a consultation's life: it is described, published, suspended, closed and put away, and the law's clocks run."""

from datetime import datetime, timedelta

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.evolve import evolve
from consultations.papers import FILE_NAME_LIMIT, LARGEST_BYTES, MEDIA_TYPES, MOST_PAPERS, Paper
from consultations.state import NOTHING, Consultation, next_due, phase_at
from consultations.statute import Rule, earliest_close, rule_at
from consultations.words import REASON_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT, clean
from server.kernel.ids import PaperId
from server.kernel.refused import Refused

LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=5 * 366)
"""How far ahead a consultation may be announced."""

MOST_PEOPLE = 100_000_000


def create(state: Consultation, command: c.Create, context: Context) -> e.Created:
    context.allow("create_consultation")
    if state != NOTHING:
        raise Refused("already", state=state.phase)
    return e.Created(command.agency, **_description(command))


def describe(state: Consultation, command: c.Describe, context: Context) -> e.Described:
    context.allow("edit_consultation")
    context.in_phase(state, "describe")
    return e.Described(**_description(command))


def place_text(state: Consultation, command: c.PlaceText, context: Context) -> e.TextPlaced:
    context.allow("edit_consultation")
    context.in_phase(state, "place_text")
    if command.questions == 0:
        raise Refused("no_text")
    return e.TextPlaced(command.places, command.questions, command.sha256)


def place_version(state: Consultation, command: c.PlaceVersion, context: Context) -> e.VersionPlaced:
    """Raises: Refused ``no_text``, ``conflict`` when another version was placed meanwhile."""
    context.allow("publish_consultation")
    context.in_phase(state, "place_version")
    if not command.places or not state.places:
        raise Refused("no_text")
    if command.number != state.version + 1:
        raise Refused("conflict")
    votable = command.questions if phase_at(state, context.now) == "open" else 0
    return e.VersionPlaced(command.number, command.places, votable, command.sha256)


def publish(state: Consultation, command: c.Publish, context: Context) -> e.Published:
    """Raises: Refused ``no_text``, ``no_summary``, ``bad_dates``, ``bad_target``, ``period_too_short`` (with ``limit`` days, ``source``,
    and ``earliest``, the first good close)."""
    context.allow("publish_consultation")
    context.in_phase(state, "publish")
    if state.questions == 0 and state.asked == 0:
        raise Refused("no_text")
    if not state.summary:
        raise Refused("no_summary")
    opens_at = command.opens_at or context.now
    if opens_at - context.now > FARTHEST or not max(opens_at, context.now) < command.closes_at <= opens_at + LONGEST:
        raise Refused("bad_dates")
    if command.target is not None and not 0 < command.target <= MOST_PEOPLE:
        raise Refused("bad_target")
    rule = check_period(command, context.now)
    return e.Published(
        "announced" if opens_at > context.now else "open",
        opens_at,
        command.closes_at,
        command.moderation,
        command.tallies,
        command.document,
        rule.key,
        command.target,
        context.now,
    )


def check_period(command: c.Publish, now: datetime) -> Rule:
    """The rule that holds for what is announced ``now``. Raises: Refused ``period_too_short``, as ``publish`` says."""
    rule = rule_at(command.document, now)
    # What is announced for a past moment is before the public only from now on.
    earliest = earliest_close(rule, max(command.opens_at or now, now))
    if command.closes_at < earliest:
        raise Refused("period_too_short", limit=rule.minimum_days, source=rule.source, earliest=earliest.isoformat())
    return rule


def close(state: Consultation, command: c.Close, context: Context) -> e.Closed:
    """Before the day announced, which is told to everybody with its reason."""
    context.allow("close_consultation")
    context.in_phase(state, "close")
    return e.Closed(context.now, clean(command.reason, "reason", REASON_LIMIT))


def suspend(state: Consultation, command: c.Suspend, context: Context) -> e.Suspended:
    context.allow("close_consultation")
    context.in_phase(state, "suspend")
    return e.Suspended(context.now, clean(command.reason, "reason", REASON_LIMIT))


def resume(state: Consultation, context: Context) -> e.Resumed:
    context.allow("close_consultation")
    context.in_phase(state, "resume")
    assert state.suspended_at is not None and state.opens_at is not None and state.closes_at is not None
    lasted = context.now - state.suspended_at
    if state.opens_at > state.suspended_at:
        return e.Resumed("announced", state.opens_at + lasted, state.closes_at + lasted)
    return e.Resumed("open", state.opens_at, state.closes_at + lasted)


def cancel(state: Consultation, command: c.Cancel, context: Context) -> e.Cancelled:
    context.allow("close_consultation")
    context.in_phase(state, "cancel")
    return e.Cancelled(context.now, clean(command.reason, "reason", REASON_LIMIT))


def archive(state: Consultation, context: Context) -> e.Archived:
    context.allow("close_consultation")
    context.in_phase(state, "archive")
    return e.Archived(context.now)


def add_paper(state: Consultation, command: c.AddPaper, context: Context) -> e.PaperAdded:
    """Raises: Refused ``too_many_papers`` (with ``limit``), ``bad_paper``, ``too_large``."""
    context.allow("edit_consultation")
    context.in_phase(state, "add_paper")
    if len(state.papers) >= MOST_PAPERS:
        raise Refused("too_many_papers", limit=MOST_PAPERS)
    if command.media_type not in MEDIA_TYPES:
        raise Refused("bad_paper")
    if not 0 < command.size <= LARGEST_BYTES:
        raise Refused("too_large")
    title = clean(command.title, "title", TITLE_LIMIT, lines=False)
    file_name = clean(command.file_name, "file_name", FILE_NAME_LIMIT, lines=False).replace("/", "_").replace("\\", "_")
    return e.PaperAdded(Paper(PaperId(context.new_id), command.kind, title, file_name, command.media_type, command.size, command.sha256))


def remove_paper(state: Consultation, command: c.RemovePaper, context: Context) -> e.PaperRemoved:
    context.allow("edit_consultation")
    context.in_phase(state, "remove_paper")
    if command.paper not in state.papers:
        raise Refused("not_found")
    return e.PaperRemoved(command.paper)


def tick(state: Consultation, context: Context) -> list[e.AnyEvent]:
    """All that was due. A reminder that comes twice, or before the database's clock says so, changes nothing."""
    events: list[e.AnyEvent] = []
    while (due := next_due(state)) is not None and due.at <= context.now:
        match due.what:
            case "open":
                event: e.AnyEvent = e.Opened()
            case "close":
                event = e.Closed(due.at, "")
            case reminder:
                event = e.Reminded(reminder)
        events.append(event)
        state = evolve(state, event)
    return events


def _description(command: c.Create | c.Describe) -> dict[str, str]:
    return {
        "title": clean(command.title, "title", TITLE_LIMIT, lines=False),
        "title_en": clean(command.title_en, "title_en", TITLE_LIMIT, lines=False, required=False),
        "summary": clean(command.summary, "summary", SUMMARY_LIMIT, required=False),
        "summary_en": clean(command.summary_en, "summary_en", SUMMARY_LIMIT, required=False),
    }
