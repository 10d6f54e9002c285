"""Contacts, sign-in codes, sessions and the tickets of the live socket. What was handed out as a secret is stored as its hash."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from asyncpg import Record

from server.kernel.ids import AgencyId, GuestId, PersonId, SessionId
from server.store.connection import Connection, Database


class Code(msgspec.Struct, frozen=True):
    """A sign-in code that is still good. ``expires_in_s`` counts from now by the database's clock."""

    id: int
    contact: str
    nonce: bytes
    lang: str
    expires_in_s: float


class SessionFound(msgspec.Struct, frozen=True):
    """A live session and its person. ``grants`` holds (role, agency or None)."""

    session: SessionId
    person: PersonId
    name: str
    grants: list[tuple[str, AgencyId | None]]


class Device(msgspec.Struct, frozen=True):
    """A live session as its owner sees it."""

    session: SessionId
    device: str
    signed_in_at: datetime
    last_seen_at: datetime


class Lifetimes(msgspec.Struct, frozen=True):
    """How long a session lasts without use (idle) and at all (whole): for officials, who hold a role, and for everybody else."""

    official_idle: timedelta = timedelta(minutes=30)
    official_whole: timedelta = timedelta(hours=12)
    citizen_idle: timedelta = timedelta(hours=24)
    citizen_whole: timedelta = timedelta(days=30)


class Contact(msgspec.Struct, frozen=True):
    """What a person told us of themselves."""

    email: str
    name: str


# --- contacts ----------------------------------------------------------------------------------------------------------

_FIND_PERSON = "select person from contacts where email = $1"


async def find_person(database: Database, email: str) -> PersonId | None:
    """The person who signs in with ``email`` (normalised), if anybody has."""
    found = await database.fetchval(_FIND_PERSON, email)
    return None if found is None else PersonId(found)


_ADD_PERSON = "insert into persons default values returning id"
_ADD_CONTACT = "insert into contacts (person, email, display_name) values ($1, $2, $3) on conflict (email) do nothing returning person"


async def find_or_add_person(connection: Connection, email: str, name: str = "") -> PersonId:
    """The person who signs in with ``email`` (normalised); a new one, named ``name``, when nobody has. Two at once make one."""
    found = await find_person(connection, email)
    if found is not None:
        return found
    person = await connection.fetchval(_ADD_PERSON)
    added = await connection.fetchval(_ADD_CONTACT, person, email, name)
    return PersonId(added if added is not None else await connection.fetchval(_FIND_PERSON, email))


_READ_CONTACT = "select email, display_name from contacts where person = $1"


async def read_contact(database: Database, person: PersonId) -> Contact | None:
    row = await database.fetchrow(_READ_CONTACT, person)
    return None if row is None else Contact(row["email"], row["display_name"])


_RENAME = "update contacts set display_name = $2 where person = $1"


async def rename(database: Database, person: PersonId, name: str) -> None:
    """Sets the name that stands beside the person's next contributions unless another is chosen there."""
    await database.execute(_RENAME, person, name)


# --- codes -------------------------------------------------------------------------------------------------------------

# A request repeated by the same browser keeps the code, its tries and its deadline: a resend does not extend. One from another
# browser, or after the deadline or the last try, starts anew; so one contact never has two live codes.
_STILL_GOOD = "codes.browser = excluded.browser and codes.expires_at > now() and codes.tries < $6"
_PUT_CODE = f"""
insert into codes (contact, purpose, nonce, browser, lang, expires_at) values ($1, $7, $2, $3, $4, now() + $5)
on conflict (contact, purpose) do update set
    nonce = case when {_STILL_GOOD} then codes.nonce else excluded.nonce end,
    tries = case when {_STILL_GOOD} then codes.tries else 0 end,
    expires_at = case when {_STILL_GOOD} then codes.expires_at else excluded.expires_at end,
    browser = excluded.browser,
    lang = excluded.lang
returning id
"""
_DROP_OTHER_CODES = "delete from codes where browser = $1 and contact <> $2"

Purpose = Literal["sign_in", "ballot", "erasure"]


