"""Consultations that were taken over from elsewhere: their data as they were told, beside the file they came in. Nothing here changes."""

import asyncio
from datetime import datetime
from hashlib import sha256

import msgspec

from consultations.taken_over import About, Figure, Given, Package, Total
from server.kernel.ids import AgencyId, PersonId
from server.store.connection import Connection, Pool
from server.store.people import record_act


class Dossier(msgspec.Struct, frozen=True):
    """What is known of one without its words. ``at`` is when it was taken over, by ``agency``; ``sha256`` and ``size`` (bytes) are of
    the file."""

    id: int
    agency: AgencyId
    agency_name: str
    agency_name_en: str
    about: About
    sha256: str
    size: int
    at: datetime


_COLUMNS = "d.id, d.agency, a.name as agency_name, a.name_en as agency_name_en, d.about, d.sha256, d.size, d.at"
_FROM = "from taken_over as d join agencies as a on a.id = d.agency"
_KEEP = """
insert into taken_over (agency, title, about, totals, figures, sha256, size, taken_by) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (agency, sha256) do nothing returning id
"""
_FIND = "select id from taken_over where agency = $1 and sha256 = $2"
_KEEP_LINES = """
insert into taken_over_contributions (dossier, id, line)
select $1, id, line::jsonb from unnest($2::bigint[], $3::text[]) as t (id, line)
"""
_KEEP_TEXT = "insert into taken_over_texts (dossier, version, draft) values ($1, $2, $3)"
_KEEP_BYTES = "insert into taken_over_bytes (dossier, bytes) values ($1, $2)"
_LIST = f"select {_COLUMNS} {_FROM} where d.id < $1 order by d.id desc limit $2"
_READ = f"select {_COLUMNS} {_FROM} where d.id = $1"
_NUMBERS = "select totals, figures from taken_over where id = $1"
_VERSIONS = "select version from taken_over_texts where dossier = $1 order by version"
_TEXT = "select draft from taken_over_texts where dossier = $1 and version = $2"
_LINES = "select line from taken_over_contributions where dossier = $1 and id > $2 order by id limit $3"
_LINES_BACK = "select line from taken_over_contributions where dossier = $1 and id < $2 order by id desc limit $3"
_BYTES = "select bytes from taken_over_bytes where dossier = $1"
_DROP = "delete from taken_over where id = $1 returning sha256"


async def take_over(pool: Pool, agency: AgencyId, package: Package, data: bytes, by: PersonId | None) -> tuple[int, bool]:
    """Keep one with the file it came in, and the act on record: its number, and whether it is new to this agency. ``by`` is None for the
    operator at the console."""
    digest = await asyncio.to_thread(lambda: sha256(data).hexdigest())
    async with pool.acquire() as connection, connection.transaction():
        number, new = await _keep(connection, agency, package, data, digest, by)
        if new:
            await record_act(connection, "taken_over", actor=by, agency=agency, detail={"sha256": digest})
    return number, new


async def _keep(
    connection: Connection, agency: AgencyId, package: Package, data: bytes, digest: str, by: PersonId | None
) -> tuple[int, bool]:
    totals, figures = msgspec.to_builtins(package.totals), msgspec.to_builtins(package.figures)
    about = msgspec.to_builtins(package.about)
    number: int | None = await connection.fetchval(_KEEP, agency, package.about.title, about, totals, figures, digest, len(data), by)
    if number is None:
        return int(await connection.fetchval(_FIND, agency, digest)), False
    await connection.execute(_KEEP_LINES, number, [id for id, _ in package.contributions], [line for _, line in package.contributions])
    for version, draft in package.texts.items():
        await connection.execute(_KEEP_TEXT, number, version, msgspec.to_builtins(draft))
    await connection.execute(_KEEP_BYTES, number, data)
    return number, True


async def list_dossiers(connection: Connection, before: int, limit: int) -> list[Dossier]:
    """At most ``limit`` with numbers below ``before``, the newest first."""
    return [msgspec.convert(dict(row), Dossier) for row in await connection.fetch(_LIST, before, limit)]


async def read(connection: Connection, dossier: int) -> Dossier | None:
    """One, or nothing."""
    row = await connection.fetchrow(_READ, dossier)
    return None if row is None else msgspec.convert(dict(row), Dossier)


async def read_numbers(connection: Connection, dossier: int) -> tuple[list[Total], list[Figure]]:
    """Its totals and its figures, in the order of the file."""
    row = await connection.fetchrow(_NUMBERS, dossier)
    return ([], []) if row is None else (msgspec.convert(row["totals"], list[Total]), msgspec.convert(row["figures"], list[Figure]))


async def versions(connection: Connection, dossier: int) -> list[int]:
    """The versions of its draft whose text is kept."""
    return [row["version"] for row in await connection.fetch(_VERSIONS, dossier)]


async def read_text(connection: Connection, dossier: int, version: int) -> object | None:
    """One version of its draft as JSON, or nothing."""
    draft: object | None = await connection.fetchval(_TEXT, dossier, version)
    return draft


async def contributions_after(connection: Connection, dossier: int, after: int, limit: int) -> list[Given]:
    """At most ``limit`` contributions and answers to them with ids above ``after``, in order."""
    return [msgspec.convert(row["line"], Given) for row in await connection.fetch(_LINES, dossier, after, limit)]


async def contributions_before(connection: Connection, dossier: int, before: int, limit: int) -> list[Given]:
    """The last ``limit``, at most, with ids below ``before``, in order."""
    return [msgspec.convert(row["line"], Given) for row in reversed(await connection.fetch(_LINES_BACK, dossier, before, limit))]


async def read_bytes(connection: Connection, dossier: int) -> bytes | None:
    """The file as it came."""
    data: bytes | None = await connection.fetchval(_BYTES, dossier)
    return data


async def drop(connection: Connection, dossier: int) -> str | None:
    """Delete one with all its words; the SHA-256 of its file, or nothing where there was none."""
    digest: str | None = await connection.fetchval(_DROP, dossier)
    return digest
