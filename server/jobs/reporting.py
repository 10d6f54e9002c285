"""The writing of consolidated reports (form 10), in the background: told how far it is, and ended when nobody wants it any more."""

import asyncio
import hashlib

from consultations.report import build
from server.documents.form10 import Format, Writer
from server.kernel.refused import Refused
from server.store import reading, reports
from server.store.connection import Database, Pool
from server.store.jobs import Job, add_job
from server.store.reports import ReportFile, StoredReport

REPORT_JOB = "report"
"""The kind of these jobs. Payload: ``report`` (its number)."""

_SHARES: dict[Format, tuple[float, float]] = {"docx": (0.02, 0.15), "pdf": (0.15, 1.0)}
"""Where in the whole the writing of each format begins and ends."""

_TELL_EVERY_S = 0.5


class NoLongerWanted(Exception):
    """Who asked for the report has cancelled it."""


class Stopping(Exception):
    """This process ends; another one goes on."""


class Reporting:
    """Writes reports one at a time for one web process. ``site`` is the address of the site without a path."""

    def __init__(self, pool: Pool, writer: Writer, site: str) -> None:
        self._pool = pool
        self._writer = writer
        self._site = site
        self._stopping = False

    def stop(self) -> None:
        """Ends what is being written, for another process to write it."""
        self._stopping = True

    async def make(self, job: Job) -> None:
        """Does one job. A report that cannot be made says why to who asked for it."""
        number = int(str(job.payload["report"]))
        async with self._pool.acquire() as connection:
            asked = await reports.begin(connection, number)
        if asked is None:
            return
        try:
            files = await self._write(asked)
        except NoLongerWanted:
            return
        except Stopping:
            await add_job(self._pool, REPORT_JOB, {"report": number}, idempotency_key=f"{REPORT_JOB}:{number}:{job.id}")
            return
        except Refused as refused:
            await reports.fail(self._pool, number, refused.code)
            return
        except Exception:
            await reports.fail(self._pool, number, "failed")
            raise
        async with self._pool.acquire() as connection, connection.transaction():
            await reports.finish(connection, number, files)

    async def _write(self, asked: StoredReport) -> list[tuple[ReportFile, bytes]]:
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            listed = await reading.read_consultation_by_id(connection, asked.consultation)
            assert listed is not None
            opinions = await reports.read_opinions(connection, asked.consultation, f"{self._site}/lay-y-kien/{listed.slug}")
        report = await asyncio.to_thread(build, asked.cover, opinions)
        files = []
        for format, (begins, ends) in _SHARES.items():
            shares = [0.0]
            writing = asyncio.create_task(self._writer.write(report, format, shares.append))
            try:
                while not self._stopping and not (await asyncio.wait({writing}, timeout=_TELL_EVERY_S))[0]:
                    if not await reports.tell_share(self._pool, asked.id, begins + (ends - begins) * shares[-1]):
                        raise NoLongerWanted
                if self._stopping:
                    raise Stopping
                data = writing.result()
            finally:
                writing.cancel()
                await asyncio.wait({writing})
            files.append((ReportFile(format, hashlib.sha256(data).hexdigest(), len(data)), data))
        return files


async def add_report_job(database: Database, report: int) -> None:
    """Has a report that was asked for written."""
    await add_job(database, REPORT_JOB, {"report": report}, idempotency_key=f"{REPORT_JOB}:{report}")
