"""The published report follows what everybody may read: words that are hidden or withdrawn afterwards leave it too."""

from collections.abc import Iterable

from consultations import events as e
from consultations.state import Consultation
from server.jobs.reporting import add_report_job
from server.kernel.ids import ConsultationId
from server.store import reports
from server.store.connection import Connection


async def reissue(connection: Connection, consultation: ConsultationId, before: Consultation, events: Iterable[e.AnyEvent]) -> None:
    """Withholds the report and asks for another where answered words went, and asks for another where words or answers came.

    ``before`` is the state in which these events happened. In their transaction, so that nobody is given words that were hidden.
    """
    if before.phase not in ("answered", "archived"):
        return
    went = came = False
    for event in events:
        match event:
            case e.Withdrawn() | e.Ruled():
                found = before.contributions.get(event.contribution)
                stood = found is not None and found.counts
                stands = isinstance(event, e.Ruled) and event.state == "visible" and found is not None and found.parent is None
                went, came = went or (stood and not stands), came or (stands and not stood)
            case e.Disposed() | e.AppealDecided(granted=True):
                came = True
    if went or came:
        number = await reports.ask_again(connection, consultation, withhold=went)
        if number is not None:
            await add_report_job(connection, number)
