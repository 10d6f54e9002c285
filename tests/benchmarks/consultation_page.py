"""How heavy and how fast the page of a consultation is: 23 điều, 5,000 contributions, 2,000 voters.

Measured on the product's own web process, kept to one core: bytes of script and style, the time of an answer as a client on the same
machine sees it, and the time to the first readable text in Chromium with a processor slowed six times on a slow mobile network.
"""

import asyncio
import gzip
import http.client
import json
import os
import random
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import msgspec
from playwright.sync_api import Browser, sync_playwright

from consultations.places import placed_nodes
from consultations.tree import Draft, Node, articles
from server.identity.keys import fingerprint
from server.kernel.child import start_child
from server.kernel.ids import NodeId
from tests.parts import SHELL
from tests.peers.ports import free_port
from tests.peers.postgres import Database, running_cluster

GOALS = {"script_gzip_bytes": 25 << 10, "style_gzip_bytes": 30 << 10, "server_p95_ms": 100.0, "readable_text_s": 3.0}

ARTICLES = 23
CONTRIBUTIONS = 5_000
VOTERS = 2_000
REQUESTS = 300
WARMUP = 30
LOADS = 5

CPU_SLOWDOWN = 6
NETWORK = {"offline": False, "latency": 300, "downloadThroughput": 87_500, "uploadThroughput": 31_250}  # ms, bytes a second

PAGE = "/lay-y-kien/do/v1"
PORT = free_port()

_SYLLABLES = tuple(
    word
    for line in (
        "cơ quan tổ chức cá nhân tham gia hoạt động quy định trách nhiệm cung cấp đầy đủ chính xác thông tin tài liệu",
        "theo yêu cầu có thẩm quyền chịu trước pháp luật về tính trung thực đã hồ sơ thời hạn ngày làm việc kể từ nhận",
        "được văn bản đề nghị xử phạt vi phạm hành chính tiền đồng đối với hành vi không thực hiện hoặc sai nội dung",
        "công bố khách hàng dịch vụ tài sản thị trường giao dịch kiểm tra giám sát báo cáo định kỳ đột xuất",
    )
    for word in line.split()
)


