"""``python3 -m tests.benchmarks votes``: durable votes a second through the finished path, beside a naive path and PostgreSQL alone.

Three runs, one after the other, on one PostgreSQL with everything on that makes a commit durable (read back and printed):

- the product as its users start it: 2,000 signed-in citizens, each at a websocket of her own with the page's subscription, vote in a
  closed loop; limits on; a vote counts when its acknowledgement has come, which is after COMMIT;
- a naive server under the same load: an upsert for each vote, ``count(*)`` for the totals, a send for each socket;
- pgbench, with the same upsert as its script.

Server, database and load share the machine's cores. Afterwards the product's totals are recounted, and the commands on record are
compared with the acknowledgements that the load has counted.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from server.kernel.child import start_child
from server.settings import Settings
from server.store import votes
from server.store.embedded import wheel_binaries
from server.store.pool import open_pool
from tests.peers.citizens import Site, cookie, sign_in
from tests.peers.consulted import open_consultation, statements
from tests.peers.ports import free_port
from tests.peers.product import ROOT, Product, processes

VOTERS = 2_000
QUESTIONS = 23
WARMUP_S = 10
MEASURED_S = 30
LIMITS = {"LIVE_MESSAGES_PER_S": "200", "LIVE_BURST": "200"}
"""Raised, not removed: a person presses a few buttons a second, a closed loop as many as it is answered."""

GOALS = {"votes_per_s": 20_000, "times_naive": 5.0, "p99_ms": 150.0}

PGBENCH_CLIENTS = 32
_PEERS = Path(__file__).parent / "peers"
_UPSERT = """\\set question random(1, {questions})
\\set voter random(1, {voters})
\\set choice random(0, 2)
insert into pgbench_votes (question, voter, choice) values (:question, :voter, :choice)
on conflict (question, voter) do update set choice = excluded.choice;
"""
_PGBENCH_TABLE = "create table pgbench_votes (question bigint, voter bigint, choice smallint, primary key (question, voter))"
_DURABILITY = "select name, setting from pg_settings where name = any($1) order by name"
_COMMANDS = "select count(*) from commands where length(actor) = 16"


def main() -> int:
    """Measure, print, and end with one line of JSON; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="votes-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        load = build(folder)
        product = Product(folder / "data", environ=LIMITS, port=free_port())
        product.start()
        try:
            durability = asyncio.run(read_durability(product))
            print(f"PostgreSQL: {durability}")
            print(f"Limits: {limits()}")
            ours = asyncio.run(measure_ours(product, load))
            print(f"product  {line(ours)}", flush=True)
            asyncio.run(make_database(product, "naive"))
            naive = measure_naive(product, load)
            print(f"naive    {line(naive)}", flush=True)
            alone = measure_pgbench(product, folder)
            print(f"pgbench  {alone:,.0f} upserts/s, {PGBENCH_CLIENTS} connections, nothing else", flush=True)
        finally:
            product.stop()
    return report(durability, ours, naive, alone)


def report(durability: dict[str, str], ours: dict[str, Any], naive: dict[str, Any], alone: float) -> int:
    times = ours["votes_per_s"] / naive["votes_per_s"]
    holds = {
        "votes_per_s": ours["votes_per_s"] >= GOALS["votes_per_s"],
        "times_naive": times >= GOALS["times_naive"],
        "p99_ms": ours["p99_ms"] <= GOALS["p99_ms"],
        "durable": set(durability.values()) == {"on"},
        "every_acknowledged_vote_recorded": ours["commands_on_record"] == ours["answered_ever"],
        "totals_equal_recount": ours["totals_equal_recount"],
        "nothing_refused": ours["refused"] == ours["strange"] == ours["closed"] == 0,
    }
    figures = {
        "cores": os.cpu_count(),
        "postgresql": durability,
        "limits": limits(),
        "product": ours,
        "naive": naive,
        "pgbench_upserts_per_s": round(alone),
        "times_naive": round(times, 1),
        "goals": GOALS,
        "holds": holds,
    }
    print(json.dumps(figures))
    return 0 if all(holds.values()) else 1


def build(folder: Path) -> Path:
    """The load client, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        sys.exit("This benchmark needs a C compiler (Debian: apt install gcc libc6-dev).")
    subprocess.run([compiler, "-O2", "-o", folder / "vote_load", _PEERS / "vote_load.c"], check=True)
    return folder / "vote_load"


def limits() -> dict[str, float]:
    """The limits of the live path in this run."""
    settings = Settings(**{name.lower(): type(getattr(Settings(), name.lower()))(value) for name, value in LIMITS.items()})
    return {name: getattr(settings, name) for name in Settings.__struct_fields__ if name.startswith("live_")}


async def read_durability(product: Product) -> dict[str, str]:
    """The settings on which durability stands, as the application's role has them."""
    connection = await asyncpg.connect(product.dsn())
    try:
        return {
            row["name"]: row["setting"] for row in await connection.fetch(_DURABILITY, ["fsync", "full_page_writes", "synchronous_commit"])
        }
    finally:
        await connection.close()


