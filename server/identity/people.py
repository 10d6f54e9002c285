"""What administrators do: agencies, invitations, roles. Each act is checked, done and recorded in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from consultations.words import clean
from server.identity.contact import normalised_email
from server.identity.policy import Action, require
from server.identity.sessions import Sessions
from server.identity.viewer import Role, Viewer
from server.kernel.ids import AgencyId, PersonId
from server.kernel.refused import Refused
from server.locale import Language
from server.store import identity, people
from server.store.connection import Connection, Pool
from server.store.erasing import hold_person
from server.store.jobs import add_mail
from server.store.people import Invitation, record_act

INVITATION_LIFETIME = timedelta(days=7)
GRANTED = (Role.MODERATOR, Role.EDITOR, Role.ADMINISTRATOR)
_SLUG = "abcdefghijklmnopqrstuvwxyz0123456789-"
_NAME_LIMIT = 200


class People:
    """Administration of agencies and of the people who hold roles in them."""

    def __init__(self, pool: Pool, sessions: Sessions) -> None:
        self._pool = pool
        self._sessions = sessions

    async def add_agency(self, viewer: Viewer, slug: str, name: str, name_en: str) -> AgencyId:
        """A new agency.

        Raises: Refused ``not_allowed``, ``bad_slug``, ``slug_taken``, ``empty``, ``too_long``.
        """
        require(viewer, Action.MANAGE_AGENCIES)
        name, name_en = clean(name, "name", _NAME_LIMIT, lines=False), clean(name_en, "name_en", _NAME_LIMIT, lines=False)
        if not 2 <= len(slug) <= 60 or set(slug) - set(_SLUG) or slug.strip("-") != slug:
            raise Refused("bad_slug")
        async with self._transaction() as connection:
            agency = await people.add_agency(connection, slug, name, name_en)
            if agency is None:
                raise Refused("slug_taken")
            await record_act(connection, "agency_added", actor=viewer.person, agency=agency, detail={"slug": slug})
        return agency

    async def rename_agency(self, viewer: Viewer, agency: AgencyId, name: str, name_en: str) -> None:
        """Gives an agency other names.

        Raises: Refused ``not_allowed``, ``not_found``, ``empty``, ``too_long``.
        """
        require(viewer, Action.MANAGE_AGENCIES)
        name, name_en = clean(name, "name", _NAME_LIMIT, lines=False), clean(name_en, "name_en", _NAME_LIMIT, lines=False)
        async with self._transaction() as connection:
            if not await people.rename_agency(connection, agency, name, name_en):
                raise Refused("not_found")
            await record_act(connection, "agency_renamed", actor=viewer.person, agency=agency, detail={"name": name, "name_en": name_en})

    async def invite(self, viewer: Viewer, email: str, role: str, agency: AgencyId | None, lang: Language) -> int:
        """Invites whoever signs in with ``email`` to a role; returns the invitation's id. The mail is in language ``lang``.

        Raises: Refused ``not_found`` for an agency that is not the viewer's to manage, ``bad_role``, ``bad_email``, ``own_role``.
        """
        require(viewer, Action.MANAGE_PEOPLE, agency=agency, secret=True)
        if role not in GRANTED or (agency is None and role != Role.ADMINISTRATOR):
            raise Refused("bad_role")
        contact = normalised_email(email)
        async with self._transaction() as connection:
            if agency is not None and not await people.list_agencies(connection, [agency]):
                raise Refused("not_found")
            if await identity.find_person(connection, contact) == viewer.person:
                raise Refused("own_role")
            invitation = await people.add_invitation(connection, contact, role, agency, INVITATION_LIFETIME)
            detail = {"invitation": invitation, "role": role}
            await record_act(connection, "invited", actor=viewer.person, agency=agency, detail=detail)
            values = {"invitation": invitation, "days": INVITATION_LIFETIME.days}
            await add_mail(connection, "invitation", contact, lang, values, idempotency_key=f"invitation-{invitation}")
        return invitation

    async def read_invitation(self, viewer: Viewer, invitation: int) -> Invitation:
        """An invitation that the viewer can accept.

        Raises: Refused ``not_found`` when it is over, or made to another contact than the viewer's, or was never made.
        """
        found = await people.read_invitation(self._pool, invitation)
        contact = None if viewer.person is None else await identity.read_contact(self._pool, viewer.person)
        if found is None or contact is None or found.email != contact.email or found.state != "open" or found.expired:
            raise Refused("not_found")
        return found

    async def accept(self, viewer: Viewer, invitation: int, device: str) -> str:
        """Takes on the role. Every session of the viewer ends, for its rights changed; returns the secret of a new one.

        Raises: Refused ``sign_in_needed``; ``not_found`` as ``read_invitation``; ``conflicting_roles`` when one would be an
        administrator beside another role.
        """
        require(viewer, Action.ACCEPT_INVITATION, owner=viewer.person)
        assert viewer.person is not None
        found = await self.read_invitation(viewer, invitation)
        async with self._transaction() as connection:
            await hold_person(connection, viewer.person)
            if not await people.close_invitation(connection, invitation, "accepted", found.email):
                raise Refused("not_found")
            held = await people.roles_of(connection, viewer.person)
            if any((role == Role.ADMINISTRATOR) != (found.role == Role.ADMINISTRATOR) for role, _ in held):
                raise Refused("conflicting_roles")
            await people.add_grant(connection, viewer.person, found.role, found.agency)
            detail = {"invitation": invitation, "role": found.role}
            await record_act(connection, "role_accepted", actor=viewer.person, agency=found.agency, subject=viewer.person, detail=detail)
            ended = await identity.end_sessions(connection, viewer.person)
            secret = await self._sessions.open(connection, viewer.person, device)
        await self._sessions.tell_ended(ended)
        return secret

    async def withdraw(self, viewer: Viewer, invitation: int) -> None:
        """Takes back an invitation that has not been accepted.

        Raises: Refused ``not_found``.
        """
        found = await people.read_invitation(self._pool, invitation)
        if found is None:
            raise Refused("not_found")
        require(viewer, Action.MANAGE_PEOPLE, agency=found.agency, secret=True)
        async with self._transaction() as connection:
            if not await people.close_invitation(connection, invitation, "withdrawn"):
                raise Refused("not_found")
            detail = {"invitation": invitation, "role": found.role}
            await record_act(connection, "invitation_withdrawn", actor=viewer.person, agency=found.agency, detail=detail)

    async def take_away(self, viewer: Viewer, grant: int) -> None:
        """Takes a role away from somebody else, whose sessions end.

        Raises: Refused ``not_found``, ``own_role``.
        """
        holder = await people.read_grant(self._pool, grant)
        if holder is None:
            raise Refused("not_found")
        require(viewer, Action.MANAGE_PEOPLE, agency=holder.agency, secret=True)
        if holder.person == viewer.person:
            raise Refused("own_role")
        async with self._transaction() as connection:
            if not await people.drop_grant(connection, grant):
                raise Refused("not_found")
            ended = await identity.end_sessions(connection, PersonId(holder.person))
            await record_act(
                connection,
                "role_taken_away",
                actor=viewer.person,
                agency=holder.agency,
                subject=holder.person,
                detail={"role": holder.role},
            )
        await self._sessions.tell_ended(ended)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection
