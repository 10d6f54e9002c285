"""What one person does and another sees, over one web process and over two. How soon, ``tests.benchmarks live_soon`` measures."""

import asyncio
import re
import uuid
from collections.abc import Sequence

import pytest

from server.kernel.ids import PersonId, QuestionId
from server.protocol import live
from server.protocol.closing import Closing
from server.store import people, votes
from server.store.connection import Pool
from tests.peers.cable import cable
from tests.peers.citizens import PATIENCE_S, Account, Citizen, Site, sign_in
from tests.peers.consulted import Consulted, decision, open_consultation
from tests.peers.product import Product
from tests.stories.visits import browser, connected, reading, send, stranger, token_of

CUT_S = 30.0


@pytest.fixture
async def consulted(pool: Pool) -> Consulted:
    return await open_consultation(pool, decision())


@pytest.fixture
async def accounts(pool: Pool) -> list[Account]:
    return await sign_in(pool, 3, name=f"nguoi-{uuid.uuid4().hex[:8]}")


async def test_everybody_sees_a_comment_and_a_changed_vote(
    product: Product, site: Site, consulted: Consulted, accounts: Sequence[Account]
) -> None:
    writer = await connected(site, accounts[0])
    readers = [await reading(product, site, accounts[1], consulted, process) for process in product.web_processes]
    for number in range(5):
        text = f"Ý kiến {number}"
        asked = writer.contribute(consulted.id, consulted.nodes[number], text)
        for reader in readers:
            await reader.until(lambda reader=reader, text=text: text in [one.text for one in reader.shown().values()])  # type: ignore[misc]
        await asked.settled
        vote = writer.vote(consulted.questions[0], number % 3)
        wanted = [int(choice == number % 3) for choice in range(3)]
        for reader in readers:
            await reader.until(lambda reader=reader, wanted=wanted: reader.totals.get(consulted.questions[0]) == wanted)  # type: ignore[misc]
        await vote.settled
        assert (asked.answer, vote.answer) == ("done", "done")
    assert [reader.faults for reader in readers] == [[]] * len(readers)
    await asyncio.gather(*(person.leave() for person in (writer, *readers)))


@pytest.mark.parametrize("product", [2], indirect=True, ids=["two-processes"])
async def test_who_was_cut_off_for_thirty_seconds_misses_nothing_and_sees_nothing_twice(
    product: Product, site: Site, consulted: Consulted, accounts: Sequence[Account]
) -> None:
    writer, reader = await connected(site, accounts[0]), Citizen(site, accounts[1], counting=True)
    async with cable(site.port) as between:
        await reader.connect(between.port)
        await reader.follow(consulted.topic)
        await writer.contribute(consulted.id, None, "Trước khi đứt").settled
        await reader.until(lambda: len(reader.shown()) == 1)
        before = reader.seq

        between.cut()
        for number in range(20):
            asked = writer.contribute(consulted.id, consulted.nodes[number], f"Ý kiến {number}")
            await asked.settled
            assert asked.done is not None and asked.done.contribution is not None
            if number % 5 == 0:
                taken_back = writer.ask(live.Withdraw(str(uuid.uuid4()), asked.done.contribution))
                await taken_back.settled
            await writer.vote(consulted.questions[number % 3], number % 2).settled
            await asyncio.sleep(CUT_S / 20)
        assert reader.seq == before

    await asyncio.wait_for(reader.closed, PATIENCE_S)
    await reader.connect()
    await reader.follow(consulted.topic)
    late = await connected(site, accounts[2], counting=True)
    await late.follow(consulted.topic)
    for one in (reader, late):
        await one.until(lambda one=one: one.seq == before + 20 + 4 and len(one.totals) == len(consulted.questions))  # type: ignore[misc]
        assert one.faults == []
    assert {one.text for one in reader.shown().values()} == {"Trước khi đứt"} | {f"Ý kiến {n}" for n in range(20) if n % 5}
    assert reader.totals == late.totals
    assert sum(map(sum, reader.totals.values())) == 3
    await asyncio.gather(*(person.leave() for person in (writer, reader, late)))


async def test_signing_out_closes_every_connection_of_the_session(
    product: Product, site: Site, consulted: Consulted, accounts: Sequence[Account]
) -> None:
    pages = [await reading(product, site, accounts[0], consulted, process) for process in product.web_processes]
    other = await connected(site, accounts[1])
    async with browser(site, accounts[0]) as visit:
        await send(visit, "/tai-khoan", "/dang-xuat")
    async with asyncio.timeout(PATIENCE_S):
        assert [await page.closed for page in pages] == [Closing.NOT_RECOGNISED] * len(pages)
    assert other.connected
    await other.leave()


