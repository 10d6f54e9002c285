"""The published report follows what everybody may read: words that are hidden, withdrawn or erased afterwards leave it too."""

from collections.abc import Iterable

from consultations import events as e
from consultations.state import Consultation
from server.jobs.reporting import add_report_job
from server.kernel.ids import ConsultationId
from server.store import reports
from server.store.connection import Connection


async def reissue(connection: Connection, consultation: ConsultationId, before: Consultation, events: Iterable[e.AnyEvent]) -> None:
    """Withholds the report and asks for another where answered words went, and asks for another where words or answers came. Where words
    were erased every report of this consultation is destroyed first, published or not.

    ``before`` is the state in which these events happened. In their transaction, so that nobody is given words that were hidden.
    """
    public = before.phase in ("answered", "archived")
    went = came = erased = False
    for event in events:
        match event:
            case e.Erased():
                erased = True
            case e.Withdrawn() | e.Ruled():
                found = before.contributions.get(event.contribution)
                stood = found is not None and found.counts
                stands = isinstance(event, e.Ruled) and event.state == "visible" and found is not None and found.parent is None
                went, came = went or (stood and not stands), came or (stands and not stood)
            case e.Disposed() | e.AppealDecided(granted=True):
                came = True
    if erased:  # no edition may keep the words, not even one that nobody gets any more
        await reports.destroy_files(connection, consultation)
    if erased or (public and (went or came)):
        number = await reports.ask_again(connection, consultation, withhold=went or erased)
        if number is not None:
            await add_report_job(connection, number)
