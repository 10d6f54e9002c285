"""Following a consultation, a node of its draft or a contribution: who is signed in is told of it by mail, and ends it with one click."""

from msgspec.structs import replace

from consultations.phases import TABLE
from server.identity.keys import Keys, same
from server.identity.policy import Action, require
from server.identity.viewer import Viewer
from server.kernel.ids import ConsultationId, ContributionId, FollowId, NodeId, PersonId
from server.kernel.refused import Refused
from server.store import drafts, follows, overdue, reading
from server.store.connection import Connection, Pool
from server.store.erasing import hold_person
from server.store.follows import Digest, Follow
from server.store.reading import Listed

MOST_FOLLOWS = 500


class Following:
    """The doors of following. ``keys`` makes the secrets with which a letter's reader ends it without signing in."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys

    async def follow(
        self,
        viewer: Viewer,
        consultation: ConsultationId,
        node: NodeId | None = None,
        contribution: ContributionId | None = None,
        digest: Digest = "daily",
    ) -> Follow:
        """Begin to follow, or change how often one is told.

        Raises: Refused ``sign_in_needed``, ``not_found`` for what the viewer cannot see, ``too_many_follows`` (with ``limit``).
        """
        person = _person(viewer)
        async with self._pool.acquire() as connection, connection.transaction():
            await hold_person(connection, person)
            found = await reading.read_consultation_by_id(connection, consultation)
            if found is None or found.phase not in TABLE["follow"]:
                raise Refused("not_found")
            if node is not None and node not in {one.id for one in await drafts.read_nodes(connection, consultation, found.version)}:
                raise Refused("not_found")
            if contribution is not None:
                row = await reading.read_contribution(connection, contribution)
                if row is None or row.consultation != consultation or (row.state != "visible" and row.author != person) or node is not None:
                    raise Refused("not_found")
            await follows.hold(connection, person)  # how many they are is counted below
            kept = await kept_follow(connection, person, found, node, contribution)
            if kept is not None:
                await follows.set_pace(connection, kept.id, person, digest)
                return replace(kept, digest=digest)
            if len(await follows.own_follows(connection, person)) >= MOST_FOLLOWS:
                raise Refused("too_many_follows", limit=MOST_FOLLOWS)
            return await follows.follow(connection, person, consultation, node, contribution, digest, viewer.lang, found.version)

    async def unfollow(self, viewer: Viewer, follow: FollowId) -> None:
        """Follow no more. Raises: Refused ``sign_in_needed``, ``not_found`` for another's."""
        async with self._pool.acquire() as connection:
            if not await follows.unfollow(connection, follow, _person(viewer)):
                raise Refused("not_found")

    async def set_pace(self, viewer: Viewer, follow: FollowId, digest: Digest) -> None:
        """Be told more often, or less. Raises: Refused ``sign_in_needed``, ``not_found`` for another's."""
        async with self._pool.acquire() as connection:
            if not await follows.set_pace(connection, follow, _person(viewer), digest):
                raise Refused("not_found")

    def secret(self, follow: Follow) -> str:
        """What a letter's link holds to end this follow with one click."""
        return self._keys.follow_link(follow.id, follow.person)

    async def unfollow_by_link(self, follow: FollowId, secret: str) -> Follow | None:
        """End a follow by the link of a letter. What it was; nothing when it had been ended before.

        Raises: Refused ``not_found`` for a wrong secret.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            found = await follows.read_follow(connection, follow)
            if found is None:
                return None
            if not same(secret, self.secret(found)):
                raise Refused("not_found")
            await follows.unfollow(connection, found.id, found.person)
            return found

    def ends_reminders(self, person: PersonId, secret: str) -> bool:
        """Whether the link of a letter ends those about what is overdue in moderation, and not those about what one follows."""
        return same(secret, self._keys.reminders_link(person))

    async def remind(self, person: PersonId, *, wanted: bool) -> None:
        """Tell a moderator of what is overdue, or no more."""
        async with self._pool.acquire() as connection, connection.transaction():
            await overdue.want_letters(connection, person, wanted=wanted)

    async def silence_by_link(self, person: PersonId, secret: str) -> None:
        """Send no more letters of the kind that has this link to this person.

        Raises: Refused ``not_found`` for a wrong secret.
        """
        if self.ends_reminders(person, secret):
            await self.remind(person, wanted=False)
            return
        if not same(secret, self._keys.letters_link(person)):
            raise Refused("not_found")
        async with self._pool.acquire() as connection:
            await follows.silence(connection, person)


async def kept_follow(
    connection: Connection, person: PersonId, consultation: Listed, node: NodeId | None, contribution: ContributionId | None
) -> Follow | None:
    """The follow by which a person follows this already: also one of a clause that has become ``node`` of the newest version."""
    for one in await follows.own_follows_in(connection, person, consultation.id):
        if one.contribution != contribution or (one.node is None) != (node is None):
            continue
        if one.node is None or node in await drafts.nodes_now(connection, consultation.id, one.node, one.version, consultation.version):
            return one
    return None


def _person(viewer: Viewer) -> PersonId:
    require(viewer, Action.FOLLOW, owner=viewer.person)
    assert viewer.person is not None
    return viewer.person
