"""Rounds of a burst in which something is killed: what the clients' ledgers say is compared with the database after each."""

import asyncio
import os
import signal

from tests.peers.product import Product, wait_until_gone
from tests.stories.bursts import Crowd


async def kill_the_server(product: Product, crowd: Crowd, rounds: int) -> None:
    """The supervisor dies, and with it everything; it is started again by hand."""
    for _ in range(rounds):
        crowd.begin()
        await crowd.busy()
        product.kill()
        await crowd.end()
        product.spawn()
        await asyncio.to_thread(product.wait_until_ready)
        await nothing_is_lost(crowd)


async def kill_postgresql(product: Product, crowd: Crowd, rounds: int) -> None:
    """The database dies and comes back by itself; everybody stays connected."""
    for _ in range(rounds):
        crowd.begin()
        await crowd.busy()
        os.kill(product.child("bin/postgres"), signal.SIGKILL)
        await crowd.goes_on()
        await crowd.end()
        assert all(person.connected for person in crowd.people)
        await nothing_is_lost(crowd)


async def kill_one_web_process(product: Product, crowd: Crowd, rounds: int) -> None:
    """One web process dies and comes back by itself; the others go on."""
    for _ in range(rounds):
        crowd.begin()
        await crowd.busy()
        web = product.web_processes
        others, killed = len(web) - 1, crowd.chance.choice(web)
        os.kill(killed, signal.SIGKILL)
        wait_until_gone(killed)
        if others:
            await crowd.goes_on()
        await crowd.end()
        assert any(person.connected for person in crowd.voters) == bool(others)
        await asyncio.to_thread(product.wait_until_listening, 1 + others)
        await nothing_is_lost(crowd)


async def nothing_is_lost(crowd: Crowd) -> None:
    """Compare; let everybody come back and repeat what is unknown to them; compare again, now that nothing is unknown."""
    await crowd.compare()
    await crowd.connect()
    await crowd.ask_unknown_again()
    assert crowd.ledger.unknown() == []
    await crowd.readers_see_everything()
    await crowd.compare()
