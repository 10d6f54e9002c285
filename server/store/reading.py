"""What the pages show: lists and windows over consultations and contributions. Nothing here changes anything."""

from datetime import datetime

import msgspec

from server.kernel.ids import AgencyId, ConsultationId, ContributionId, NodeId, PersonId, consultation_topic
from server.store.connection import Connection


class Listed(msgspec.Struct, frozen=True):
    """A consultation in a list and at the head of its page. ``phase`` is by the database's clock; ``seq`` its newest event.

    ``people`` have voted or contributed; ``contributions`` are those everyone can see; ``now`` is the database's clock. ``rule`` is the
    key of a rule of ``consultations.statute``; ``target`` how many people the agency hopes to hear.
    """

    id: ConsultationId
    slug: str
    agency: AgencyId
    agency_name: str
    agency_name_en: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    phase: str
    opens_at: datetime | None
    closes_at: datetime | None
    moderation: str
    tallies: str
    seq: int
    contributions: int
    now: datetime
    agency_slug: str
    document: str = "other"
    rule: str = "other"
    target: int | None = None
    announced_at: datetime | None = None
    suspended_at: datetime | None = None
    answered_at: datetime | None = None
    version: int = 1


class Row(msgspec.Struct, frozen=True):
    """One contribution with all that is known of it. The pages choose by ``consultations.view`` what a reader is told.

    ``node`` and ``place`` are where it stands in the newest version, ``here`` how it came there (original, kept, moved, changed,
    removed; ``doubtful`` where a person should look); ``first_node`` is what it was given on, in ``version``. ``supports`` are people,
    ``replies`` visible answers, some of them for and some against.
    """

    id: ContributionId
    consultation: ConsultationId
    node: NodeId | None
    place: NodeId | None
    author: PersonId | None
    name: str
    kind: str
    verified: bool
    text: str
    state: str
    rule: str | None
    reason: str
    at: datetime
    version: int = 1
    first_node: NodeId | None = None
    here: str = "original"
    doubtful: bool = False
    quote: str = ""
    before: str = ""
    after: str = ""
    parent: ContributionId | None = None
    depth: int = 0
    side: str | None = None
    suggestion: str | None = None
    base: str | None = None
    channel: str = "online"
    entered_by: PersonId | None = None
    source: str = ""
    edited_at: datetime | None = None
    revision: int = 0
    supports: int = 0
    replies: int = 0
    replies_for: int = 0
    replies_against: int = 0
    ruled_by: PersonId | None = None
    ruled_at: datetime | None = None
    appeal: str | None = None
    appealed_at: datetime | None = None
    appeal_reason: str = ""
    erased_at: datetime | None = None


_LISTED = """
select c.id, c.slug, c.agency, a.name, a.name_en, c.title, c.title_en, c.summary, c.summary_en,
    phase_by_clock(c.phase, c.opens_at, c.closes_at) as phase,
    c.opens_at, c.closes_at, c.moderation, c.tallies, t.seq,
    (select coalesce(sum(k.contributions), 0)::bigint from counts as k where k.consultation = c.id) as contributions,
    clock_timestamp() as now, a.slug as agency_slug, c.document, c.rule, c.target, c.announced_at, c.suspended_at, c.answered_at, c.version
from consultations as c
join agencies as a on a.id = c.agency
join topics as t on t.id = 'consultation/' || c.id
"""
_BY_SLUG = _LISTED + "where c.slug = $1"
_BY_ID = _LISTED + "where c.id = $1"
_PUBLISHED = (
    _LISTED
    + """
where c.phase <> 'draft' and not exists (select from unnest($1::text[]) as word where position(word in c.search_key) = 0)
order by (phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('announced', 'open', 'suspended')) desc,
    case when phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('announced', 'open', 'suspended') then c.closes_at end,
    c.closes_at desc, c.id desc
limit $2 offset $3
"""
)
_MANY_BY_ID = _LISTED + "where c.id = any($1)"
_OF_AGENCIES = _LISTED + "where $1::bigint[] is null or c.agency = any($1) order by c.id desc limit 500"

