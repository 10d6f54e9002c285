"""The rules of the agency's answers: each contribution that counts has one, and they are published together."""

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contribution import Contribution
from consultations.state import Consultation, phase_at
from consultations.words import EXPLANATION_LIMIT, clean
from server.kernel.ids import DispositionId
from server.kernel.refused import Refused

MOST_AT_ONCE = 1_000
TOLD = 20
"""How many of the unanswered contributions a refusal names."""


def dispose(state: Consultation, command: c.Dispose, context: Context) -> e.Disposed:
    """One answer to one contribution or to a group of them, in place of any earlier one until the answers are published.

    Raises: Refused ``not_found``, ``already`` (``answered``), ``seen_otherwise``, ``words_erased``, ``no_explanation``, ``too_long``.
    """
    context.allow("dispose")
    context.in_phase(state, "dispose")
    if not 0 < len(command.contributions) <= MOST_AT_ONCE:
        raise Refused("bad_input", field="contributions")
    if command.seen and len(command.seen) != len(command.contributions):
        raise Refused("bad_input", field="seen")
    answered = phase_at(state, context.now) == "answered"
    for id in command.contributions:
        found = state.contributions.get(id)
        if found is None or not found.counts:
            raise Refused("not_found")
        if answered and found.disposition is not None:
            raise Refused("already", state="answered")
    if any(state.contributions[id].stand != seen for id, seen in zip(command.contributions, command.seen, strict=False)):
        raise Refused("seen_otherwise")  # nobody answers words they have not read
    if command.outcome != "noted" and any(state.contributions[id].erased_at is not None for id in command.contributions):
        raise Refused("words_erased")  # of what nobody can read, no more can be said than that it was received
    if command.node is not None and (state.version == 1 or command.node not in state.places):
        raise Refused("not_found")  # a change is in a version after the one that people spoke of
    return e.Disposed(
        DispositionId(context.new_id),
        tuple(dict.fromkeys(command.contributions)),
        command.outcome,
        _explanation(command),
        None if command.node is None else state.version,
        command.node,
        context.now,
        answered,
    )


def publish_answers(state: Consultation, context: Context) -> e.Answered:
    """Raises: Refused ``unanswered`` with ``count`` and the first of their numbers (``contributions``)."""
    context.allow("publish_answers")
    context.in_phase(state, "publish_answers")
    lacking = sorted(one.id for one in state.contributions.values() if is_unanswered(one))
    if lacking:
        raise Refused("unanswered", count=len(lacking), contributions=lacking[:TOLD])
    return e.Answered(context.now, context.answers)


def is_unanswered(one: Contribution) -> bool:
    """Whether an answer to it is owed and lacking. What still waits for a moderator must be ruled on before anything is published."""
    return one.parent is None and one.state in ("visible", "waiting") and one.disposition is None


def _explanation(command: c.Dispose) -> str:
    """What is accepted whole, or noted, speaks for itself; everything else is explained (Law 64/2025/QH15, article 6)."""
    needed = command.outcome in ("partly_accepted", "not_accepted")
    try:
        return clean(command.explanation, "explanation", EXPLANATION_LIMIT, required=needed)
    except Refused as refused:
        raise Refused("no_explanation") if refused.code == "empty" else refused from None
