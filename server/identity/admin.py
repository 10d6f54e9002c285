"""How the first administrator comes to be: by whoever runs the server, at its console."""

from server.identity.contact import normalised_email
from server.kernel.ids import PersonId
from server.store import identity, people
from server.store.connection import Pool


async def make_administrator(pool: Pool, email: str) -> PersonId:
    """Makes whoever signs in with ``email`` an administrator of the site. Doing it again changes nothing.

    Raises: Refused ``bad_email``.
    """
    contact = normalised_email(email)
    async with pool.acquire() as connection, connection.transaction():
        person = await identity.find_or_add_person(connection, contact)
        if await people.add_grant(connection, person, "administrator", None):
            await identity.end_sessions(connection, person)
            await people.record_act(connection, "role_given_at_console", actor=None, subject=person, detail={"role": "administrator"})
    return person