def words(chance: random.Random, letters: int) -> str:
    """Vietnamese-looking words, about so many letters of them."""
    return " ".join(chance.choices(_SYLLABLES, k=letters // 5)).capitalize() + "."


def decree() -> Draft:
    """A text of the size of a decree on fines: about 45,000 characters."""
    chance = random.Random(7)

    def point(article: int, clause: int, letter: str) -> Node:
        return Node(NodeId(f"n{article}.{clause}{letter}"), "point", letter, f"{letter})", text=words(chance, 150))

    def clause(article: int, number: int) -> Node:
        points = tuple(point(article, number, letter) for letter in "abc")
        return Node(NodeId(f"n{article}.{number}"), "clause", str(number), f"{number}.", text=words(chance, 220), children=points)

    def article(number: int) -> Node:
        clauses = tuple(clause(number, at + 1) for at in range(3))
        return Node(NodeId(f"n{number}"), "article", str(number), f"Điều {number}.", heading=words(chance, 40), children=clauses)

    def chapter(number: int, first: int, last: int) -> Node:
        within = tuple(article(at) for at in range(first, last + 1))
        return Node(NodeId(f"c{number}"), "chapter", "I" * number, f"Chương {'I' * number}", heading="QUY ĐỊNH", children=within)

    return Draft("Nghị định để đo", (chapter(1, 1, 8), chapter(2, 9, 16), chapter(3, 17, ARTICLES)))


async def fill(database: Database, session_secret: str, contributions: int = CONTRIBUTIONS) -> None:
    """The consultation, its contributions and votes, and one signed-in citizen."""
    draft = decree()
    nodes = placed_nodes(draft)
    chance = random.Random(11)
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        agency = await connection.fetchval("insert into agencies (slug, name, name_en) values ('do', 'Cơ quan', 'Agency') returning id")
        consultation = await connection.fetchval(
            "insert into consultations (agency, slug, title, search_key, phase, tallies, opens_at, closes_at, voter_secret)"
            " values ($1, 'do', 'Nghị định để đo', 'nghi dinh de do', 'open', 'live', now() - interval '1 day',"
            " now() + interval '9 days', $2) returning id",
            agency,
            secrets.token_bytes(32),
        )
        await connection.execute("insert into topics (id, seq) values ($1, $2)", f"consultation/{consultation}", contributions)
        await connection.execute(
            "insert into versions (consultation, number, file_name, draft, left_out, warnings) values ($1, 1, 'x.md', $2, '[]', '[]')",
            consultation,
            msgspec.json.encode(draft).decode(),
        )
        placed = [(consultation, one.node, one.place, one.anchor, at) for at, one in enumerate(nodes)]
        await connection.executemany(
            "insert into nodes (consultation, version, id, place, anchor, position) values ($1, 1, $2, $3, $4, $5)", placed
        )
        asked = [(consultation, node.id, at) for at, node in enumerate(articles(draft))]
        await connection.executemany("insert into questions (consultation, node, position) values ($1, $2, $3)", asked)
        people = await connection.fetch("insert into persons select from generate_series(1, $1) returning id", VOTERS)
        rows = []
        for at in range(contributions):
            node, person = nodes[at % len(nodes)], people[at % VOTERS][0]
            rows.append((consultation, node.node, node.place, person, f"Người dân {at}", words(chance, 200)))
        await connection.executemany(
            "insert into contributions"
            " (consultation, node, place, here_node, here_place, author, name, kind, verified, text, state, at)"
            " values ($1, $2, $3, $2, $3, $4, $5, 'citizen', false, $6, 'visible', now())",
            rows,
        )
        await connection.execute(
            "insert into votes (question, voter, choice) select q.id, decode(md5(p.id::text), 'hex'), (p.id + q.id) % 3"
            " from questions as q cross join persons as p"
        )
        await connection.execute(
            "insert into contacts (person, email, display_name) values ($1, 'do@example.vn', 'Người đo')", people[0][0]
        )
        await connection.execute(
            "insert into sessions (secret_hash, person, device) values ($1, $2, 'đo')", fingerprint(session_secret), people[0][0]
        )
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


@contextmanager
def web_process(database: Database) -> Iterator[int]:
    """The product's web process on the last core, until the block ends; its process id."""
    environ = os.environ | {
        "DATABASE_URL": database.app_dsn,
        "MIGRATION_DATABASE_URL": database.owner_dsn,
        "SECRET_KEY": secrets.token_hex(32),
        "CODES_ON_CONSOLE": "1",
        "LISTEN_PORT": str(PORT),
        "LOG_LEVEL": "warning",
    }
    process = start_child(["taskset", "-c", str((os.cpu_count() or 1) - 1), sys.executable, "-m", "server.app"], environ=environ)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = get("/healthz")
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        assert answer[0] == 200, answer
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def get(path: str, **headers: str) -> tuple[int, bytes, float]:
    """Status, body and seconds of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        began = time.perf_counter()
        connection.request("GET", path, headers={"accept-encoding": "gzip", **headers})
        response = connection.getresponse()
        body = response.read()
        took = time.perf_counter() - began
        return response.status, gzip.decompress(body) if response.headers.get("content-encoding") == "gzip" else body, took
    finally:
        connection.close()


def answer_times(**headers: str) -> list[float]:
    """Milliseconds of each request after the warm-up, in order of size."""
    taken = []
    for number in range(WARMUP + REQUESTS):
        status, body, took = get(PAGE, **headers)
        assert status == 200, status
        assert body.count(b'<section class="article"') == ARTICLES + 1, "not the page that was to be measured"
        if number >= WARMUP:
            taken.append(took * 1000)
    return sorted(taken)


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used (proc(5), fields 14 and 15 of ``stat``)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p95(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.95) - 1]


def asset_bytes(page: str) -> tuple[int, int]:
    """Gzipped bytes of all script and of all style that the page loads, imports included."""
    scripts = set(re.findall(r'<script[^>]+src="([^"]+)"', page))
    waiting = list(scripts)
    while waiting:
        path = waiting.pop()
        for name in re.findall(r'(?:from|import)\s*"\./([^"]+)"', get(path)[1].decode()):
            found = path.rpartition("/")[0] + "/" + name
            if found not in scripts:
                scripts.add(found)
                waiting.append(found)
    styles = set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', page))
    assert scripts, "the page loads no script"
    assert styles, "the page loads no style"
    return tuple(sum(len(gzip.compress(get(path)[1], 9)) for path in paths) for paths in (scripts, styles))  # type: ignore[return-value]


def readable_after_s(browser: Browser) -> float:
    """Seconds from the start of the navigation until the words of Điều 1 stand painted on an empty browser's screen."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True)
    try:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", NETWORK)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        page.goto(f"http://127.0.0.1:{PORT}{PAGE}", wait_until="load", timeout=120_000)
        painted: float = page.evaluate(
            "() => performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint').startTime"
        )
        assert page.locator("#dieu-1").is_visible(), "the words are not there"
        return painted / 1000
    finally:
        context.close()


def main() -> int:
    session_secret = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder, running_cluster(Path(folder) / "postgres", durable=True) as cluster:
        database = cluster.fresh_database()
        asyncio.run(fill(database, session_secret))
        with web_process(database) as pid:
            page = get(PAGE)[1].decode()
            script, style = asset_bytes(page)
            print(f"page: {len(page.encode())} bytes, {len(gzip.compress(page.encode(), 6))} gzipped", flush=True)
            get(PAGE)
            before = processor_s(pid)
            visitor, citizen = answer_times(), answer_times(cookie=f"session={session_secret}")
            processor_ms = (processor_s(pid) - before) * 1000 / (2 * (WARMUP + REQUESTS))
            for name, taken in (("visitor", visitor), ("citizen", citizen)):
                print(f"{name}: median {statistics.median(taken):.1f} ms, p95 {p95(taken):.1f} ms, worst {taken[-1]:.1f} ms", flush=True)
            print(f"processor time of the web process: {processor_ms:.1f} ms an answer", flush=True)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which(SHELL), args=["--no-sandbox"])
                loads = [readable_after_s(browser) for _ in range(LOADS)]
                browser.close()
            print("first readable text:", ", ".join(f"{one:.2f} s" for one in loads), flush=True)
    figures = {
        "script_gzip_bytes": script,
        "style_gzip_bytes": style,
        "server_processor_ms": round(processor_ms, 1),
        "server_p95_ms": round(max(p95(visitor), p95(citizen)), 1),
        "readable_text_s": round(statistics.median(loads), 2),
    }
    holds = all(figures[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"benchmark": "consultation_page", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
