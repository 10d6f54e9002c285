"""Contributions as the rules need them: loading some, and writing what events change of them. Supports are rows, as votes are."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from consultations import events as e
from consultations.contribution import Contribution
from server.kernel.ids import ConsultationId, ContributionId
from server.store import flags
from server.store.connection import Connection

_COLUMNS = """
id, node, place, author, name, kind, verified, text, at, state, rule, reason, version, quote, before, after, parent, depth, side,
suggestion, base, channel, entered_by, source, source_key, edited_at, revision, ruled_by, ruled_at, appeal, appealed_at,
appeal_reason, disposition, erased_at
"""
_NEXT = "select nextval(pg_get_serial_sequence('contributions', 'id')) from generate_series(1, $1)"
_CONSULTATION_OF = "select consultation from contributions where id = $1"
_SOME = f"select {_COLUMNS} from contributions where consultation = $1 and (id = any($2) or source_key = any($3))"
_ALL = f"select {_COLUMNS} from contributions where consultation = $1 order by id"

# An answer stands where that which it answers stands, also when that was moved by a new version.
_ADD = """
insert into contributions (
    id, consultation, node, place, author, name, kind, verified, text, at, state, version, quote, before, after, parent, depth, side,
    suggestion, base, channel, entered_by, source, source_key, here_node, here_place, here_state, here_doubtful
)
overriding system value
select one.id, $1, one.node, one.place, one.author, one.name, one.kind, one.verified, one.text, one.at, one.state, one.version, one.quote,
    one.before, one.after, one.parent, one.depth, one.side, one.suggestion, one.base, one.channel, one.entered_by, one.source,
    one.source_key, case when p.id is null then one.node else p.here_node end, case when p.id is null then one.place else p.here_place end,
    coalesce(p.here_state, 'original'), coalesce(p.here_doubtful, false)