async def measure_ours(product: Product, load: Path) -> dict[str, Any]:
    async with await open_pool(product.dsn(), connections=4) as pool, Site(product.url) as site:
        consulted = await open_consultation(pool, statements([f"Nội dung {number}" for number in range(1, QUESTIONS + 1)]))
        accounts = await sign_in(pool, VOTERS)
        before = await pool.fetchval(_COMMANDS)
        lines = [f"{cookie(account.secret)} {await site.ticket(account.secret)}" for account in accounts]
        servers = {"web": product.web_processes, "postgresql": [product.child("bin/postgres")]}
        figures = await asyncio.to_thread(run_load, load, site.port, consulted.topic, consulted.questions, lines, servers)
        async with pool.acquire() as connection:
            kept, counted = await votes.kept_and_recounted(connection, consulted.id)
            figures["totals_equal_recount"] = kept == counted
            figures["people_counted"] = sum(people for _, _, people in counted)
            figures["commands_on_record"] = await connection.fetchval(_COMMANDS) - before
    return figures


def measure_naive(product: Product, load: Path) -> dict[str, Any]:
    port = free_port()
    with running([sys.executable, "-m", "tests.benchmarks.peers.naive_votes", product.dsn("owner", "naive"), str(port)], port):
        return run_load(load, port, "naive", range(1, QUESTIONS + 1), ["session=- -"] * VOTERS, {})


def measure_pgbench(product: Product, folder: Path) -> float:
    """Upserts a second over so many connections, each its own transaction, by PostgreSQL's own program."""
    script = folder / "upsert.sql"
    script.write_text(_UPSERT.format(questions=QUESTIONS, voters=VOTERS), encoding="utf-8")
    pgbench = [str(wheel_binaries() / "pgbench"), "-n", "-M", "prepared", "-f", str(script), "-c", str(PGBENCH_CLIENTS), "-j", "2"]
    dsn = product.dsn("owner", "naive")
    for seconds in (WARMUP_S, MEASURED_S):
        done = subprocess.run([*pgbench, "-T", str(seconds), dsn], check=True, capture_output=True, text=True)
    return float(next(line.split("=")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("tps")))


async def make_database(product: Product, name: str) -> None:
    connection = await asyncpg.connect(product.dsn("postgres", "postgres"))
    await connection.execute(f"create database {name} owner owner")
    await connection.close()
    connection = await asyncpg.connect(product.dsn("owner", name))
    await connection.execute(_PGBENCH_TABLE)
    await connection.close()


def run_load(
    load: Path, port: int, topic: str, questions: Sequence[int], lines: Sequence[str], servers: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """One run of ``peers/vote_load.c``; its figures, and the CPU time of ``servers`` (numbers by name, children included) a vote."""
    argv = [str(load), str(port), topic, str(WARMUP_S), str(MEASURED_S), ",".join(map(str, questions))]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None
        running.stdin.write("\n".join(lines))
        running.stdin.close()
        assert running.stdout.readline() == "measuring\n", "the load did not begin"
        families = {name: family(pids) for name, pids in servers.items()}
        before = {name: cpu_s(pids) for name, pids in families.items()}
        figures: dict[str, Any] = json.loads(running.stdout.read())
    for name, pids in families.items():
        figures[f"{name}_cpu_us_per_vote"] = round((cpu_s(pids) - before[name]) / figures["votes"] * 1e6, 1)
    return figures


@contextmanager
def running(argv: list[str], port: int) -> Iterator[None]:
    """A server, from its first answer on."""
    child = start_child(argv, environ=dict(os.environ) | {"PYTHONPATH": str(ROOT)})
    try:
        deadline = time.monotonic() + 30
        while not answers(port):
            assert child.poll() is None and time.monotonic() < deadline, f"{argv} does not answer"
            time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.wait()


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def family(pids: Sequence[int]) -> list[int]:
    """Processes and their children, those of the database's connections among them."""
    return [*pids, *(child for child, parent, _ in processes() if parent in pids)]


def cpu_s(pids: Sequence[int]) -> float:
    """CPU time of all threads of these processes so far."""
    fields = [Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def line(figures: dict[str, Any]) -> str:
    """A run in words."""
    seconds = figures["by_second"]
    return (
        f"{figures['votes_per_s']:,.0f} votes/s (slowest second {min(seconds):,}, fastest {max(seconds):,}), "
        f"p50 {figures['p50_ms']} ms, p99 {figures['p99_ms']} ms, longest {figures['max_ms']} ms"
        + "".join(f", {name.split('_')[0]} {figures[name]} µs of CPU a vote" for name in figures if name.endswith("_cpu_us_per_vote"))
    )
