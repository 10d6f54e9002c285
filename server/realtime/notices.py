"""What people are told of by letter: a job for each, written in the transaction of its cause.

Whom it reaches, and in which words, is looked up when it goes out.
"""

from consultations import events as e
from server.kernel.ids import ConsultationId
from server.store import jobs
from server.store.connection import Connection

NOTICE = "consultation_notice"
"""The kind of these jobs. Payload: ``consultation`` (id), ``what``, and where it speaks of one, ``contribution`` (id). ``what`` is

- for the agency's editors: ``closing``, ``reply_5``, ``reply_1``, ``reply_late`` (``consultations.state.Reminder``);
- for the author of the contribution: ``hidden``, ``restored``.
"""


async def send_notices(connection: Connection, consultation: ConsultationId, seq: int, events: list[e.AnyEvent]) -> None:
    """Add the notices that ``events`` cause; ``seq`` is the number of the last of them."""
    for number, event in enumerate(events, start=seq - len(events) + 1):
        match event:
            case e.Reminded(what=what):
                payload: dict[str, object] = {"what": what}
            case e.Ruled(contribution=contribution, state=state):
                payload = {"what": "hidden" if state == "hidden" else "restored", "contribution": contribution}
            case _:
                continue
        key = f"{NOTICE}:{consultation}:{number}"
        await jobs.add_job(connection, NOTICE, {"consultation": consultation, **payload}, idempotency_key=key)