async def put_code(
    connection: Connection,
    *,
    contact: str,
    browser: bytes,
    nonce: bytes,
    lang: str,
    lifetime: timedelta,
    max_tries: int,
    purpose: Purpose = "sign_in",
) -> int:
    """Makes the one live code of ``contact`` for this purpose, bound to ``browser`` (hash of its secret), or keeps the good one it has;
    returns its id."""
    await connection.execute(_DROP_OTHER_CODES, browser, contact)
    return int(await connection.fetchval(_PUT_CODE, contact, nonce, browser, lang, lifetime, max_tries, purpose))


_READ_CODE = """
select id, contact, nonce, lang, extract(epoch from expires_at - now())::float8 as expires_in_s
from codes where id = $1 and expires_at > now()
"""
_CODE_OF_BROWSER = """
select id, contact, nonce, lang, extract(epoch from expires_at - now())::float8 as expires_in_s
from codes where browser = $1 and purpose = 'sign_in' and expires_at > now() order by id desc limit 1
"""
_TRY_CODE = """
update codes set tries = tries + 1
where id = (select id from codes where browser = $1 and purpose = $3 order by id desc limit 1)
    and browser = $1 and expires_at > now() and tries < $2
returning id, contact, nonce, lang, extract(epoch from expires_at - now())::float8 as expires_in_s
"""


async def read_code(database: Database, code: int) -> Code | None:
    """The code of this id while it lives."""
    row = await database.fetchrow(_READ_CODE, code)
    return None if row is None else Code(**row)


async def code_of_browser(database: Database, browser: bytes) -> Code | None:
    """The live code that this browser asked for."""
    row = await database.fetchrow(_CODE_OF_BROWSER, browser)
    return None if row is None else Code(**row)


async def try_code(connection: Connection, browser: bytes, max_tries: int, purpose: Purpose = "sign_in") -> Code | None:
    """Spends one try on the code that ``browser`` asked for; None when there is none, it is late, or its tries are spent.

    The row stays locked until the transaction ends, so parallel guesses are counted one after another.
    """
    row = await connection.fetchrow(_TRY_CODE, browser, max_tries, purpose)
    return None if row is None else Code(**row)


_SPEND_CODE = "delete from codes where id = $1"


async def spend_code(connection: Connection, code: int) -> None:
    """A code is used once."""
    await connection.execute(_SPEND_CODE, code)


# --- sessions ----------------------------------------------------------------------------------------------------------

# $2..$5 are the lifetimes: official idle and whole, citizen idle and whole.
_ALIVE = """
s.last_seen_at > now() - case when exists (select from grants g where g.person = s.person) then $2::interval else $4::interval end
and s.created_at > now() - case when exists (select from grants g where g.person = s.person) then $3::interval else $5::interval end
"""
_FOUND = """
s.id as session, s.person, coalesce(c.display_name, '') as name,
array(select row(g.role, g.agency) from grants g where g.person = s.person) as grants
"""
_USE_SESSION = f"""
with seen as (
    update sessions s set last_seen_at = now()
    where s.secret_hash = $1 and s.last_seen_at < now() - interval '1 minute' and {_ALIVE}
)
select {_FOUND} from sessions s left join contacts c on c.person = s.person where s.secret_hash = $1 and {_ALIVE}
"""
_CHECK_SESSION = f"select {_FOUND} from sessions s left join contacts c on c.person = s.person where s.id = $1 and {_ALIVE}"


async def use_session(database: Database, secret_hash: bytes, lifetimes: Lifetimes) -> SessionFound | None:
    """The live session with this secret, in one query; notes that it was used, at most once a minute."""
    return _found(await database.fetchrow(_USE_SESSION, secret_hash, *_intervals(lifetimes)))


async def check_session(database: Database, session: SessionId, lifetimes: Lifetimes) -> SessionFound | None:
    """The session if it still lives. Asking does not count as use."""
    return _found(await database.fetchrow(_CHECK_SESSION, session, *_intervals(lifetimes)))


_LIVING = f"select s.id from sessions s where s.id = any ($1::bigint[]) and {_ALIVE}"


