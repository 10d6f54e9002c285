"""Erasing everything that is held about a person, at that person's demand; and once more where a restored backup brought it back."""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from consultations import commands as c
from consultations import events as e
from consultations.decide import Context, decide
from consultations.evolve import evolve
from rooms.erasures import LineErased
from server.identity.keys import ERASED_CONTACT, Keys
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.jobs.erase_list import ERASED_JOB
from server.kernel.ids import ConsultationId, ContributionId, PersonId, SessionId, consultation_topic
from server.kernel.refused import Refused
from server.realtime.consulting import Told, person_key
from server.realtime.minuting import erase_on_record
from server.realtime.reissuing import reissue
from server.realtime.votes import voter_key
from server.store import consultations as store
from server.store import erasing, identity, jobs, people, record, topics
from server.store.connection import Connection, Pool
from server.store.erasing import Erased

LETTER = "account_erased"

Ended = Callable[[Iterable[SessionId]], Awaitable[None]]
_MAY = frozenset({str(Action.ERASE_OWN)})


class Erasing:
    """``told`` and ``ended`` are called after COMMIT: what happened in which consultation, and which sessions are over."""

    def __init__(self, pool: Pool, keys: Keys, told: Told, ended: Ended) -> None:
        self._pool = pool
        self._keys = keys
        self._told = told
        self._ended = ended

    async def check(self, viewer: Viewer) -> None:
        """Whether the viewer may have the account erased now.

        Raises: Refused ``sign_in_needed``; ``holds_a_role`` while one is an official here, whose acts somebody must answer for;
            ``on_a_roll`` (``room``) while one stands on the roll of a room, from which who runs the room takes one off.
        """
        require(viewer, Action.ERASE_OWN, owner=viewer.person)
        assert viewer.person is not None
        async with self._pool.acquire() as connection:
            await _check(connection, viewer.person)

    async def erase_account(self, viewer: Viewer) -> None:
        """Everything of the viewer's, in one transaction. A letter to the address that is erased confirms it.

        Raises: Refused as ``check`` says.
        """
        require(viewer, Action.ERASE_OWN, owner=viewer.person)
        assert viewer.person is not None
        async with self._pool.acquire() as connection, connection.transaction():
            await erasing.hold_person_alone(connection, viewer.person)
            email = await erasing.hold_contact(connection, viewer.person)
            if email is None:
                raise Refused("sign_in_needed")
            await _check(connection, viewer.person)
            now = await store.database_now(connection)
            happened, sessions = await self._erase(connection, viewer.person, email, now)
            await jobs.add_mail(connection, LETTER, email, viewer.lang, {}, idempotency_key=f"{LETTER}:{viewer.person}:{now.isoformat()}")
        await self._tell(happened, sessions)

    async def again(self, lines: Iterable[Erased]) -> int:
        """Erases what stands again of all that is on a list; how much that was. Doing it twice changes nothing."""
        erased = 0
        for line in lines:
            async with self._pool.acquire() as connection, connection.transaction():
                happened, sessions = dict[ConsultationId, list[e.AnyEvent]](), list[SessionId]()
                if line.person is not None and await erasing.stands_person(connection, line.person, line.since):
                    email = await erasing.hold_contact(connection, line.person)
                    happened, sessions = await self._erase(connection, line.person, email, line.at)
                    erased += 1
                elif line.contribution is not None:
                    where = await erasing.consultation_of_standing(connection, line.contribution, line.since)
                    if where is not None:
                        happened = {where: await _erase_words(connection, where, [line.contribution], line.at)}
                        erased += 1
                elif line.line is not None:
                    found = await erasing.find_standing_line(connection, line.line, line.since)
                    if found is not None:
                        meeting, number, who = found
                        now = await record.hold(connection, meeting)
                        await erase_on_record(connection, meeting, line.line, LineErased(number, who, line.at), now)
                        erased += 1
            await self._tell(happened, sessions)
        return erased

    async def _erase(
        self, connection: Connection, person: PersonId, email: str | None, at: datetime
    ) -> tuple[dict[ConsultationId, list[e.AnyEvent]], list[SessionId]]:
        """Votes first: whoever writes some takes the same locks in this order. What is counted is looked up once nothing can be added."""
        await erasing.hold_person_alone(connection, person)
        sessions = await identity.end_sessions(connection, person)
        changed = [(id, voter_key(secret, person), secrets.token_bytes(16)) for id, secret in await erasing.voter_secrets(connection)]
        if changed:
            await erasing.forget_voters(connection, changed)
        spoken = await erasing.contributions_of(connection, person)
        happened = {where: await _erase_words(connection, where, contributions, at) for where, contributions in spoken.items()}
        voters = {id: new for id, _, new in changed}
        await erasing.count_both(connection, person, voters)
        if email is not None:
            counted = await erasing.counted_open(connection, person, voters)
            await erasing.mark_contact(connection, self._keys.subject(ERASED_CONTACT, email), counted)
        await erasing.forget_person(connection, person, person_key(person), email, at)
        await jobs.add_job(connection, ERASED_JOB, {})
        return happened, sessions

    async def _tell(self, happened: dict[ConsultationId, list[e.AnyEvent]], sessions: list[SessionId]) -> None:
        for where, events in happened.items():
            self._told(where, events)
        await self._ended(sessions)


async def _check(connection: Connection, person: PersonId) -> None:
    """As it is now: a role may have been taken on since the viewer was let in."""
    if await people.roles_of(connection, person):
        raise Refused("holds_a_role")
    room = await erasing.seated_in(connection, person)
    if room is not None:
        raise Refused("on_a_roll", room=room)


async def _erase_words(
    connection: Connection, where: ConsultationId, contributions: list[ContributionId], at: datetime
) -> list[e.AnyEvent]:
    """Their author has them erased; ``at`` is when that was demanded."""
    await topics.lock_topic(connection, consultation_topic(where))
    before = state = await store.load(connection, where, contributions)
    events: list[e.AnyEvent] = []
    author = None
    for contribution in contributions:
        author = state.contributions[contribution].author
        [event] = decide(state, c.Erase(contribution), Context(at, author, _MAY))
        events.append(event)
        state = evolve(state, event)
    await store.append(connection, where, await store.database_now(connection), author, events)
    await reissue(connection, where, before, events)
    return events
