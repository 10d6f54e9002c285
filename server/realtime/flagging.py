"""Readers tell moderators of what breaks a rule; moderators look at it, and hide it or leave it."""

from datetime import timedelta

from consultations.contributing import check_flag
from consultations.state import NOTHING
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId
from server.kernel.refused import Refused
from server.realtime.consulting import context_of, person_key
from server.realtime.votes import voter_key
from server.store import consultations as store
from server.store import contributions, flags
from server.store.connection import Pool
from server.store.erasing import hold_person
from server.store.requests import take_place

FLAGS_PER_HOUR = 20
"""For one person: who finds more is better heard by mail, and whoever would bury a queue is stopped."""

_HOUR = timedelta(hours=1)


class Flagging:
    """The doors of flags."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def flag(self, viewer: Viewer, contribution: ContributionId, rule: str, words: str) -> None:
        """Tell moderators that a contribution breaks a rule. Doing it twice changes nothing, whatever is said then.

        Raises: Refused ``sign_in_needed``, ``rate_limited`` (with ``retry_after_s``), and as ``consultations.contributing.check_flag``
            says.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, viewer.person)
            consultation = await contributions.consultation_of(connection, contribution)
            state = NOTHING if consultation is None else await store.load(connection, consultation, [contribution])
            if consultation is None or state.agency is None:
                raise Refused("not_found")
            kept = check_flag(state, contribution, rule, words, context_of(viewer, state.agency, await store.database_now(connection)))
            voter = voter_key(await contributions.voter_secret(connection, consultation), viewer.person)
            if await flags.flag(connection, contribution, voter, rule, kept):
                wait_s = await take_place(connection, "flag", person_key(viewer.person), FLAGS_PER_HOUR, _HOUR)
                if wait_s:
                    raise Refused("rate_limited", retry_after_s=wait_s)

    async def settle(self, viewer: Viewer, contribution: ContributionId, seen: str) -> None:
        """A moderator has looked at what is held against a contribution, and leaves it as it is.

        Raises: Refused ``not_found`` for another agency's, ``not_allowed`` for one's own, ``seen_otherwise`` when it was edited or ruled on
            since it stood as ``seen``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            consultation = await contributions.consultation_of(connection, contribution)
            state = NOTHING if consultation is None else await store.load(connection, consultation, [contribution])
            require(viewer, Action.RULE, agency=state.agency, secret=True)
            found = state.contributions[contribution]
            if viewer.person in (found.author, found.entered_by):
                raise Refused("not_allowed")
            if found.stand != seen:
                raise Refused("seen_otherwise")
            await flags.settle(connection, contribution)
