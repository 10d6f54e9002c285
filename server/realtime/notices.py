"""What people are told of by letter: a job for each, written in the transaction of its cause.

Whom it reaches, and in which words, is looked up when it goes out.
"""

from consultations import events as e
from server.kernel.ids import ConsultationId
from server.store import dispositions, jobs
from server.store.connection import Connection

NOTICE = "consultation_notice"
"""The kind of these jobs. Payload: ``consultation`` (id), ``what``, and where it speaks of one, ``contribution`` (id). ``what`` is

- for the agency's editors: ``closing``, ``reply_5``, ``reply_1``, ``reply_late`` (``consultations.state.Reminder``);
- for the agency's moderators: ``appealed``;
- for the author of the contribution: ``hidden``, ``restored``, ``appeal_granted``, ``appeal_refused``;
- for one person (``person``), once a consultation: ``answered``, when the answers to what they said are published.
"""


async def send_notices(
    connection: Connection, consultation: ConsultationId, seq: int, events: list[e.AnyEvent], *, answered: bool = False
) -> None:
    """Add the notices that ``events`` cause; ``seq`` is the number of the last of them, ``answered`` whether the answers are public."""
    for number, event in enumerate(events, start=seq - len(events) + 1):
        match event:
            case e.Reminded(what=what):
                payload: dict[str, object] = {"what": what}
            case e.Ruled(state="waiting"):
                continue
            case e.Ruled(contribution=contribution, state=state):
                payload = {"what": "hidden" if state == "hidden" else "restored", "contribution": contribution}
            case e.Appealed(contribution=contribution):
                payload = {"what": "appealed", "contribution": contribution}
            case e.AppealDecided(contribution=contribution, granted=granted):
                payload = {"what": "appeal_granted" if granted else "appeal_refused", "contribution": contribution}
            case e.Answered() | e.Disposed():
                if isinstance(event, e.Answered) or answered:
                    await dispositions.tell_authors(connection, consultation, NOTICE)
                continue
            case _:
                continue
        key = f"{NOTICE}:{consultation}:{number}"
        await jobs.add_job(connection, NOTICE, {"consultation": consultation, **payload}, idempotency_key=key)
