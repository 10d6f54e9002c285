"""What PostgreSQL itself promises of codes, limits, people and jobs, on both versions."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from server.store import identity, jobs, people, requests
from server.store.connection import Pool
from server.store.identity import Lifetimes

HOUR = timedelta(hours=1)


async def put_code(pool: Pool, browser: bytes, nonce: bytes = b"n", contact: str = "a@example.vn") -> int:
    async with pool.acquire() as connection, connection.transaction():
        return await identity.put_code(
            connection, contact=contact, browser=browser, nonce=nonce, lang="vi", lifetime=timedelta(minutes=5), max_tries=5
        )


async def test_a_contact_has_one_live_code_and_a_repeat_keeps_it(pool: Pool) -> None:
    code = await put_code(pool, b"browser", b"first")
    assert await put_code(pool, b"browser", b"second") == code
    kept = await identity.read_code(pool, code)
    assert kept is not None and kept.nonce == b"first"
    assert await put_code(pool, b"another browser", b"third") == code
    assert await identity.code_of_browser(pool, b"browser") is None
    replaced = await identity.code_of_browser(pool, b"another browser")
    assert replaced is not None and replaced.nonce == b"third" and 299 < replaced.expires_in_s <= 300


async def test_a_browser_has_one_live_code(pool: Pool) -> None:
    await put_code(pool, b"browser", contact="a@example.vn")
    await put_code(pool, b"browser", contact="b@example.vn")
    assert await pool.fetchval("select array_agg(contact) from codes") == ["b@example.vn"]


async def test_a_code_whose_tries_are_spent_is_replaced(pool: Pool) -> None:
    await put_code(pool, b"browser", b"first")
    async with pool.acquire() as connection:
        for _ in range(5):
            assert await identity.try_code(connection, b"browser", 5) is not None
        assert await identity.try_code(connection, b"browser", 5) is None
        await put_code(pool, b"browser", b"second")
        fresh = await identity.try_code(connection, b"browser", 5)
        assert fresh is not None and fresh.nonce == b"second"


async def test_one_new_contact_met_twice_at_once_is_one_person(pool: Pool) -> None:
    async def add() -> int:
        async with pool.acquire() as connection, connection.transaction():
            return await identity.find_or_add_person(connection, "a@example.vn")

    assert len(set(await asyncio.gather(*(add() for _ in range(10))))) == 1
    assert await pool.fetchval("select count(*) from contacts") == 1


async def test_a_limit_holds_exactly_when_many_ask_at_once_and_says_how_long_to_wait(pool: Pool) -> None:
    async def take(subject: bytes) -> int:
        async with pool.acquire() as connection, connection.transaction():
            return await requests.take_place(connection, "kind", subject, 5, HOUR)

    waits = await asyncio.gather(*(take(b"one") for _ in range(25)), *(take(b"two") for _ in range(3)))
    assert sorted(waits[:25])[:5] == [0] * 5 and min(sorted(waits[:25])[5:]) > 3590
    assert waits[25:] == [0, 0, 0]


async def test_what_has_had_its_time_is_forgotten(pool: Pool) -> None:
    await put_code(pool, b"browser")
    await identity.add_ticket(pool, b"t", None, None, "vi")
    async with pool.acquire() as connection, connection.transaction():
        person = await identity.find_or_add_person(connection, "a@example.vn")
    await identity.add_session(pool, b"s", person, "")
    await identity.drop_expired(pool, Lifetimes())
    assert (
        await pool.fetchval("select (select count(*) from codes) + (select count(*) from tickets) + (select count(*) from sessions)") == 3
    )
    await pool.execute("update codes set expires_at = now() - interval '1 second'")
    await pool.execute("update sessions set last_seen_at = now() - interval '25 hours'")
    await identity.drop_expired(pool, Lifetimes())
    assert await pool.fetchval("select (select count(*) from codes) + (select count(*) from sessions)") == 0


async def test_a_role_is_held_once_and_only_the_site_has_roles_without_an_agency(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        person = await identity.find_or_add_person(connection, "a@example.vn")
    assert await people.add_grant(pool, person, "administrator", None)
    assert not await people.add_grant(pool, person, "administrator", None)
    with pytest.raises(asyncpg.CheckViolationError):
        await people.add_grant(pool, person, "editor", None)


async def test_a_job_is_claimed_by_one_at_a_time(pool: Pool) -> None:
    for number in range(20):
        await jobs.add_job(pool, "work", {"number": number})
    claimed = await asyncio.gather(*(jobs.claim_job(pool, ["work"], HOUR) for _ in range(30)))
    assert sorted(job.payload["number"] for job in claimed if job) == list(range(20))  # type: ignore[type-var]


async def test_work_in_the_hands_of_a_dead_process_is_due_again(pool: Pool) -> None:
    await jobs.add_job(pool, "work", {})
    first = await jobs.claim_job(pool, ["work"], timedelta(seconds=30))
    assert first is not None and await jobs.claim_job(pool, ["work"], HOUR) is None
    due_s = await jobs.next_due_s(pool, ["work"])
    assert due_s is not None and 29 < due_s <= 30
    await pool.execute("update jobs set due_at = now()")
    again = await jobs.claim_job(pool, ["work"], timedelta(seconds=30))
    assert again is not None and again.tries == 2
    due_s = await jobs.next_due_s(pool, ["work"])
    assert due_s is not None and 59 < due_s <= 60


async def test_a_job_of_the_same_key_is_added_once_even_after_it_was_done(pool: Pool) -> None:
    added = await jobs.add_mail(pool, "invitation", "a@example.vn", "vi", {}, idempotency_key="k")
    assert added is not None
    assert await jobs.add_mail(pool, "invitation", "a@example.vn", "vi", {}, idempotency_key="k") is None
    await jobs.end_job(pool, added)
    assert await jobs.add_mail(pool, "invitation", "a@example.vn", "vi", {}, idempotency_key="k") is None
    assert await pool.fetchval("select payload from jobs") == {}


async def test_the_work_of_an_hour_is_added_once(pool: Pool) -> None:
    await asyncio.gather(*(jobs.add_hourly_job(pool, "tidy") for _ in range(5)))
    assert await pool.fetchval("select count(*) from jobs") == 1
    due_s = await jobs.next_due_s(pool, ["tidy"])
    assert due_s is not None and 0 < due_s <= 3600


async def test_the_server_cannot_change_what_it_must_only_add_to(pool: Pool) -> None:
    for change in (
        "update acts set act = ''",
        "delete from acts",
        "update requests set at = now()",
        "update grants set role = 'administrator'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(change)
