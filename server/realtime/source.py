"""The facts of the live path, read from the store, and the doors through which it changes them."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from http.cookies import CookieError, SimpleCookie

import msgspec

from consultations import commands as c
from consultations import view
from consultations.tree import Draft, full_label, paths
from server.identity.policy import Action, require
from server.identity.sessions import Sessions
from server.identity.tickets import Tickets
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, ConsultationId, ContributionId, GuestId, NodeId, PersonId, QuestionId, RoomId, SessionId, Topic
from server.kernel.refused import Refused
from server.protocol import live
from server.realtime.consulting import Consulting
from server.realtime.feed import Role, Told, Totals
from server.realtime.ports import MOST_EVENTS
from server.realtime.votes import VoteWriter
from server.store import drafts, questions, reading, rooms, topics, votes
from server.store.connection import Connection, Pool

NEWEST = 10
"""Contributions of each place that a page and a snapshot show."""

_DRAFTS_KEPT = 64
_OF_POLLS = {"poll_opened": "open", "poll_closed": "closed"}

Sentence = Callable[[str, str, Mapping[str, object]], str]
"""A refusal's sentence in a language: ``sentence(lang, code, detail)``."""


class StoredSource:
    """``server.realtime.ports.Source`` over PostgreSQL. ``session_cookie`` names the cookie that holds the session, ``guest_cookie`` that
    of a room's guest."""

    def __init__(
        self,
        pool: Pool,
        consulting: Consulting,
        writer: VoteWriter,
        sessions: Sessions,
        tickets: Tickets,
        session_cookie: str,
        guest_cookie: Callable[[RoomId], str],
        sentence: Sentence,
    ) -> None:
        self._pool = pool
        self._consulting = consulting
        self._writer = writer
        self._sessions = sessions
        self._tickets = tickets
        self._session_cookie = session_cookie
        self._guest_cookie = guest_cookie
        self._sentence = sentence
        self._labels: OrderedDict[tuple[ConsultationId, int], dict[NodeId, str]] = OrderedDict()

    async def redeem(self, ticket: str, cookies: str) -> Viewer | None:
        return await self._tickets.redeem(
            ticket, _cookie(cookies, self._session_cookie), lambda room: _cookie(cookies, self._guest_cookie(room))
        )

    async def ended(self, sessions: Collection[SessionId]) -> Collection[SessionId]:
        return await self._sessions.ended(sessions)

    async def gone(self, guests: Collection[GuestId]) -> Collection[GuestId]:
        return set(guests) - await rooms.known_guests(self._pool, guests)

    async def admit(self, viewer: Viewer, topic: Topic, role: Role) -> None:
        if viewer.session is not None:
            viewer = await self._sessions.check(viewer.session, viewer.lang) or Viewer(lang=viewer.lang)
        async with self._pool.acquire() as connection:
            found = await reading.read_consultation_by_id(connection, _consultation(topic))
        if found is None or found.phase == "draft":
            raise Refused("not_found")
        if role == "moderator":
            require(viewer, Action.READ_QUEUE, agency=found.agency, secret=True)
        else:
            require(viewer, Action.FOLLOW_LIVE)

    async def read_heads(self, wanted: Sequence[Topic]) -> dict[Topic, int]:
        async with self._pool.acquire() as connection:
            return await topics.read_heads(connection, list(wanted))

    async def read_events(self, topic: Topic, after: int) -> list[Told]:
        consultation = _consultation(topic)
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            events = await topics.read_events(connection, topic, after, MOST_EVENTS)
            spoken_of = {id: None for event in events if (id := _contribution(event)) is not None}
            rows = await reading.read_contributions(connection, list(spoken_of))
            asked = [QuestionId(event.body["question"]) for event in events if event.type in _OF_POLLS]
            polls = await questions.find_questions(connection, asked) if asked else {}
            places = {row.place for row in rows.values()}
            totals = {place: await reading.visible_total(connection, consultation, place) for place in places}
            head = await reading.read_consultation_by_id(connection, consultation) if events else None
            if head is None:
                return []
            labels = await self._labels_of(connection, consultation, head.version)
        return [_told(topic, event, head, rows, totals, labels, polls) for event in events]

    async def read_totals(self, topic: Topic, questions: Collection[QuestionId] | None) -> Totals:
        async with self._pool.acquire() as connection:
            wanted = None if questions is None else list(questions)
            totals = await votes.read_totals(connection, _consultation(topic), wanted)
        return Totals(totals.version, {int(question): people for question, people in totals.people.items()})

    async def snapshot(self, viewer: Viewer, topic: Topic, role: Role) -> live.Snapshot:
        consultation = _consultation(topic)
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            head = await reading.read_consultation_by_id(connection, consultation)
            if head is None:
                raise Refused("not_found")
            labels = await self._labels_of(connection, consultation, head.version)
            totals = await reading.visible_totals(connection, consultation)
            newest = await reading.newest_by_place(connection, consultation, NEWEST)
            asked = await questions.list_questions(connection, consultation)
        polls = [_poll(one, one.state) for one in asked if one.part == "poll" and one.state != "waiting"]
        places = [
            live.Place(place, totals.get(place, 0), [_seen(row, labels, view.PUBLIC) for row in rows]) for place, rows in newest.items()
        ]
        return live.Snapshot(topic, head.seq, head.phase, _moment(head.opens_at), _moment(head.closes_at), places, polls)

    async def carry_out(self, viewer: Viewer, command: live.Contribute | live.Respond | live.Withdraw | live.Rule) -> live.Done:
        if viewer.session is not None:  # rights are those of this moment, not of when the connection was made
            viewer = await self._sessions.check(viewer.session, viewer.lang) or Viewer(lang=viewer.lang)
        id = CommandId(command.id)
        match command:
            case live.Contribute():
                answer = await self._consulting.speak(viewer, id, ConsultationId(command.consultation), _said(command))
            case live.Respond(question=question, choices=choices, text=text):
                await self._consulting.respond(viewer, QuestionId(question), choices, text)
                return live.Done(command.id)
            case live.Withdraw():
                answer = await self._consulting.withdraw(viewer, id, ContributionId(command.contribution))
            case live.Rule():
                ruling = c.Rule(ContributionId(command.contribution), command.ruling, command.rule, command.reason)
                answer = await self._consulting.rule(viewer, id, ruling)
        return live.Done(command.id, answer.contribution, answer.state)

    def vote(self, person: PersonId, vote: live.Vote, reply: Callable[[str], None]) -> None:
        self._writer.put(person, CommandId(vote.id), QuestionId(vote.question), vote.choice, reply)

    def refusal(self, viewer: Viewer, id: str | None, code: str, detail: dict[str, object]) -> live.RefusedCommand:
        wait_s = detail.get("retry_after_s")
        return live.RefusedCommand(id, code, self._sentence(viewer.lang, code, detail), wait_s if isinstance(wait_s, float) else None)

    async def _labels_of(self, connection: Connection, consultation: ConsultationId, number: int) -> dict[NodeId, str]:
        """What each node of a published version is called. Published texts do not change, so the names are kept."""
        if (known := self._labels.get((consultation, number))) is not None:
            self._labels.move_to_end((consultation, number))
            return known
        version = await drafts.read_version(connection, consultation, number)
        if version is None or not version.draft:
            return {}
        draft = msgspec.convert(version.draft, Draft)
        labels = {path[-1].id: full_label(path) for path in paths(draft)}
        self._labels[consultation, number] = labels
        if len(self._labels) > _DRAFTS_KEPT:
            self._labels.popitem(last=False)
        return labels


