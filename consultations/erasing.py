"""The rule of erasing: the author of a contribution has its words destroyed (Law 91/2025/QH15), whatever was said to them or done since."""

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contributing import own
from consultations.state import Consultation
from server.kernel.refused import Refused


def erase(state: Consultation, command: c.Erase, context: Context) -> e.Erased:
    """What everybody can see keeps its place, its number and its answer, so that no published total changes; anything else is withdrawn.

    Raises: Refused ``not_found`` for what is not one's own, ``already`` (``erased``), ``wrong_phase``.
    """
    contribution = own(state, command.contribution, context, "erase_own")
    context.in_phase(state, "erase")
    if contribution.erased_at is not None:
        raise Refused("already", state="erased")
    stays = "visible" if contribution.state == "visible" else "withdrawn"
    return e.Erased(contribution.id, stays, contribution.revision + 1, context.now)