async def test_a_role_taken_away_closes_its_holders_connections_and_opens_no_queue_again(
    product: Product, pool: Pool, site: Site, consulted: Consulted, accounts: Sequence[Account]
) -> None:
    moderator, administrator, citizen = accounts
    await people.add_grant(pool, moderator.person, "moderator", consulted.agency)
    await people.add_grant(pool, administrator.person, "administrator", consulted.agency)
    grant = next(holder.grant for holder in await people.list_holders(pool, consulted.agency) if holder.person == moderator.person)
    watching = [await reading(product, site, moderator, consulted, process, role="moderator") for process in product.web_processes]
    async with browser(site, administrator) as visit:
        await send(visit, "/quan-tri", "/quan-tri/bo-vai-tro", grant=str(grant))
    async with asyncio.timeout(PATIENCE_S):
        assert [await page.closed for page in watching] == [Closing.NOT_RECOGNISED] * len(watching)
    writer = await connected(site, citizen)
    asked = writer.contribute(consulted.id, None, "Sau khi bị bỏ vai trò")
    await asked.settled
    [again] = await sign_in(pool, 1, name=moderator.email.partition("@")[0].removesuffix("-0"))
    assert again.person == moderator.person
    returned = await connected(site, again)
    with pytest.raises(AssertionError, match="not_found"):
        await returned.follow(consulted.topic, "moderator")
    assert asked.done is not None and asked.done.contribution is not None
    ruling = returned.ask(live.Rule(str(uuid.uuid4()), asked.done.contribution, "hide", "off_topic", "Thử"))
    await ruling.settled
    assert ruling.answer in ("not_allowed", "not_found")
    await asyncio.gather(writer.leave(), returned.leave())


async def test_a_hundred_parallel_votes_of_one_person_by_form_and_by_socket_count_once(
    product: Product, pool: Pool, site: Site, consulted: Consulted, accounts: Sequence[Account]
) -> None:
    question = consulted.questions[0]
    pages = [await connected(site, accounts[0]) for _ in range(2)]
    page = f"/lay-y-kien/{consulted.slug}/v1"
    async with browser(site, accounts[0]) as visit:
        token = await token_of(visit, page)
        forms = [
            visit.post(
                f"/lay-y-kien/{consulted.slug}/bieu-quyet", data={"csrf": token, "question": str(question), "choice": str(number % 3)}
            )
            for number in range(50)
        ]
        asked = [pages[number % 2].vote(question, number % 3) for number in range(50)]
        answers = await asyncio.gather(*forms)
    await asyncio.gather(*(one.settled for one in asked))
    assert {answer.status_code for answer in answers} == {303}
    assert {one.answer for one in asked} == {"done"}
    assert await people_counted(pool, consulted, question) == 1
    await asyncio.gather(*(page.leave() for page in pages))


async def test_somebody_signs_in_with_the_code_on_the_console_and_votes_at_once(product: Product, site: Site, consulted: Consulted) -> None:
    email = f"{uuid.uuid4().hex[:8]}@thu.example"
    async with stranger(site) as visit:
        said = len(product.lines)
        await send(visit, "/dang-nhap", "/dang-nhap", email=email, next="/")
        await asyncio.to_thread(product.wait_for, re.escape(email), since=said)
        code = await asyncio.to_thread(product.wait_for, r"^ *\| +(\d{4} \d{4})$", since=said)
        await send(visit, "/dang-nhap/ma", "/dang-nhap/ma", code=code[1], next="/")
        secret = visit.cookies["session"]
    citizen = await connected(site, Account(PersonId(0), secret, email))
    asked = citizen.vote(consulted.questions[0], 0)
    await asked.settled
    assert asked.answer == "done"
    await citizen.leave()


async def people_counted(pool: Pool, consulted: Consulted, question: QuestionId) -> int:
    """People in the total of a question, which equals the rows."""
    async with pool.acquire() as connection:
        kept, counted = await votes.kept_and_recounted(connection, consulted.id)
        assert kept == counted
        rows: int = await connection.fetchval("select count(*) from votes where question = $1", question)
    assert sum(people for _, _, people in counted) == rows
    return rows