from jsonb_to_recordset($2) as one (
    id bigint, node text, place text, author bigint, name text, kind text, verified boolean, text text, at timestamptz, state text,
    version int, quote text, before text, after text, parent bigint, depth int, side text, suggestion text, base text, channel text,
    entered_by bigint, source text, source_key text
) left join contributions as p on p.id = one.parent
order by one.id
"""
_KEEP_WORDS = """
insert into former_words (contribution, revision, text, suggestion, at)
select id, revision, text, suggestion, coalesce(edited_at, at) from contributions where id = $1
"""
_EDIT = """
update contributions set text = $2, suggestion = $3, state = $4, revision = $5, edited_at = $6, appeal = null, disposition = null
where id = $1
"""
_WITHDRAW = "update contributions set state = 'withdrawn' where id = $1"
# What readers held against it, and why it was hidden, may quote it.
_ERASE = """
update contributions
set state = $2, revision = $3, erased_at = $4, name = '', text = '', suggestion = null, base = null, reason = '', appeal_reason = ''
where id = $1
"""
_ERASE_FORMER = "delete from former_words where contribution = $1"
_ERASE_REASONS = "select erase_reasons($1)"
_LIST_ERASED = "insert into erased (contribution, since, at) select id, at, erased_at from contributions where id = $1"
_RULE = "update contributions set state = $2, rule = $3, reason = $4, ruled_by = $5, ruled_at = $6 where id = $1"
_APPEAL = "update contributions set appeal = 'open', appealed_at = $2, appeal_reason = $3 where id = $1"
_GRANT = "update contributions set appeal = 'granted', state = 'visible', rule = null, reason = $2 where id = $1"
_REFUSE = "update contributions set appeal = 'refused', reason = $2 where id = $1"
_FORMER = "select revision, text, suggestion, at from former_words where contribution = $1 order by revision"
_ALL_FORMER = """
select f.contribution, f.revision, f.text, f.suggestion, f.at
from former_words as f join contributions as k on k.id = f.contribution where k.consultation = $1
"""
_SUPPORT = "insert into supports (contribution, voter) values ($1, $2) on conflict do nothing"
_UNSUPPORT = "delete from supports where contribution = $1 and voter = $2"
_SUPPORTS = "select supports from contributions where id = $1"
_SUPPORTED = """
select contribution from supports where voter = $2 and contribution in (select id from contributions where consultation = $1)
"""
_VOTER_SECRET = "select voter_secret from consultations where id = $1"


class FormerWords(msgspec.Struct, frozen=True):
    """Words of a contribution that were replaced; ``at`` is when they were written."""

    revision: int
    text: str
    suggestion: str | None
    at: datetime


async def next_ids(connection: Connection, number: int) -> ContributionId:
    """The first of ``number`` consecutive new ids. The caller holds the consultation; numbers lost to others in between are skipped."""
    while True:
        taken = [row[0] for row in await connection.fetch(_NEXT, number)]
        if taken[-1] - taken[0] == number - 1:
            return ContributionId(taken[0])


async def consultation_of(connection: Connection, contribution: ContributionId) -> ConsultationId | None:
    """The consultation to which a contribution belongs."""
    found: ConsultationId | None = await connection.fetchval(_CONSULTATION_OF, contribution)
    return found


async def load_some(
    connection: Connection, consultation: ConsultationId, contributions: list[ContributionId], sources: list[str]
) -> dict[ContributionId, Contribution]:
    """Those of ``contributions``, and those that came from ``sources`` (their keys), that are in this consultation."""
    if not contributions and not sources:
        return {}
    return {row["id"]: Contribution(**row) for row in await connection.fetch(_SOME, consultation, contributions, sources)}


async def load_all(connection: Connection, consultation: ConsultationId) -> dict[ContributionId, Contribution]:
    """All contributions of a consultation."""
    return {row["id"]: Contribution(**row) for row in await connection.fetch(_ALL, consultation)}


async def add(connection: Connection, consultation: ConsultationId, new: Sequence[Contribution]) -> None:
    """New contributions, in one statement: what counts them runs once."""
    await connection.execute(_ADD, consultation, msgspec.to_builtins([*new]))


async def edit(connection: Connection, event: e.Edited) -> None:
    """Other words; those before them are kept."""
    await connection.execute(_KEEP_WORDS, event.contribution)
    await connection.execute(_EDIT, event.contribution, event.text, event.suggestion, event.state, event.revision, event.at)


async def withdraw(connection: Connection, contribution: ContributionId) -> None:
    await connection.execute(_WITHDRAW, contribution)


async def erase(connection: Connection, event: e.Erased) -> None:
    """Words, former words, the name, and whatever anybody wrote about them are gone from every table; the row stays."""
    await connection.execute(_ERASE_FORMER, event.contribution)
    await flags.erase_words(connection, event.contribution)
    await connection.execute(_ERASE, event.contribution, event.state, event.revision, event.at)
    await connection.execute(_ERASE_REASONS, event.contribution)
    await connection.execute(_LIST_ERASED, event.contribution)


async def rule(connection: Connection, event: e.Ruled) -> None:
    """A ruling, which settles what readers held against the contribution."""
    await flags.settle(connection, event.contribution)
    await connection.execute(_RULE, event.contribution, event.state, event.rule, event.reason, event.by, event.at)


async def appeal(connection: Connection, event: e.Appealed) -> None:
    await connection.execute(_APPEAL, event.contribution, event.at, event.reason)


async def decide_appeal(connection: Connection, event: e.AppealDecided) -> None:
    await connection.execute(_GRANT if event.granted else _REFUSE, event.contribution, event.reason)


async def former_words(connection: Connection, contribution: ContributionId) -> list[FormerWords]:
    """The words that were replaced, the oldest first. They are shown to whoever is shown the contribution."""
    return [FormerWords(*row) for row in await connection.fetch(_FORMER, contribution)]


async def all_former_words(
    connection: Connection, consultation: ConsultationId
) -> dict[tuple[ContributionId, int], tuple[str, str | None]]:
    """Replaced words of a whole consultation, (text, suggestion) by contribution and revision."""
    rows = await connection.fetch(_ALL_FORMER, consultation)
    return {(row["contribution"], row["revision"]): (row["text"], row["suggestion"]) for row in rows}


async def support(connection: Connection, contribution: ContributionId, voter: bytes, supported: bool) -> int:
    """Record, or take back, one person's support; how many there are then. Doing it twice changes nothing."""
    await connection.execute(_SUPPORT if supported else _UNSUPPORT, contribution, voter)
    number: int = await connection.fetchval(_SUPPORTS, contribution)
    return number


async def supported_by(connection: Connection, consultation: ConsultationId, voter: bytes) -> set[ContributionId]:
    """What one person supports in a consultation."""
    return {row["contribution"] for row in await connection.fetch(_SUPPORTED, consultation, voter)}


async def voter_secret(connection: Connection, consultation: ConsultationId) -> bytes:
    """The secret under which the people who vote and support in a consultation are known."""
    secret: bytes = await connection.fetchval(_VOTER_SECRET, consultation)
    return secret
