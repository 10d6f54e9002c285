"""Questions beside a draft's text, and the responses to them: one row for each question and person. Single choices and scales are votes."""

import asyncpg
import msgspec

from consultations.questions import Asked
from server.kernel.ids import ConsultationId, QuestionId
from server.store.connection import Connection


class Question(msgspec.Struct, frozen=True):
    """A question of a questionnaire or a poll. ``state`` is waiting, open or closed; of a questionnaire always open."""

    id: QuestionId
    part: str
    state: str
    asked: Asked


class Place(msgspec.Struct, frozen=True):
    """Where a question stands now: its consultation, that one's phase by the database's clock, and the secret of its voters."""

    consultation: ConsultationId
    agency: int
    phase: str
    secret: bytes
    question: Question


_COLUMNS = "q.id, q.part, q.state, q.kind, q.statement, q.labels, q.most, q.required, q.whole"
_NEXT = "select nextval(pg_get_serial_sequence('questions', 'id'))"
_DROP = "delete from questions where consultation = $1 and part = 'questionnaire'"
_ASK = """
insert into questions (consultation, part, kind, statement, labels, most, options, position, required, whole)
values ($1, 'questionnaire', $2, $3, $4, $5, $6, $7, $8, $9)
"""
_ADD_POLL = """
insert into questions (id, consultation, part, state, kind, statement, labels, most, options, required, whole, position)
overriding system value
select $1, $2, 'poll', 'waiting', $3, $4, $5, $6, $7, $8, $9, count(*) from questions where consultation = $2 and part = 'poll'
"""
_SET_STATE = "update questions set state = $2 where id = $1"
# Who votes or responds holds the consultation as well (see _HOLD, and cast_votes): what they were told was recorded is in the totals that
# are shown when a poll is closed, and nothing comes to them afterwards.
_HOLD_ALONE = "select from consultations where id = (select consultation from questions where id = $1) for no key update"
_LIST = f"select {_COLUMNS} from questions as q where q.consultation = $1 and q.part <> 'draft' order by q.part desc, q.position"
_OFFERED = """
select id, part, statement from questions
where consultation = $1 and (part = 'questionnaire' or (part = 'poll' and state = 'open')) order by position desc
"""
_POLLS = "select id, state from questions where consultation = $1 and part = 'poll' order by id"
# The consultation is held, so that neither it nor the poll is closed between the next look and the response.
_HOLD = "select from consultations where id = (select consultation from questions where id = $1) for share"
_PLACE = f"""
select c.id as consultation, c.agency, phase_by_clock(c.phase, c.opens_at, c.closes_at) as phase, c.voter_secret, {_COLUMNS}
from questions as q join consultations as c on c.id = q.consultation where q.id = $1 and q.part <> 'draft'
"""
_RESPOND = """
insert into responses as r (question, voter, choices, text) values ($1, $2, $3, $4)
on conflict (question, voter) do update set choices = excluded.choices, text = excluded.text, at = now()
where (r.choices, r.text) is distinct from (excluded.choices, excluded.text)
"""
_OPEN_TEXT = "insert into text_openings (consultation, voter) values ($1, $2) on conflict do nothing"
_HAS_OPENED_TEXT = "select has_opened_text($1, $2)"
_FIND = f"select {_COLUMNS} from questions as q where q.id = any($1) and q.part <> 'draft' order by q.id"
_OWN = """
select r.question, r.choices, r.text from responses as r join questions as q on q.id = r.question
where q.consultation = $1 and r.voter = $2
"""
# Hidden until the close is kept here, where every exit reads.
_SHOWN = """
q.consultation = $1 and (
    c.tallies = 'live' or phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('closed', 'answered', 'archived', 'cancelled')
    or (q.part = 'poll' and q.state = 'closed')
)
"""
_PEOPLE = f"""
select t.question, t.choice, t.people from tallies as t
join questions as q on q.id = t.question join consultations as c on c.id = q.consultation
where {_SHOWN} and q.kind in ('several', 'rank', 'text') and t.people <> 0 order by t.question, t.choice
"""
_TEXTS = f"""
select r.text from responses as r
join questions as q on q.id = r.question join consultations as c on c.id = q.consultation
where {_SHOWN} and q.id = $2 and q.kind = 'text' and r.text <> '' order by r.at, r.voter limit $3 offset $4
"""


async def next_question_id(connection: Connection) -> QuestionId:
    """A new id for a question."""
    return QuestionId(await connection.fetchval(_NEXT))