async def living_sessions(database: Database, sessions: Collection[SessionId], lifetimes: Lifetimes) -> set[SessionId]:
    """Those of ``sessions`` that still live, in one query. Asking does not count as use."""
    return {SessionId(row["id"]) for row in await database.fetch(_LIVING, list(sessions), *_intervals(lifetimes))}


_ADD_SESSION = "insert into sessions (secret_hash, person, device) values ($1, $2, $3) returning id"


async def add_session(database: Database, secret_hash: bytes, person: PersonId, device: str) -> SessionId:
    return SessionId(await database.fetchval(_ADD_SESSION, secret_hash, person, device))


_END_SESSION = "delete from sessions where id = $1 and person = $2 returning id"
_END_SESSIONS = "delete from sessions where person = $1 and id is distinct from $2 returning id"


async def end_session(database: Database, session: SessionId, person: PersonId) -> bool:
    """Ends one session of ``person``; False when it is not theirs or already over."""
    return await database.fetchval(_END_SESSION, session, person) is not None


async def end_sessions(database: Database, person: PersonId, but: SessionId | None = None) -> list[SessionId]:
    """Ends all sessions of ``person`` except ``but`` and returns those it ended."""
    return [SessionId(row["id"]) for row in await database.fetch(_END_SESSIONS, person, but)]


_DEVICES = f"""
select s.id as session, s.device, s.created_at as signed_in_at, s.last_seen_at from sessions s
where s.person = $1 and {_ALIVE} order by s.last_seen_at desc, s.id desc limit 100
"""


async def list_devices(database: Database, person: PersonId, lifetimes: Lifetimes) -> list[Device]:
    """The live sessions of ``person``, the one used last first; at most 100."""
    return [Device(**row) for row in await database.fetch(_DEVICES, person, *_intervals(lifetimes))]


def _intervals(lifetimes: Lifetimes) -> tuple[timedelta, timedelta, timedelta, timedelta]:
    return lifetimes.official_idle, lifetimes.official_whole, lifetimes.citizen_idle, lifetimes.citizen_whole


def _found(row: Record | None) -> SessionFound | None:
    if row is None:
        return None
    grants = [(role, None if agency is None else AgencyId(agency)) for role, agency in row["grants"]]
    return SessionFound(row["session"], row["person"], row["name"], grants)


# --- tickets of the live socket ----------------------------------------------------------------------------------------

_ADD_TICKET = "insert into tickets (secret_hash, session, guest, lang) values ($1, $2, $3, $4) returning clock_timestamp()"


async def add_ticket(database: Database, secret_hash: bytes, session: SessionId | None, guest: GuestId | None, lang: str) -> datetime:
    """Keeps a ticket; what the database's clock shows then."""
    return await database.fetchval(_ADD_TICKET, secret_hash, session, guest, lang)  # type: ignore[no-any-return]


_TAKE_TICKET = """
delete from tickets where secret_hash = $1 returning session, guest, lang, created_at > now() - $2::interval as good
"""


async def take_ticket(database: Database, secret_hash: bytes, lifetime: timedelta) -> tuple[SessionId | None, GuestId | None, str] | None:
    """Uses a ticket up: its session or guest (None for an anonymous one) and language; None when unknown, used or late."""
    row = await database.fetchrow(_TAKE_TICKET, secret_hash, lifetime)
    if row is None or not row["good"]:
        return None
    return row["session"], row["guest"], row["lang"]


# --- tidying -----------------------------------------------------------------------------------------------------------

_DROP_CODES = "delete from codes where expires_at < now()"
_DROP_TICKETS = "delete from tickets where created_at < now() - interval '5 minutes'"
_DROP_SESSIONS = "delete from sessions where created_at < now() - $1::interval or last_seen_at < now() - $2::interval"


async def drop_expired(database: Database, lifetimes: Lifetimes) -> None:
    """Forgets codes, tickets and sessions that have ended of themselves."""
    await database.execute(_DROP_CODES)
    await database.execute(_DROP_TICKETS)
    await database.execute(_DROP_SESSIONS, lifetimes.citizen_whole, lifetimes.citizen_idle)
