"""One-use tickets into the live socket, and what the socket asks of a session later."""

import asyncio

import pytest

from server.identity.keys import fingerprint, new_secret
from server.identity.sessions import Sessions
from server.identity.tickets import Tickets
from server.identity.viewer import Role, Viewer
from server.kernel.ids import PersonId, SessionId
from server.store.connection import Pool
from server.store.identity import Lifetimes, find_or_add_person
from tests.peers.postgres import Database


async def _nobody_listens(session: SessionId) -> None:
    pass


@pytest.fixture
def sessions(pool: Pool) -> Sessions:
    return Sessions(pool, Lifetimes(), _nobody_listens)


async def signed_in(pool: Pool, sessions: Sessions, email: str = "toi@example.vn") -> tuple[str, Viewer]:
    async with pool.acquire() as connection, connection.transaction():
        cookie = await sessions.open(connection, await find_or_add_person(connection, email), "")
    viewer = await sessions.viewer(cookie, "en")
    assert viewer is not None
    return cookie, viewer


async def test_a_ticket_leads_once_to_whom_it_was_given_at_any_process(pool: Pool, sessions: Sessions) -> None:
    cookie, viewer = await signed_in(pool, sessions)
    ticket = (await Tickets(pool, sessions).issue(viewer)).ticket
    elsewhere = Tickets(pool, Sessions(pool, Lifetimes(), _nobody_listens))
    assert await elsewhere.redeem(ticket, cookie) == viewer
    assert await elsewhere.redeem(ticket, cookie) is None


async def test_of_many_who_show_one_ticket_at_once_one_enters(pool: Pool, sessions: Sessions) -> None:
    cookie, viewer = await signed_in(pool, sessions)
    tickets = Tickets(pool, sessions)
    ticket = (await tickets.issue(viewer)).ticket
    answers = await asyncio.gather(*(tickets.redeem(ticket, cookie) for _ in range(20)))
    assert [answer for answer in answers if answer] == [viewer]


async def test_a_reader_who_has_not_signed_in_gets_a_ticket_too(pool: Pool, sessions: Sessions) -> None:
    tickets = Tickets(pool, sessions)
    assert await tickets.redeem((await tickets.issue(Viewer(lang="en"))).ticket) == Viewer(lang="en")


async def test_a_ticket_of_another_session_is_refused_and_used_up(pool: Pool, sessions: Sessions) -> None:
    own, mine = await signed_in(pool, sessions)
    _, theirs = await signed_in(pool, sessions, "nguoi-khac@example.vn")
    tickets = Tickets(pool, sessions)
    ticket = (await tickets.issue(theirs)).ticket
    assert await tickets.redeem(ticket, own) is None
    assert await tickets.redeem(ticket) is None
    for cookie in (new_secret(), "", None):
        ticket = (await tickets.issue(mine)).ticket
        assert await tickets.redeem(ticket, cookie) is None
        assert await tickets.redeem(ticket, own) is None


@pytest.mark.parametrize("ticket", ["", "x", "\0", "\ud800", "x" * 100_000])
async def test_what_is_no_ticket_is_refused(pool: Pool, sessions: Sessions, ticket: str) -> None:
    assert await Tickets(pool, sessions).redeem(ticket) is None


async def test_a_ticket_lasts_a_minute(pool: Pool, sessions: Sessions, database: Database) -> None:
    import asyncpg

    tickets = Tickets(pool, sessions)
    owner = await asyncpg.connect(database.owner_dsn)
    for age, good in (("59 seconds", True), ("61 seconds", False)):
        ticket = (await tickets.issue(Viewer())).ticket
        await owner.execute(f"update tickets set created_at = now() - interval '{age}'")
        assert (await tickets.redeem(ticket) is not None) is good
    await owner.close()


async def test_a_ticket_dies_with_its_session(pool: Pool, sessions: Sessions) -> None:
    cookie, viewer = await signed_in(pool, sessions)
    tickets = Tickets(pool, sessions)
    ticket = (await tickets.issue(viewer)).ticket
    assert viewer.session is not None
    await sessions.end(viewer, viewer.session)
    assert await tickets.redeem(ticket, cookie) is None


async def test_a_check_tells_the_roles_of_this_moment_and_keeps_nothing_alive(pool: Pool, sessions: Sessions) -> None:
    _, viewer = await signed_in(pool, sessions)
    assert viewer.session is not None
    await pool.execute("update sessions set last_seen_at = now() - interval '20 minutes'")
    seen = await pool.fetchval("select last_seen_at from sessions")
    await pool.execute("insert into grants (person, role) values ($1, 'administrator')", viewer.person)
    checked = await sessions.check(viewer.session, "vi")
    assert checked is not None and {grant.role for grant in checked.grants} == {Role.SITE_ADMINISTRATOR}
    assert await pool.fetchval("select last_seen_at from sessions") == seen
    await pool.execute("update sessions set last_seen_at = now() - interval '31 minutes'")
    assert await sessions.check(viewer.session, "vi") is None


async def test_of_many_sessions_those_that_ended_are_told_in_one_question(pool: Pool, sessions: Sessions) -> None:
    viewers = [(await signed_in(pool, sessions, f"a{number}@example.vn"))[1] for number in range(3)]
    first, second, third = (viewer.session for viewer in viewers if viewer.session is not None)
    await sessions.end(viewers[1], second)
    assert await sessions.ended([first, second, third, SessionId(999)]) == {second, SessionId(999)}


async def test_a_cookie_that_was_never_given_is_nobodys(pool: Pool, sessions: Sessions) -> None:
    cookie, viewer = await signed_in(pool, sessions)
    for guess in ("", "x", cookie[:-1], cookie + "x", cookie.swapcase(), new_secret(), fingerprint(cookie).hex(), "\ud800" * 43):
        assert await sessions.viewer(guess, "vi") is None
    assert viewer.person == PersonId(await pool.fetchval("select id from persons"))
