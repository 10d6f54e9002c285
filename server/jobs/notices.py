"""Notices: at each job it is looked up whom it still concerns, and a letter is added for every one of them."""

import msgspec

from consultations.statute import day_of, reply_due, rule_named
from server.kernel.ids import ConsultationId, ContributionId, PersonId
from server.store import people, reading
from server.store.connection import Connection, Pool
from server.store.jobs import Job, add_mail
from server.store.reading import Listed

LETTER = "notice"

_TO_EDITORS = {"closing": "open", "reply_5": "closed", "reply_1": "closed", "reply_late": "closed"}
"""Reminders, and the phase outside of which nobody need be reminded any more."""
_TO_AUTHORS = {"hidden": "hidden", "restored": "visible", "appeal_granted": "visible", "appeal_refused": "hidden"}
"""What an author is told, and the state that the contribution must still be in."""


class _Notice(msgspec.Struct, frozen=True):
    consultation: ConsultationId
    what: str
    contribution: ContributionId | None = None
    person: PersonId | None = None


class Notices:
    """Does the jobs that ``server.realtime.notices`` describes. A job done twice adds no second letter."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def tell(self, job: Job) -> None:
        notice = msgspec.convert(job.payload, _Notice)
        async with self._pool.acquire() as connection, connection.transaction():
            listed = await reading.read_consultation_by_id(connection, notice.consultation)
            if listed is None:
                return
            for person, email in (await _receivers(connection, listed, notice)).items():
                values = {"what": notice.what, "title": listed.title, "slug": listed.slug, "day": _day(listed, notice.what)}
                await add_mail(connection, LETTER, email, "vi", values, idempotency_key=f"{job.idempotency_key or job.id}:{person}")


async def _receivers(connection: Connection, listed: Listed, notice: _Notice) -> dict[PersonId, str]:
    """The addresses of all whom the notice still concerns."""
    if notice.what in _TO_EDITORS:
        return await people.emails_of_role(connection, listed.agency, "editor") if listed.phase == _TO_EDITORS[notice.what] else {}
    if notice.what == "appealed":
        return await people.emails_of_role(connection, listed.agency, "moderator")
    author = notice.person
    if notice.contribution is not None:
        row = await reading.read_contribution(connection, notice.contribution)
        author = row.author if row is not None and row.state == _TO_AUTHORS[notice.what] else None
    return {} if author is None else await people.email_of(connection, author)


def _day(listed: Listed, what: str) -> str:
    """The day in Viet Nam that a reminder speaks of, as it is written there; empty when it speaks of none."""
    if listed.closes_at is None or what not in _TO_EDITORS:
        return ""
    moment = listed.closes_at if what == "closing" else reply_due(rule_named(listed.rule), listed.closes_at)
    if moment is None:
        return ""
    day = day_of(moment - moment.resolution)  # a day that ends at midnight is the day before
    return f"{day.day}/{day.month}/{day.year}"