def _said(command: live.Contribute) -> c.Contribute:
    return c.Contribute(
        node=None if command.node is None else NodeId(command.node),
        text=command.text,
        name=command.name,
        version=command.version,
        quote=command.quote,
        before=command.before,
        after=command.after,
        parent=None if command.parent is None else ContributionId(command.parent),
        side=command.side,
    )


def _told(
    topic: Topic,
    event: topics.StoredEvent,
    head: reading.Listed,
    rows: Mapping[ContributionId, reading.Row],
    totals: Mapping[NodeId | None, int],
    labels: Mapping[NodeId, str],
    polls: Mapping[QuestionId, questions.Question],
) -> Told:
    """An event as its readers may know it now: the words are those that stand, not those of the moment it happened."""
    if event.type in ("published", "opened", "closed", "suspended", "resumed", "cancelled", "answered", "archived", "version_placed"):
        phase = live.PhaseChanged(topic, event.seq, head.phase, _moment(head.opens_at), _moment(head.closes_at))
        return Told(event.seq, phase, phase)
    if event.type in _OF_POLLS:
        poll = live.PollChanged(topic, event.seq, _poll(polls[QuestionId(event.body["question"])], _OF_POLLS[event.type]))
        return Told(event.seq, poll, poll)
    id = _contribution(event)
    row = None if id is None else rows.get(id)
    if row is None:
        passed = live.Passed(topic, event.seq)
        return Told(event.seq, passed, passed)
    total = totals.get(row.place, 0)

    def told(viewer: view.Viewer) -> live.ToReader:
        if (seen := view.look(row, viewer)) is not None:  # type: ignore[arg-type]
            return live.Shown(topic, event.seq, _contribution_told(seen, row, labels), total)
        if event.type in ("contributed", "appealed"):
            return live.Passed(topic, event.seq)
        return live.Gone(topic, event.seq, row.id, row.place, total)

    persons = {}
    if event.type in ("ruled", "appeal_decided") and row.author is not None:
        persons[row.author] = live.Ruled(topic, event.seq, row.id, row.state, row.rule, row.reason)  # type: ignore[arg-type]
    return Told(event.seq, told(view.PUBLIC), told(view.MODERATOR), persons)


