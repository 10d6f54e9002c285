"""The names that functions of the store use for what they speak through."""

from typing import TypeAlias

import asyncpg
import asyncpg.pool

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Database: TypeAlias = "Pool | Connection"
"""A function that runs one query takes either; one that must share its caller's transaction asks for a ``Connection``."""
