"""Consultations as the rules need them: loading the state of one, and writing what its events change."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from consultations import events as e
from consultations.state import NOTHING, Consultation, Contribution
from server.kernel.ids import AgencyId, ConsultationId, ContributionId, NodeId, PersonId, Topic, consultation_topic
from server.store import contributions, dispositions, papers, questions, topics
from server.store.connection import Connection

Written = Callable[[int], Awaitable[None]]
"""Is told how many of many events are written."""

_GONE = ("", None)
"""Text and suggestion that were erased."""
_WRITTEN_TOGETHER = 500
"""New contributions of one statement."""

_NOW = "select clock_timestamp()"
_HOLD_AGENCY = "select from agencies where id = $1 for no key update"
_NEW = """
insert into consultations (agency, slug, title, title_en, summary, summary_en, search_key, voter_secret)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
"""
_LOAD = """
select agency, title, summary, phase, opens_at, closes_at, moderation, tallies, document, rule, target, announced_at, suspended_at,
    answered_at, reminded, version,
    (select count(*) from questions where consultation = c.id and part = 'draft' and version = c.version) as questions,
    (select count(*) from questions where consultation = c.id and part = 'questionnaire') as asked
from consultations as c where id = $1
"""
_PLACES = "select id, place from nodes where consultation = $1 and version = $2"
_AGENCY_OF = "select agency from consultations where id = $1"

_DESCRIBE = "update consultations set title = $2, title_en = $3, summary = $4, summary_en = $5, search_key = $6 where id = $1"
_PUBLISH = """
update consultations
set phase = $2, opens_at = $3, closes_at = $4, moderation = $5, tallies = $6, document = $7, rule = $8, target = $9, announced_at = $10
where id = $1
"""
_REMIND = "update consultations set reminded = reminded || $2::text where id = $1"
_SUSPEND = "update consultations set phase = 'suspended', suspended_at = $2 where id = $1"
_RESUME = "update consultations set phase = $2, opens_at = $3, closes_at = $4, suspended_at = null where id = $1"
_CANCEL = "update consultations set phase = 'cancelled', closes_at = $2, suspended_at = null where id = $1"
_PLACE_VERSION = "update consultations set version = $2 where id = $1"
_ANSWERED = "update consultations set phase = 'answered', answered_at = $2 where id = $1"
_ARCHIVE = "update consultations set phase = 'archived' where id = $1"
_OPEN = "update consultations set phase = 'open' where id = $1"
_CLOSE = "update consultations set phase = 'closed', closes_at = $2 where id = $1"


async def database_now(connection: Connection) -> datetime:
    """The database's clock (UTC), by which everything is early or late."""
    now: datetime = await connection.fetchval(_NOW)
    return now


async def hold_agency(connection: Connection, agency: AgencyId) -> None:
    """Nobody else begins a consultation of this agency until the transaction ends."""
    await connection.execute(_HOLD_AGENCY, agency)


async def create_consultation(
    connection: Connection, created: e.Created, slug: str, search_key: str, voter_secret: bytes
) -> ConsultationId:
    """The row and the topic of a new consultation. The slug is unique: a second one raises asyncpg's UniqueViolationError."""
    new = await connection.fetchval(
        _NEW, created.agency, slug, created.title, created.title_en, created.summary, created.summary_en, search_key, voter_secret
    )
    await topics.create_topic(connection, consultation_topic(new))
    return ConsultationId(new)


async def agency_of(connection: Connection, consultation: ConsultationId) -> AgencyId | None:
    """The agency that holds a consultation."""
    found: AgencyId | None = await connection.fetchval(_AGENCY_OF, consultation)
    return found


async def load(
    connection: Connection,
    consultation: ConsultationId,
    spoken_of: Iterable[ContributionId] = (),
    sources: Iterable[str] = (),
) -> Consultation:
    """The state for a command that speaks of some contributions, and enters some from ``sources``: only those are loaded."""
    return await _load(connection, consultation, await contributions.load_some(connection, consultation, [*spoken_of], [*sources]))


async def load_whole(connection: Connection, consultation: ConsultationId) -> Consultation:
    """The whole state, with every contribution; for checks and reports."""
    return await _load(connection, consultation, await contributions.load_all(connection, consultation))


async def _load(connection: Connection, consultation: ConsultationId, loaded: dict[ContributionId, Contribution]) -> Consultation:
    row = await connection.fetchrow(_LOAD, consultation)
    if row is None:
        return NOTHING
    return Consultation(
        **dict(row) | {"reminded": tuple(row["reminded"])},
        places={NodeId(node["id"]): NodeId(node["place"]) for node in await connection.fetch(_PLACES, consultation, row["version"])},
        papers={paper.id: paper for paper in await papers.list_papers(connection, consultation)},
        polls=await questions.poll_states(connection, consultation),  # type: ignore[arg-type]
        contributions=loaded,
    )