CONTRIBUTION_COLUMNS = """
id, consultation, here_node as node, here_place as place, author, name, kind, verified, text, state, rule, reason, at, version,
node as first_node, here_state as here, here_doubtful as doubtful, quote, before, after, parent, depth, side, suggestion, base, channel,
entered_by, source, edited_at, revision, supports, replies, replies_for, replies_against,
ruled_by, ruled_at, appeal, appealed_at, appeal_reason, erased_at
"""
_ONE = f"select {CONTRIBUTION_COLUMNS} from contributions where id = $1"
_MANY = f"select {CONTRIBUTION_COLUMNS} from contributions where id = any($1)"
_TOTALS = """
select nullif(place, '') as place, sum(contributions)::bigint as total from counts
where consultation = $1 and place <> '-' group by place having sum(contributions) > 0
"""
_TOTAL = "select coalesce(sum(contributions), 0)::bigint from counts where consultation = $1 and place = coalesce($2, '')"
_LISTED_UNDER = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where consultation = $1 and listed_under = $2 and state = 'visible' and parent is null
"""
_NEWEST = f"""
select w.* from (
    select '' as place
    union all
    select distinct n.place from nodes as n join consultations as c on c.id = n.consultation and c.version = n.version
    where n.consultation = $1
) as p
cross join lateral (
    select {CONTRIBUTION_COLUMNS} from contributions as k
    where k.consultation = $1 and k.listed_under = p.place and k.state = 'visible' and k.parent is null order by k.id desc limit $2
) as w
"""
_PAGE = _LISTED_UNDER + "and id < $3 order by id desc limit $4"
_PAGE_BACK = _LISTED_UNDER + "and id > $3 order by id limit $4"
_OWN = f"select {CONTRIBUTION_COLUMNS} from contributions where author = $1 and id < $2 order by id desc limit $3"
_QUEUE = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where consultation in (select id from consultations where $1::bigint[] is null or agency = any($1)) and state = $2
    and ($3::bigint is null or consultation = $3) and erased_at is null
"""
_QUEUE_NEWEST = _QUEUE + "and id < $4 order by id desc limit $5"
_QUEUE_OLDEST = _QUEUE + "and id > $4 order by id limit $5"
_QUEUE_FLAGGED = _QUEUE + "and flags > 0 order by flags desc, id limit $4"
_APPEALS = f"""
select {CONTRIBUTION_COLUMNS} from contributions
where consultation in (select id from consultations where $1::bigint[] is null or agency = any($1)) and appeal = 'open'
    and state = 'hidden' order by appealed_at limit $2
"""
_QUEUE_COUNTS = """
select state, count(*) as total from contributions
where consultation in (select id from consultations where $1::bigint[] is null or agency = any($1))
    and ($2::bigint is null or consultation = $2) and erased_at is null
group by state
"""
_CONTRIBUTORS = """
select count(distinct author) + count(*) filter (where author is null) from contributions where consultation = $1 and state = 'visible'
"""
_PEOPLE_ANSWERS = """
select count(*) as people, coalesce(sum(v.answers), 0)::bigint as answers,
    count(*) filter (where v.draft > 0) as draft_people, coalesce(sum(v.draft), 0)::bigint as draft,
    count(*) filter (where v.asked > 0) as questionnaire_people, coalesce(sum(v.asked), 0)::bigint as questionnaire,
    count(*) filter (where v.polls > 0) as poll_people, coalesce(sum(v.polls), 0)::bigint as poll
from (
    select g.voter, count(*) as answers, count(*) filter (where q.part = 'draft') as draft,
        count(*) filter (where q.part = 'questionnaire') as asked, count(*) filter (where q.part = 'poll') as polls
    from (
        select question, voter from votes where question in (select id from questions where consultation = $1)
        union all
        select question, voter from responses where question in (select id from questions where consultation = $1)
    ) as g join questions as q on q.id = g.question group by g.voter
) as v
"""

NEWEST_ID = ContributionId(2**62)
"""Begins a list that is paged by ids from the newest down."""


async def read_consultation(connection: Connection, slug: str) -> Listed | None:
    """One consultation by its slug, drafts included: the caller asks the policy who may see those."""
    row = await connection.fetchrow(_BY_SLUG, slug)
    return None if row is None else Listed(*row)


async def read_consultation_by_id(connection: Connection, consultation: ConsultationId) -> Listed | None:
    """One consultation by its id, drafts included."""
    row = await connection.fetchrow(_BY_ID, consultation)
    return None if row is None else Listed(*row)


async def read_consultations(connection: Connection, consultations: list[ConsultationId]) -> dict[ConsultationId, Listed]:
    """Several consultations by id, drafts included."""
    return {row["id"]: Listed(*row) for row in await connection.fetch(_MANY_BY_ID, consultations)}


async def list_published(connection: Connection, search: str = "", limit: int = 50, offset: int = 0) -> list[Listed]:
    """Published consultations whose search key contains every word of ``search`` (itself a search key).

    What closes first comes first; the closed ones follow, the newest first.
    """
    return [Listed(*row) for row in await connection.fetch(_PUBLISHED, search.split(), limit, offset)]


async def list_of_agencies(connection: Connection, agencies: list[AgencyId] | None) -> list[Listed]:
    """All consultations of some agencies (``None``: of all), drafts included, newest first."""
    return [Listed(*row) for row in await connection.fetch(_OF_AGENCIES, agencies)]


async def read_contribution(connection: Connection, contribution: ContributionId) -> Row | None:
    """One contribution, whatever its state."""
    row = await connection.fetchrow(_ONE, contribution)
    return None if row is None else Row(*row)


async def read_contributions(connection: Connection, contributions: list[ContributionId]) -> dict[ContributionId, Row]:
    """Several contributions by id, whatever their state."""
    return {row["id"]: Row(*row) for row in await connection.fetch(_MANY, contributions)}


