"""The rules of contributions: who may give one, and who may take it back."""

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contribution import Contribution
from consultations.state import Consultation
from consultations.words import NAME_LIMIT, TEXT_LIMIT, clean
from server.kernel.ids import ContributionId
from server.kernel.refused import Refused


def contribute(state: Consultation, command: c.Contribute, context: Context) -> e.Contributed:
    context.allow("contribute")
    if context.person is None:
        raise Refused("not_allowed")
    context.in_phase(state, "contribute")
    if command.node is not None and command.node not in state.places:
        raise Refused("not_found")
    return e.Contributed(
        Contribution(
            id=ContributionId(context.new_id),
            node=command.node,
            place=None if command.node is None else state.places[command.node],
            author=context.person,
            name=clean(command.name, "name", NAME_LIMIT, lines=False),
            kind=context.kind,
            verified=context.verified,
            text=clean(command.text, "text", TEXT_LIMIT),
            at=context.now,
            state="waiting" if state.moderation == "before" else "visible",
        )
    )


def withdraw(state: Consultation, command: c.Withdraw, context: Context) -> e.Withdrawn:
    contribution = own(state, command.contribution, context)
    context.in_phase(state, "withdraw")
    if contribution.state == "withdrawn":
        raise Refused("already", state="withdrawn")
    return e.Withdrawn(contribution.id)


def own(state: Consultation, contribution: ContributionId, context: Context) -> Contribution:
    """One's own contribution. Another's is answered as one that does not exist, so that nothing is learnt by guessing."""
    context.allow("withdraw_own")
    found = state.contributions.get(contribution)
    if found is None or found.author != context.person:
        raise Refused("not_found")
    return found
