"""Consolidated reports (form 10): the opinions to report on with their answers, what was asked for, and the files that came of it."""

from datetime import datetime
from typing import Any

import msgspec

from consultations.report import ERASED_NAME, Contributor, Cover, Opinion, Place, erased_words, places
from consultations.tree import Draft, anchors
from server.kernel.ids import ConsultationId, ContributionId, NodeId
from server.store import drafts
from server.store.connection import Connection, Database


class ReportFile(msgspec.Struct, frozen=True):
    """One file of a report; ``sha256`` (hex) is that of its ``size`` bytes."""

    format: str
    sha256: str
    size: int


class StoredReport(msgspec.Struct, frozen=True):
    """A report that was asked for. ``state`` is waiting, making, made, cancelled or failed; ``share`` (0 to 1) is how much is written.

    ``why`` is the code of the refusal for which it failed. ``read_at`` is when its data were read.
    """

    id: int
    consultation: ConsultationId
    cover: Cover
    state: str
    share: float
    why: str
    at: datetime
    read_at: datetime | None

    @property
    def under_way(self) -> bool:
        """Whether it is waited for."""
        return self.state in ("waiting", "making")


_COLUMNS = "id, consultation, cover, state, share, why, at, read_at"
# One at a time: while one is under way another one is not asked for. The second statement sees what was asked while the first one waited.
_HOLD = "select from consultations where id = $1 for no key update"
_ASK = """
insert into reports (consultation, cover) select $1, $2
where not exists (select from reports where consultation = $1 and state in ('waiting', 'making')) returning id
"""
_NEWEST = f"select {_COLUMNS} from reports where consultation = $1 order by id desc limit 1"
_BEGIN = f"""
update reports set state = 'making', share = 0, read_at = clock_timestamp() where id = $1 and state in ('waiting', 'making')
returning {_COLUMNS}
"""
_TELL = "update reports set share = $2 where id = $1 and state = 'making' returning id"
_FINISH = "update reports set state = 'made', share = 1 where id = $1 and state = 'making' returning id"
_ADD_FILE = "insert into report_files (report, format, sha256, size, bytes) values ($1, $2, $3, $4, $5)"
_FAIL = "update reports set state = 'failed', why = $2 where id = $1 and state in ('waiting', 'making')"
_CANCEL = "update reports set state = 'cancelled' where consultation = $1 and state in ('waiting', 'making') returning id"
_FILES = "select format, sha256, size from report_files where report = $1 order by format"
# Public is what was made of the answers as they were published, and nothing that was made before.
_PUBLIC = """
select f.format, f.sha256, f.size from report_files as f where f.report = (
    select r.id from reports as r join consultations as c on c.id = r.consultation
    where c.id = $1 and c.phase in ('answered', 'archived') and r.state = 'made' and r.read_at >= c.answered_at and r.withheld_at is null
    order by r.id desc limit 1
) order by f.format
"""
_BYTES = """
select f.bytes from report_files as f join reports as r on r.id = f.report join consultations as c on c.id = r.consultation
where c.id = $1 and f.sha256 = $2 and f.format = $3 and r.state = 'made'
    and ($4::boolean or (c.phase in ('answered', 'archived') and r.read_at >= c.answered_at and r.withheld_at is null))
limit 1
"""
_WITHHOLD = "update reports set withheld_at = clock_timestamp() where consultation = $1 and state = 'made' and withheld_at is null"
_DESTROY_FILES = "delete from report_files where report in (select id from reports where consultation = $1)"
_LAST_COVER = "select cover from reports where consultation = $1 and state <> 'cancelled' order by id desc limit 1"
_EDITION = """
select max(r.read_at) filter (where r.withheld_at is null) as at, bool_or(r.withheld_at is not null) as remade
from reports as r join consultations as c on c.id = r.consultation
where c.id = $1 and c.phase in ('answered', 'archived') and r.state = 'made' and r.read_at >= c.answered_at
"""
_HIDDEN_SINCE = """
select k.id, k.rule, k.ruled_at from contributions as k join consultations as c on c.id = k.consultation
where c.id = $1 and c.answered_at <= k.ruled_at and k.state = 'hidden' and k.parent is null and k.disposition is not null
order by k.id limit $2
"""
_OPINIONS = """
select k.id, k.version, k.node, k.name, k.kind, k.verified, k.text, k.quote, k.suggestion, k.erased_at,
    d.id as answer, d.outcome, d.explanation, d.version as changed_version, d.node as changed_node
from contributions as k left join dispositions as d on d.id = k.disposition
where k.consultation = $1 and k.parent is null and k.state = 'visible' order by k.id
"""
_WAITING = "select count(*) from contributions where consultation = $1 and parent is null and state = 'waiting'"


async def ask(connection: Connection, consultation: ConsultationId, cover: Cover) -> int | None:
    """Ask for a report under this cover; its number, or None while another one of this consultation is under way."""
    async with connection.transaction():
        await connection.execute(_HOLD, consultation)
        number: int | None = await connection.fetchval(_ASK, consultation, msgspec.to_builtins(cover))
    return number


async def newest(connection: Connection, consultation: ConsultationId) -> StoredReport | None:
    """The report asked for last."""
    row = await connection.fetchrow(_NEWEST, consultation)
    return None if row is None else _report(row)


async def ask_again(connection: Connection, consultation: ConsultationId, *, withhold: bool) -> int | None:
    """Ask for a report anew, under the cover of the last one, in the place of one under way; its number, or None where there was none.

    ``withhold``: from now on nobody gets the files that were made until now. Must run in the transaction of what changed.
    """
    cover = await connection.fetchval(_LAST_COVER, consultation)
    await connection.execute(_CANCEL, consultation)
    if withhold:
        await connection.execute(_WITHHOLD, consultation)
    return None if cover is None else await ask(connection, consultation, msgspec.convert(cover, Cover))


