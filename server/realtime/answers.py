"""What a command is answered with."""

import msgspec

from consultations import commands as c
from consultations import events as e
from consultations.contributing import known_sources
from consultations.state import Consultation
from consultations.words import SOURCE_LIMIT, clean
from server.kernel.ids import ConsultationId, ContributionId


class Answer(msgspec.Struct, frozen=True):
    """What a command is answered with: the consultation, its newest event, and the contribution spoken of, with its state.

    ``contributions`` are those that were entered, also those that had been before, or those that were ruled on.
    """

    consultation: ConsultationId
    seq: int
    contribution: ContributionId | None = None
    state: str | None = None
    contributions: tuple[ContributionId, ...] = ()


def answer_to(consultation: ConsultationId, seq: int, events: list[e.AnyEvent]) -> Answer:
    """The answer to a command that caused ``events``, ``seq`` being the number of the last."""
    match events[-1] if events else None:
        case e.Contributed(contribution=one):
            return Answer(consultation, seq, one.id, one.state)
        case e.Edited(contribution=id, state=state):
            return Answer(consultation, seq, id, state)
        case e.Withdrawn(contribution=id):
            return Answer(consultation, seq, id, "withdrawn")
        case e.Erased(contribution=id, state=state):
            return Answer(consultation, seq, id, state)
        case e.Ruled(contribution=id, state=state):
            return Answer(consultation, seq, id, state, tuple(one.contribution for one in events if isinstance(one, e.Ruled)))
        case e.AppealDecided(contribution=id, granted=granted):
            return Answer(consultation, seq, id, "visible" if granted else "hidden")
        case _:
            return Answer(consultation, seq)


def entered(state: Consultation, command: c.Enter, events: list[e.AnyEvent]) -> tuple[ContributionId, ...]:
    """The contributions of the entries, in their order, whether entered now or before."""
    known = known_sources([*state.contributions.values(), *(one.contribution for one in events if isinstance(one, e.Contributed))])
    keys = [clean(entry.source_key, "source_key", SOURCE_LIMIT, lines=False) for entry in command.entries]
    return tuple(known[key] for key in keys)
