"""Forms that could not be sent because one had to sign in first: kept for an hour for the browser that wrote them."""

from typing import Any

from server.store.connection import Database

MOST = 20_000
"""Forms kept at most; beyond them none is kept, so that nobody can fill the disk with them."""

_KEEP = """
insert into kept_forms (secret_hash, form) select $1, $2 where (select count(*) from kept_forms) < $3
on conflict (secret_hash) do update set form = excluded.form, at = now()
"""
_READ = "select form from kept_forms where secret_hash = $1 and at > now() - interval '1 hour'"
_DROP = "delete from kept_forms where secret_hash = $1"
_DROP_OLD = "delete from kept_forms where at <= now() - interval '1 hour'"


async def keep(database: Database, secret_hash: bytes, form: dict[str, Any]) -> None:
    """Keeps the fields of a form for who knows the secret, in place of what they kept before."""
    await database.execute(_KEEP, secret_hash, form, MOST)


async def read(database: Database, secret_hash: bytes) -> dict[str, Any] | None:
    """The fields that were kept, if that was less than an hour ago."""
    found: dict[str, Any] | None = await database.fetchval(_READ, secret_hash)
    return found


async def drop(database: Database, secret_hash: bytes) -> None:
    """Forgets a form, once it has been sent."""
    await database.execute(_DROP, secret_hash)


async def drop_old(database: Database) -> None:
    """Forgets the forms whose hour is over."""
    await database.execute(_DROP_OLD)
