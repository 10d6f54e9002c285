"""Connections to PostgreSQL as the role that owns nothing."""

from typing import Any

import asyncpg
import msgspec

from server.store.connection import Connection, Pool

COMMAND_TIMEOUT_S = 30.0


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class _Connection(asyncpg.Connection):
    """A connection that costs no round trip when it is given back.

    Nothing here changes a session beyond its transaction (no ``SET``, ``LISTEN`` or session lock), and an open transaction is rolled
    back in any case, so there is nothing to reset.
    """

    def get_reset_query(self) -> str:
        return ""


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=_to_json, decoder=msgspec.json.decode, schema="pg_catalog")


async def open_pool(dsn: str, connections: int = 8) -> Pool:
    """A pool of up to ``connections`` connections on which ``jsonb`` values are Python values (give dicts and lists, not text).

    A connection whose command was cancelled is closed by asyncpg rather than handed on.
    """
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=connections, init=_prepare, connection_class=_Connection, command_timeout=COMMAND_TIMEOUT_S
    )
