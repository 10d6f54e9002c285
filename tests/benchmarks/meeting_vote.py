"""``python3 -m tests.benchmarks meeting_vote``: five hundred members vote on one motion, and the server is killed in the middle.

The product as its users start it. All members sit in one meeting, each over a connection to ``/live``; the chair opens a named vote with a
deadline. Measured is the time from the chair's command until a member's end has the motion (p95), and from the deadline, by the server's
clock, until it has the result. When half of the ballots were acknowledged, the server is killed (kill -9) and started again; everybody
comes back and sends what was not answered, under the same id. Every acknowledged ballot must be counted, once. Server, database and
members share the machine's cores. ``MEMBERS`` in the environment asks for another number of them.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from server.identity.keys import Keys
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import AgencyId, CommandId, PersonId, RoomId
from server.protocol import live
from server.protocol import motions as messages
from server.protocol import rooms as rooms_told
from server.realtime.room_desk import Details, RoomDesk
from server.store import people, rooms
from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.citizens import sign_in
from tests.peers.product import Product

MEMBERS = int(os.environ.get("MEMBERS", "500"))
LASTS_S = int(os.environ.get("LASTS_S", "180"))
AT_ONCE = 20
"""Members who arrive together."""
GOALS = {"opening_p95_ms": 1_000.0, "result_p95_ms": 1_000.0}


class Voter(Attendee):
    """Notes when the motion was first seen in each phase, and knows which ballot is its own."""

    def __init__(self, origin: str, room: RoomId, cookies: dict[str, str], choice: int | None) -> None:
        super().__init__(origin, room, cookies)
        self.choice = choice
        self.phases: dict[str, float] = {}
        self._seen = {phase: asyncio.Event() for phase in ("open", "counted")}
        self.acknowledged = False
        self.command = ""

    def _take(self, message: live.FromServer) -> None:
        if isinstance(message, rooms_told.RoomChanged) and self.state is not None:
            # What so many others do is not looked at: it would cost this one process more than all that is measured.
            self.state = replace(self.state, seq=message.seq, me=message.me or self.state.me)
            self._changed.set()
            return
        super()._take(message)
        if isinstance(message, messages.MotionShown):
            self.phases.setdefault(message.phase, time.time())
            if message.phase in self._seen:
                self._seen[message.phase].set()

    async def sees_phase(self, phase: str) -> None:
        """Returns once the motion was seen in this phase; nothing is asked meanwhile, for that would cost what is measured."""
        await self._seen[phase].wait()

    async def vote(self, motion: int) -> None:
        """Sends the ballot until it is acknowledged; over a connection that breaks it is not."""
        self.command = self.command or new_id()
        try:
            answer = await self.ask(messages.CastBallot(self.command, self.room, motion, self.choice))
        except (ConnectionError, OSError):
            return
        assert isinstance(answer, live.Done), answer
        self.acknowledged = True


def main() -> int:
    """Measure, print, and end with one line of JSON; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="meeting-vote-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        product = Product(folder / "data", environ={"LIVE_NEWCOMERS_PER_MINUTE": "100000"})
        product.start()
        try:
            figures = asyncio.run(measure(product))
        finally:
            product.stop()
    holds = all(figures[name] <= most for name, most in GOALS.items()) and figures["counted"] == figures["acknowledged"] == MEMBERS
    print(json.dumps({"benchmark": "meeting_vote", "cores": os.cpu_count(), "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1


async def measure(product: Product) -> dict[str, Any]:
    async with await open_pool(product.dsn(), connections=4) as pool:
        voters = await gather(pool, product)
    chair, began = voters[0], time.time()
    for first in range(0, MEMBERS, AT_ONCE):
        await asyncio.gather(*(arrive(one) for one in voters[first : first + AT_ONCE]))
    for one in voters:
        if not one.connected_now or one.standing != "inside":
            await come_back(one)
            await one.enter("Đại biểu")
    print(f"{MEMBERS} members inside after {time.time() - began:.0f} s", flush=True)
    done = await chair.do(messages.DraftMotion(new_id(), chair.room, None, "Thông qua nghị quyết"))
    assert done.motion is not None
    pressed = time.time()
    await chair.do(messages.OpenMotion(new_id(), chair.room, done.motion, LASTS_S))
    await all_see(voters, "open")
    opening = [(one.phases["open"] - pressed) * 1_000 for one in voters]
    print(f"open before all: p95 {quantile(opening):.0f} ms, longest {max(opening):.0f} ms", flush=True)
    await vote_and_be_killed(product, voters, done.motion)
    closes_at = datetime.fromisoformat(chair.motions[done.motion].closes_at or "")
    await all_see(voters, "counted")
    result = [(one.phases["counted"] - closes_at.timestamp()) * 1_000 for one in voters]
    async with await open_pool(product.dsn(), connections=2) as pool:
        closed_at = await pool.fetchval("select at from motion_events where motion = $1 and type = 'motion_closed'", done.motion)
        rows = await pool.fetch("select member, choice from ballots where motion = $1", done.motion)
    cast = {row["member"]: row["choice"] for row in rows}
    counted = sum(cast.get(one.who, "none") == one.choice for one in voters if one.acknowledged)
    acknowledged = sum(one.acknowledged for one in voters)
    shown = chair.motions[done.motion].result
    assert shown is not None and sum(shown.counts) + shown.abstained == len(rows)
    await asyncio.gather(*(one.lose() for one in voters))
    print(f"result before all: p95 {quantile(result):.0f} ms after the deadline, longest {max(result):.0f} ms", flush=True)
    return {
        "members": MEMBERS,
        "opening_p95_ms": round(quantile(opening), 1),
        "result_p95_ms": round(quantile(result), 1),
        "acknowledged": acknowledged,
        "counted": counted,
        "ballots": len(rows),
        "closed_after_deadline_ms": round((closed_at - closes_at) / timedelta(milliseconds=1), 1),
        "result": shown.line,
    }


async def gather(pool: Pool, product: Product) -> list[Voter]:
    """A room with all of them as its people, the first as its host."""
    accounts = await sign_in(pool, MEMBERS, name="dai-bieu")
    agency = await people.add_agency(pool, "hoi-dong", "Hội đồng mẫu", "Sample council")
    assert agency is not None
    chair = Viewer(PersonId(accounts[0].person), grants=frozenset({Grant(Role.EDITOR, AgencyId(agency))}))
    desk = RoomDesk(pool, Keys(b"k" * 32))  # no link is made here, so any key will do
    room, _slug = await desk.create(chair, CommandId(new_id()), agency, Details("Kỳ họp", lobby=False), "ky-hop")
    async with pool.acquire() as connection, connection.transaction():
        await rooms.place_people(connection, room, [accounts[0].person], [one.person for one in accounts[1:]])
    choices = (0, 1, None)
    return [Voter(product.url, room, {"session": one.secret}, choices[n % 3]) for n, one in enumerate(accounts)]


async def arrive(voter: Voter) -> None:
    await come_back(voter)
    assert await voter.enter("Đại biểu") == "inside"


async def come_back(voter: Voter) -> None:
    """Connects, again and again while the server is not there."""
    while True:
        try:
            await voter.come_back()
            return
        except (OSError, httpx.HTTPError, ConnectionError):
            await asyncio.sleep(0.2)


async def vote_and_be_killed(product: Product, voters: list[Voter], motion: int) -> None:
    """Half of them vote; the server dies while the others do, and is started again; who was not answered comes back and votes again."""
    half = MEMBERS // 2
    await asyncio.gather(*(one.vote(motion) for one in voters[:half]))
    quarter = half + MEMBERS // 4
    voting = [asyncio.create_task(one.vote(motion)) for one in voters[half:quarter]]
    await asyncio.wait(voting, return_when=asyncio.FIRST_COMPLETED)
    # The server dies while these come one after the other: some may be recorded that nobody was told of.
    dying = asyncio.create_task(asyncio.to_thread(product.kill))
    for one in voters[quarter:]:
        voting.append(asyncio.create_task(one.vote(motion)))
        await asyncio.sleep(0.002)
    await dying
    await asyncio.gather(*voting)
    for one in voters:
        await one.lose()
    print(f"killed when {sum(one.acknowledged for one in voters)} ballots were acknowledged", flush=True)
    await asyncio.to_thread(product.start)
    for one in voters:
        one.origin = product.url
    for first in range(0, MEMBERS, AT_ONCE):
        await asyncio.gather(*(come_back(one) for one in voters[first : first + AT_ONCE]))
    for one in voters:
        if not one.acknowledged:
            await one.vote(motion)
    print(f"all back {datetime.now(UTC):%H:%M:%S}, {sum(one.acknowledged for one in voters)} acknowledged", flush=True)


async def all_see(voters: list[Voter], phase: str) -> None:
    async with asyncio.timeout(LASTS_S + 120):
        await asyncio.gather(*(one.sees_phase(phase) for one in voters))


def quantile(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[94]
