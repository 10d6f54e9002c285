"""Whether anything that is stored has changed."""

from collections.abc import Iterable

from server.store.connection import Pool


async def mark_of(pool: Pool, tables: Iterable[str]) -> str:
    """A mark of these tables that is another one after every committed change, even one that writes what stood there before.

    Of each table it is the number of its rows and the sum of the transactions that wrote them: whatever writes a row has a higher number
    than all before it, so that with as many rows the sum only grows.
    """
    marks = [f"(select concat(count(*), ' ', sum(xmin::text::bigint)) from {table})" for table in tables]
    return str(await pool.fetchval(f"select concat_ws(', ', {', '.join(marks)})"))