def _poll(one: questions.Question, state: str) -> live.Poll:
    asked = one.asked
    return live.Poll(one.id, state, asked.kind, asked.text, list(asked.labels), asked.most, asked.whole)  # type: ignore[arg-type]


def _seen(row: reading.Row, labels: Mapping[NodeId, str], viewer: view.Viewer) -> live.Contribution:
    seen = view.look(row, viewer)  # type: ignore[arg-type]
    assert seen is not None
    return _contribution_told(seen, row, labels)


def _contribution_told(seen: view.Seen, row: reading.Row, labels: Mapping[NodeId, str]) -> live.Contribution:
    label = "" if seen.node is None else labels.get(seen.node, "")
    return live.Contribution(
        seen.id,
        seen.node,
        seen.place,
        label,
        seen.name,
        seen.kind,
        seen.verified,
        seen.text,
        seen.at.isoformat(),
        seen.state,
        seen.parent,
        seen.version,
        seen.side or "",  # type: ignore[arg-type]
        seen.quote,
        seen.suggestion is not None,
        seen.channel,  # type: ignore[arg-type]
        seen.edited_at is not None,
        row.supports,
        row.replies,
        row.source,
        _moment(seen.erased_at),
    )


def _contribution(event: topics.StoredEvent) -> ContributionId | None:
    """The contribution that an event speaks of."""
    spoken_of = event.body.get("contribution")
    if isinstance(spoken_of, dict):
        return ContributionId(spoken_of["id"])
    return None if spoken_of is None else ContributionId(spoken_of)


def _consultation(topic: Topic) -> ConsultationId:
    kind, _, number = topic.partition("/")
    if kind != "consultation" or not number.isascii() or not number.isdigit() or len(number) > 18 or number != str(int(number)):
        raise Refused("not_found")
    return ConsultationId(int(number))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _cookie(header: str, name: str) -> str | None:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return None if found is None else found.value
