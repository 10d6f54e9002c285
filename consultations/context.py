"""Who asks, when, and what they may do: what every rule is handed beside the state and the command."""

from datetime import datetime

import msgspec

from consultations.phases import Act, allows
from consultations.state import Consultation, phase_at
from server.kernel.ids import PersonId
from server.kernel.refused import Refused


class Context(msgspec.Struct, frozen=True):
    """Who asks, when, and what the policy table lets them do in this consultation's agency.

    ``now`` is the database's clock (UTC). ``may`` holds the names of allowed actions. ``new_id`` is the number for the first new thing
    that the command makes (a contribution, a paper, a question, a disposition); the following ones are consecutive. ``speaks_for`` are the
    names of the agencies in which one holds a role. ``answers`` is how many contributions have their answer, where all are published.
    """

    now: datetime
    person: PersonId | None
    may: frozenset[str]
    new_id: int = 0
    speaks_for: frozenset[str] = frozenset()
    answers: int | None = None

    def allow(self, action: str) -> None:
        """Raises: Refused ``not_allowed``."""
        if action not in self.may:
            raise Refused("not_allowed")

    def in_phase(self, state: Consultation, act: Act) -> None:
        """Raises: Refused ``wrong_phase`` (with ``phase``) when the table of phases does not allow ``act`` now."""
        phase = phase_at(state, self.now)
        if not allows(act, phase):
            raise Refused("wrong_phase", phase=phase)