async def append(
    connection: Connection,
    consultation: ConsultationId,
    at: datetime,
    actor: PersonId | None,
    events: list[e.AnyEvent],
    search_key: str | None = None,
    written: Written | None = None,
) -> int:
    """Append ``events`` to the consultation's topic and write what they change; the number of the last.

    ``search_key`` goes with a changed description; ``written`` is told now and then how many are.
    """
    topic: Topic = consultation_topic(consultation)
    for first in range(0, len(events), _WRITTEN_TOGETHER):
        if written is not None:
            await written(first)
        together = events[first : first + _WRITTEN_TOGETHER]
        if new := [event.contribution for event in together if isinstance(event, e.Contributed)]:
            await contributions.add(connection, consultation, new)
        for event in together:
            await _apply(connection, consultation, event, search_key)
    return await topics.append(connection, topic, at, actor, [_stored(event) for event in events])


async def replay_stored(connection: Connection, consultation: ConsultationId) -> list[e.AnyEvent]:
    """All events of a consultation as the rules made them, names and words of contributions put back from where they stand."""
    newest = await contributions.load_all(connection, consultation)
    words = await contributions.all_former_words(connection, consultation)
    words |= {(one.id, one.revision): (one.text, one.suggestion) for one in newest.values()}
    stored = await topics.read_events(connection, consultation_topic(consultation), 0, 1_000_000_000)
    events: list[e.AnyEvent] = []
    for one in stored:
        body = {"type": one.type, **one.body}
        if one.type == "contributed":
            made = body["contribution"]
            made["text"], made["suggestion"] = words.get((made["id"], 0), _GONE)
            made["name"] = newest[made["id"]].name
            made["source"] = newest[made["id"]].source
        elif one.type == "edited":
            body["text"], body["suggestion"] = words.get((body["contribution"], body["revision"]), _GONE)
        elif one.type == "appealed":
            body["reason"] = newest[body["contribution"]].appeal_reason
        events.append(msgspec.convert(body, e.AnyEvent))
    return events


def _stored(event: e.AnyEvent) -> tuple[str, dict[str, Any]]:
    """Type and body for the log. Words and names stay out of it: they stand once, where hiding and erasing them is done once."""
    body: dict[str, Any] = msgspec.to_builtins(event)
    kind = body.pop("type")
    for written in (body, body.get("contribution")):
        if isinstance(event, e.Contributed | e.Edited) and isinstance(written, dict):
            for name in ("name", "text", "suggestion", "source"):
                written.pop(name, None)
    if isinstance(event, e.Appealed):
        del body["reason"]
    return kind, body


async def _apply(connection: Connection, consultation: ConsultationId, event: e.AnyEvent, search_key: str | None) -> None:
    match event:
        case e.Created() | e.TextPlaced() | e.Contributed():
            pass  # their rows are made by create_consultation, by drafts.place_text and, many at a time, by append
        case e.Described():
            await connection.execute(
                _DESCRIBE, consultation, event.title, event.title_en, event.summary, event.summary_en, search_key or ""
            )
        case e.Published():
            await connection.execute(
                _PUBLISH,
                consultation,
                event.phase,
                event.opens_at,
                event.closes_at,
                event.moderation,
                event.tallies,
                event.document,
                event.rule,
                event.target,
                event.announced_at,
            )
        case e.Opened():
            await connection.execute(_OPEN, consultation)
        case e.Closed():
            await connection.execute(_CLOSE, consultation, event.closes_at)
        case e.Reminded():
            await connection.execute(_REMIND, consultation, event.what)
        case e.Suspended():
            await connection.execute(_SUSPEND, consultation, event.at)
        case e.Resumed():
            await connection.execute(_RESUME, consultation, event.phase, event.opens_at, event.closes_at)
        case e.Cancelled():
            await connection.execute(_CANCEL, consultation, event.at)
        case e.Archived():
            await connection.execute(_ARCHIVE, consultation)
        case e.PaperAdded():
            await papers.add_paper(connection, consultation, event.paper)
        case e.PaperRemoved():
            await papers.remove_paper(connection, event.paper)
        case e.QuestionsAsked():
            await questions.ask(connection, consultation, event.questions)
        case e.PollAdded():
            await questions.add_poll(connection, consultation, event.question, event.asked)
        case e.PollOpened():
            await questions.set_state(connection, event.question, "open")
        case e.PollClosed():
            await questions.set_state(connection, event.question, "closed")
        case e.VersionPlaced():
            await connection.execute(_PLACE_VERSION, consultation, event.number)
        case e.Edited():
            await contributions.edit(connection, event)
        case e.Withdrawn():
            await contributions.withdraw(connection, event.contribution)
        case e.Erased():
            await contributions.erase(connection, event)
        case e.Ruled():
            await contributions.rule(connection, event)
        case e.Appealed():
            await contributions.appeal(connection, event)
        case e.AppealDecided():
            await contributions.decide_appeal(connection, event)
        case e.Disposed():
            await dispositions.add(connection, consultation, event)
        case e.Answered():
            await connection.execute(_ANSWERED, consultation, event.at)