async def ask(connection: Connection, consultation: ConsultationId, asked: tuple[Asked, ...]) -> None:
    """Put a questionnaire in the place of any earlier one. Only for a consultation in draft."""
    await connection.execute(_DROP, consultation)
    await connection.executemany(
        _ASK,
        [
            (consultation, one.kind, one.text, list(one.labels), one.most, len(one.labels) or None, position, one.required, one.whole)
            for position, one in enumerate(asked)
        ],
    )


async def add_poll(connection: Connection, consultation: ConsultationId, question: QuestionId, asked: Asked) -> None:
    """A poll, which waits to be opened."""
    options = len(asked.labels) or None
    await connection.execute(
        _ADD_POLL,
        question,
        consultation,
        asked.kind,
        asked.text,
        list(asked.labels),
        asked.most,
        options,
        asked.required,
        asked.whole,
    )


async def set_state(connection: Connection, question: QuestionId, state: str) -> None:
    """Open or close a poll, when nobody is just responding."""
    await connection.execute(_HOLD_ALONE, question)
    await connection.execute(_SET_STATE, question, state)


async def list_questions(connection: Connection, consultation: ConsultationId) -> list[Question]:
    """The questionnaire, then the polls, each in order."""
    return [_question(row) for row in await connection.fetch(_LIST, consultation)]


async def offered(connection: Connection, consultation: ConsultationId) -> tuple[int, list[tuple[QuestionId, str]]]:
    """What is asked now: how many questions the questionnaire has, and the open polls (id, text), the newest first."""
    rows = await connection.fetch(_OFFERED, consultation)
    polls = [(QuestionId(row["id"]), str(row["statement"])) for row in rows if row["part"] == "poll"]
    return len(rows) - len(polls), polls


async def poll_states(connection: Connection, consultation: ConsultationId) -> dict[QuestionId, str]:
    """The polls of a consultation and whether each waits, is open or closed."""
    return {row["id"]: row["state"] for row in await connection.fetch(_POLLS, consultation)}


async def find_place(connection: Connection, question: QuestionId) -> Place | None:
    """Where a question stands, its consultation being held until the transaction ends."""
    await connection.execute(_HOLD, question)
    row = await connection.fetchrow(_PLACE, question)  # a second statement, which sees what was committed while the first one waited
    return None if row is None else Place(row["consultation"], row["agency"], row["phase"], row["voter_secret"], _question(row))


async def respond(connection: Connection, question: QuestionId, voter: bytes, choices: list[int], text: str) -> None:
    """Record one person's response, in the place of their earlier one."""
    await connection.execute(_RESPOND, question, voter, choices, text)


async def open_text(connection: Connection, consultation: ConsultationId, voter: bytes) -> None:
    """Record that somebody has opened the text on which questions about the whole are asked."""
    await connection.execute(_OPEN_TEXT, consultation, voter)


async def has_opened_text(connection: Connection, consultation: ConsultationId, voter: bytes) -> bool:
    """Whether somebody may answer questions about the whole: they have opened the text, or there is none."""
    opened: bool = await connection.fetchval(_HAS_OPENED_TEXT, consultation, voter)
    return opened


async def find_questions(connection: Connection, ids: list[QuestionId]) -> dict[QuestionId, Question]:
    """Those of ``ids`` that are of a questionnaire or polls."""
    return {row["id"]: _question(row) for row in await connection.fetch(_FIND, ids)}


async def own_responses(connection: Connection, consultation: ConsultationId, voter: bytes) -> dict[QuestionId, tuple[list[int], str]]:
    """What one person answered: (options, words) by question."""
    return {row["question"]: (row["choices"], row["text"]) for row in await connection.fetch(_OWN, consultation, voter)}


async def people_by_choice(connection: Connection, consultation: ConsultationId) -> dict[QuestionId, dict[int, int]]:
    """People by choice of each question whose totals may be shown now. Choice -1 is all who answered; of a ranking, ``32 * place + option``
    with places from 0."""
    found: dict[QuestionId, dict[int, int]] = {}
    for row in await connection.fetch(_PEOPLE, consultation):
        found.setdefault(row["question"], {})[row["choice"]] = row["people"]
    return found


async def texts_given(connection: Connection, consultation: ConsultationId, question: QuestionId, limit: int, offset: int) -> list[str]:
    """What people wrote, once it may be shown; for those who read it before anybody else does, since nobody has moderated it."""
    return [row["text"] for row in await connection.fetch(_TEXTS, consultation, question, limit, offset)]


def _question(row: asyncpg.Record) -> Question:
    asked = Asked(row["kind"], row["statement"], tuple(row["labels"] or ()), row["most"], row["required"], row["whole"])
    return Question(row["id"], row["part"], row["state"], asked)
