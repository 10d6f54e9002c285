"""Roles, invitations to them, and the record of every administrative act."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from server.kernel.ids import AgencyId, PersonId
from server.store.connection import Connection, Database


class Holder(msgspec.Struct, frozen=True):
    """A person with a role in an agency, or in the site when ``agency`` is None."""

    grant: int
    person: PersonId
    email: str
    name: str
    role: str
    agency: AgencyId | None
    granted_at: datetime


class Invitation(msgspec.Struct, frozen=True):
    """An invitation to a role. ``expired`` is by the database's clock."""

    id: int
    email: str
    role: str
    agency: AgencyId | None
    agency_name: str
    agency_name_en: str
    state: str
    expires_at: datetime
    expired: bool


class Act(msgspec.Struct, frozen=True):
    """One administrative act. ``actor_email`` and ``subject_email`` are empty once those persons are gone."""

    id: int
    at: datetime
    act: str
    actor: PersonId | None
    actor_email: str
    subject: PersonId | None
    subject_email: str
    agency_name: str
    agency_name_en: str
    detail: dict[str, object]


# --- roles -------------------------------------------------------------------------------------------------------------

_ADD_GRANT = "insert into grants (person, role, agency) values ($1, $2, $3) on conflict do nothing returning id"


async def add_grant(database: Database, person: PersonId, role: str, agency: AgencyId | None) -> bool:
    """Gives a role; False when the person had it."""
    return await database.fetchval(_ADD_GRANT, person, role, agency) is not None


_READ_GRANT = """
select g.id as "grant", g.person, coalesce(c.email, '') as email, coalesce(c.display_name, '') as name, g.role, g.agency, g.granted_at
from grants g left join contacts c on c.person = g.person where g.id = $1
"""
_HOLDERS = """
select g.id as "grant", g.person, coalesce(c.email, '') as email, coalesce(c.display_name, '') as name, g.role, g.agency, g.granted_at
from grants g left join contacts c on c.person = g.person where g.agency is not distinct from $1 order by g.role, c.email, g.id
"""


async def read_grant(database: Database, grant: int) -> Holder | None:
    row = await database.fetchrow(_READ_GRANT, grant)
    return None if row is None else Holder(**row)


async def list_holders(database: Database, agency: AgencyId | None) -> list[Holder]:
    """Everybody with a role in ``agency``, or in the whole site when it is None."""
    return [Holder(**row) for row in await database.fetch(_HOLDERS, agency)]


_ROLES_OF = "select role, agency from grants where person = $1"


async def roles_of(database: Database, person: PersonId) -> list[tuple[str, AgencyId | None]]:
    return [(row["role"], row["agency"]) for row in await database.fetch(_ROLES_OF, person)]


_EMAILS_OF_ROLE = """
select c.person, c.email from grants g join contacts c on c.person = g.person where g.agency = $1 and g.role = $2 order by c.person
"""
_EMAIL_OF = "select person, email from contacts where person = $1"


async def emails_of_role(database: Database, agency: AgencyId, role: str) -> dict[PersonId, str]:
    """The addresses of all who hold ``role`` in ``agency``."""
    return {row["person"]: row["email"] for row in await database.fetch(_EMAILS_OF_ROLE, agency, role)}


async def email_of(database: Database, person: PersonId) -> dict[PersonId, str]:
    """The address of one person; nothing once they are gone."""
    return {row["person"]: row["email"] for row in await database.fetch(_EMAIL_OF, person)}


_DROP_GRANT = "delete from grants where id = $1 returning id"


async def drop_grant(database: Database, grant: int) -> bool:
    """Takes a role away; False when it was already gone."""
    return await database.fetchval(_DROP_GRANT, grant) is not None


# --- invitations -------------------------------------------------------------------------------------------------------

# A second invitation to the same takes the place of the first.
_REPLACE_INVITATION = """
update invitations set state = 'withdrawn' where email = $1 and role = $2 and agency is not distinct from $3 and state = 'open'
"""
_ADD_INVITATION = "insert into invitations (email, role, agency, expires_at) values ($1, $2, $3, now() + $4) returning id"


async def add_invitation(connection: Connection, email: str, role: str, agency: AgencyId | None, lifetime: timedelta) -> int:
    """A new invitation, in place of an open one to the same role."""
    await connection.execute(_REPLACE_INVITATION, email, role, agency)
    return int(await connection.fetchval(_ADD_INVITATION, email, role, agency, lifetime))