async def visible_totals(connection: Connection, consultation: ConsultationId) -> dict[NodeId | None, int]:
    """How many contributions everyone can see, by place (null: the whole draft)."""
    return {row["place"]: row["total"] for row in await connection.fetch(_TOTALS, consultation)}


async def visible_total(connection: Connection, consultation: ConsultationId, place: NodeId | None) -> int:
    """How many contributions everyone can see at one place."""
    number: int = await connection.fetchval(_TOTAL, consultation, place)
    return number


async def newest_by_place(connection: Connection, consultation: ConsultationId, each: int) -> dict[NodeId | None, list[Row]]:
    """The ``each`` newest visible contributions of every place, newest first."""
    found: dict[NodeId | None, list[Row]] = {}
    for row in await connection.fetch(_NEWEST, consultation, each):
        found.setdefault(row["place"], []).append(Row(*row))
    return found


async def page_of_place(
    connection: Connection, consultation: ConsultationId, place: NodeId | None, before: ContributionId, limit: int
) -> list[Row]:
    """Visible contributions of one place (null: of the whole draft) with ids below ``before``, newest first."""
    return [Row(*row) for row in await connection.fetch(_PAGE, consultation, place or "", before, limit)]


async def page_back_of_place(
    connection: Connection, consultation: ConsultationId, place: NodeId | None, after: ContributionId, limit: int
) -> list[Row]:
    """Visible contributions of one place (null: of the whole draft) with ids above ``after``, those nearest to it, newest first."""
    return [Row(*row) for row in reversed(await connection.fetch(_PAGE_BACK, consultation, place or "", after, limit))]


async def own_contributions(connection: Connection, person: PersonId, before: ContributionId, limit: int) -> list[Row]:
    """A person's contributions in every state, with ids below ``before``, newest first."""
    return [Row(*row) for row in await connection.fetch(_OWN, person, before, limit)]


async def moderation_queue(
    connection: Connection,
    agencies: list[AgencyId] | None,
    state: str,
    consultation: ConsultationId | None,
    after: ContributionId | None,
    limit: int,
    *,
    oldest_first: bool = False,
) -> list[Row]:
    """Contributions in ``state`` of the agencies' consultations (``None``: of all), newest or oldest first, behind the one with the id
    ``after``."""
    query, begin = (_QUEUE_OLDEST, ContributionId(0)) if oldest_first else (_QUEUE_NEWEST, NEWEST_ID)
    return [Row(*row) for row in await connection.fetch(query, agencies, state, consultation, begin if after is None else after, limit)]


async def most_flagged(
    connection: Connection, agencies: list[AgencyId] | None, state: str, consultation: ConsultationId | None, limit: int
) -> list[Row]:
    """As ``moderation_queue``, but of those that readers hold to break a rule, the one against which most do first."""
    return [Row(*row) for row in await connection.fetch(_QUEUE_FLAGGED, agencies, state, consultation, limit)]


async def open_appeals(connection: Connection, agencies: list[AgencyId] | None, limit: int) -> list[Row]:
    """Appeals to be decided in the agencies' consultations (``None``: of all), the oldest first."""
    return [Row(*row) for row in await connection.fetch(_APPEALS, agencies, limit)]


async def queue_counts(
    connection: Connection, agencies: list[AgencyId] | None, consultation: ConsultationId | None = None
) -> dict[str, int]:
    """How many contributions are in each state."""
    return {row["state"]: row["total"] for row in await connection.fetch(_QUEUE_COUNTS, agencies, consultation)}


_CLOSING_REASON = """
select body ->> 'reason' from events where topic = $1 and type in ('closed', 'suspended', 'cancelled') order by seq desc limit 1
"""


async def closing_reason(connection: Connection, consultation: ConsultationId) -> str:
    """Why a consultation was closed before its time, suspended or cancelled, whichever came last; empty when it was not."""
    return await connection.fetchval(_CLOSING_REASON, consultation_topic(consultation)) or ""


async def count_contributors(connection: Connection, consultation: ConsultationId) -> int:
    """How many people have a contribution that everyone can see."""
    number: int = await connection.fetchval(_CONTRIBUTORS, consultation)
    return number


class Part(msgspec.Struct, frozen=True):
    """People who answered, and the answers they gave, to one part: the draft (or statements), the questionnaire, the polls."""

    part: str
    people: int
    answers: int


async def count_voters_and_answers(connection: Connection, consultation: ConsultationId) -> tuple[int, int, tuple[Part, ...]]:
    """How many people have answered at least one question of any kind, how many answers they gave, and both by the parts that anybody
    answered. Who shows it asks whether totals may be shown."""
    [row] = await connection.fetch(_PEOPLE_ANSWERS, consultation)
    parts = (Part(part, row[f"{part}_people"], row[part]) for part in ("draft", "poll", "questionnaire"))
    return row["people"], row["answers"], tuple(part for part in parts if part.people)