async def destroy_files(connection: Connection, consultation: ConsultationId) -> None:
    """Nobody, not even who wrote them, gets any file of this consultation's reports that was made until now."""
    await connection.execute(_DESTROY_FILES, consultation)


async def begin(connection: Connection, report: int) -> StoredReport | None:
    """Take a report in hand; nothing when it is no longer wanted."""
    row = await connection.fetchrow(_BEGIN, report)
    return None if row is None else _report(row)


async def tell_share(database: Database, report: int, share: float) -> bool:
    """Say how much of a report is written; whether it is still wanted."""
    return await database.fetchval(_TELL, report, share) is not None


async def finish(connection: Connection, report: int, files: list[tuple[ReportFile, bytes]]) -> None:
    """Keep the files of a report that is still wanted, in the caller's transaction."""
    if await connection.fetchval(_FINISH, report) is not None:
        await connection.executemany(_ADD_FILE, [(report, file.format, file.sha256, file.size, data) for file, data in files])


async def fail(database: Database, report: int, why: str) -> None:
    """Give a report up, for this reason (the code of a refusal)."""
    await database.execute(_FAIL, report, why)


async def cancel(connection: Connection, consultation: ConsultationId) -> bool:
    """Want the report under way no longer; whether there was one."""
    return await connection.fetchval(_CANCEL, consultation) is not None


async def files_of(connection: Connection, report: int) -> list[ReportFile]:
    """The files of a report, for those who write answers."""
    return [ReportFile(*row) for row in await connection.fetch(_FILES, report)]


async def public_files(connection: Connection, consultation: ConsultationId) -> list[ReportFile]:
    """The files that everybody may have: of the newest report made of the published answers."""
    return [ReportFile(*row) for row in await connection.fetch(_PUBLIC, consultation)]


class Edition(msgspec.Struct, frozen=True):
    """When the data of the public report were read (nothing while there is none), and whether any before it was withheld."""

    at: datetime | None
    remade: bool


async def read_edition(connection: Connection, consultation: ConsultationId) -> Edition:
    """Of the published answers."""
    row = await connection.fetchrow(_EDITION, consultation)
    return Edition(None, False) if row is None else Edition(row["at"], bool(row["remade"]))


class HiddenSince(msgspec.Struct, frozen=True):
    """An answered contribution that was hidden after the answers were published, by which rule and when."""

    id: ContributionId
    rule: str
    at: datetime


async def hidden_since(connection: Connection, consultation: ConsultationId, limit: int) -> list[HiddenSince]:
    """Those that the report told of and tells of no more, the first ``limit``."""
    return [HiddenSince(*row) for row in await connection.fetch(_HIDDEN_SINCE, consultation, limit)]


async def read_bytes(connection: Connection, consultation: ConsultationId, sha256: str, format: str, *, inside: bool) -> bytes | None:
    """A file of this consultation by its SHA-256 and format; ``inside`` also one that is not public yet."""
    found: bytes | None = await connection.fetchval(_BYTES, consultation, sha256, format, inside)
    return found


async def count_waiting(connection: Connection, consultation: ConsultationId) -> int:
    """How many contributions that would be owed an answer still wait for a moderator."""
    number: int = await connection.fetchval(_WAITING, consultation)
    return number


async def read_opinions(connection: Connection, consultation: ConsultationId, address: str) -> list[Opinion]:
    """Every visible contribution with its answer, published or not, in the order in which they came.

    Each stands at the place in the version of the draft of which it spoke. ``address`` is that of the consultation's page.
    """
    known: dict[int, tuple[dict[NodeId, Place], dict[NodeId, str]]] = {}
    for number, _name, _at in await drafts.list_versions(connection, consultation):
        version = await drafts.read_version(connection, consultation, number)
        draft = None if version is None else msgspec.convert(version.draft, Draft)
        known[number] = ({}, {}) if draft is None else (places(draft), anchors(draft))
    nowhere: tuple[dict[NodeId, Place], dict[NodeId, str]] = ({}, {})
    found = []
    for row in await connection.fetch(_OPINIONS, consultation):
        new_places, new_anchors = known.get(row["changed_version"], nowhere)
        change = new_places.get(row["changed_node"])
        link = f"{address}/v{row['changed_version']}#{new_anchors[row['changed_node']]}" if change else ""
        found.append(
            Opinion(
                id=row["id"],
                by=Contributor(row["name"] or ERASED_NAME, row["kind"], row["verified"]),
                words=_words(row),
                disposition=row["outcome"],
                explanation=row["explanation"] or "",
                place=known.get(row["version"], nowhere)[0].get(row["node"]),
                group=row["answer"],
                change=_inside(change.label) if change else "",
                link=link,
                review=row["kind"] == "front",
            )
        )
    return found


def _words(row: Any) -> str:
    """All that somebody said: the words they spoke of, their opinion, the wording they suggest. Or that it was erased, and when."""
    if row["erased_at"] is not None:
        return erased_words(row["erased_at"])
    quoted = f"Về đoạn “{row['quote']}”:\n" if row["quote"] else ""
    suggested = f"\nĐề nghị viết lại thành: “{row['suggestion']}”" if row["suggestion"] else ""
    return f"{quoted}{row['text']}{suggested}"


def _inside(label: str) -> str:
    """A label as it stands within a sentence: ``khoản 3 Điều 8``, but ``Điều 8``."""
    return label[:1].lower() + label[1:] if label.startswith(("Khoản", "Điểm", "Bảng", "Đoạn")) else label


def _report(row: Any) -> StoredReport:
    values = dict(row)
    return StoredReport(**{**values, "cover": msgspec.convert(values["cover"], Cover)})