_INVITATION = """
select i.id, i.email, i.role, i.agency, coalesce(a.name, '') as agency_name, coalesce(a.name_en, '') as agency_name_en, i.state,
    i.expires_at, i.expires_at <= now() as expired
from invitations i left join agencies a on a.id = i.agency
"""
_READ_INVITATION = f"{_INVITATION} where i.id = $1"
_OPEN_INVITATIONS = f"""
{_INVITATION} where i.agency is not distinct from $1 and i.state = 'open' and i.expires_at > now() order by i.expires_at, i.id
"""


async def read_invitation(database: Database, invitation: int) -> Invitation | None:
    row = await database.fetchrow(_READ_INVITATION, invitation)
    return None if row is None else Invitation(**row)


async def list_invitations(database: Database, agency: AgencyId | None) -> list[Invitation]:
    """The invitations to roles in ``agency`` (the site when None) that can still be accepted."""
    return [Invitation(**row) for row in await database.fetch(_OPEN_INVITATIONS, agency)]


_CLOSE_INVITATION = """
update invitations set state = $2 where id = $1 and state = 'open' and expires_at > now() and ($3::text is null or email = $3)
returning id
"""


async def close_invitation(connection: Connection, invitation: int, state: str, email: str | None = None) -> bool:
    """Turns an open invitation into ``accepted`` (by ``email`` only) or ``withdrawn``; False when it is not open or not theirs."""
    return await connection.fetchval(_CLOSE_INVITATION, invitation, state, email) is not None


# --- acts --------------------------------------------------------------------------------------------------------------

_ADD_ACT = "insert into acts (actor, act, agency, subject, detail) values ($1, $2, $3, $4, $5)"


async def record_act(
    connection: Connection,
    act: str,
    *,
    actor: PersonId | None,
    agency: AgencyId | None = None,
    subject: PersonId | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Records an administrative act, in the transaction of the act. ``actor`` is None for the operator at the console.

    ``detail`` holds JSON values and never a name, an e-mail or a text that a citizen wrote.
    """
    await connection.execute(_ADD_ACT, actor, act, agency, subject, dict(detail or {}))


_ACTS = """
select t.id, t.at, t.act, t.actor, coalesce(ca.email, '') as actor_email, t.subject, coalesce(cs.email, '') as subject_email,
    coalesce(a.name, '') as agency_name, coalesce(a.name_en, '') as agency_name_en, t.detail
from acts t left join agencies a on a.id = t.agency
    left join contacts ca on ca.person = t.actor left join contacts cs on cs.person = t.subject
where ($1::bigint[] is null or t.agency = any ($1)) and ($2::bigint is null or t.id < $2) order by t.id desc limit $3
"""


async def list_acts(database: Database, agencies: list[AgencyId] | None, *, before: int | None = None, limit: int = 50) -> list[Act]:
    """The newest acts first, of ``agencies`` (of all and of the site when None), from before act number ``before``."""
    rows = await database.fetch(_ACTS, agencies, before, limit)
    return [Act(**row) for row in rows]


# --- agencies ----------------------------------------------------------------------------------------------------------


class Agency(msgspec.Struct, frozen=True):
    id: AgencyId
    slug: str
    name: str
    name_en: str


_ADD_AGENCY = "insert into agencies (slug, name, name_en) values ($1, $2, $3) on conflict (slug) do nothing returning id"


async def add_agency(database: Database, slug: str, name: str, name_en: str) -> AgencyId | None:
    """A new agency, or None when the slug is taken."""
    added = await database.fetchval(_ADD_AGENCY, slug, name, name_en)
    return None if added is None else AgencyId(added)


_RENAME_AGENCY = "update agencies set name = $2, name_en = $3 where id = $1 returning id"


async def rename_agency(database: Database, agency: AgencyId, name: str, name_en: str) -> bool:
    """Gives an agency other names; its slug stays, because addresses hold it."""
    return await database.fetchval(_RENAME_AGENCY, agency, name, name_en) is not None


_AGENCIES = "select id, slug, name, name_en from agencies where ($1::bigint[] is null or id = any ($1)) order by name, id"
_AGENCY_BY_SLUG = "select id, slug, name, name_en from agencies where slug = $1"


async def list_agencies(database: Database, agencies: list[AgencyId] | None = None) -> list[Agency]:
    """All agencies, or those asked for."""
    return [Agency(**row) for row in await database.fetch(_AGENCIES, agencies)]


async def find_agency(database: Database, slug: str) -> Agency | None:
    row = await database.fetchrow(_AGENCY_BY_SLUG, slug)
    return None if row is None else Agency(**row)
