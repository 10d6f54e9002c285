"""What every request passes, and what every answer carries."""

import asyncio
import io
import json
import logging
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.identity.policy import Action
from server.kernel.logs import JsonLines
from server.store.connection import Pool
from server.store.pool import open_pool
from server.web.csrf import masked
from server.web.door import page
from server.web.edge import Edge, Place, every_door
from tests.peers.postgres import Database
from tests.web.site import Browser, Site, forms_of

ME = "toi@example.vn"


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


@pytest.fixture
async def signed_in(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        await browser.sign_in(ME)
        await browser.open("/tai-khoan")
        yield browser


# --- what every answer carries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"), [("/dang-nhap", 200), ("/khong-co", 404), ("/thu/hong", 500), ("/thu/gui", 405), ("/tai-khoan", 303)]
)
async def test_every_answer_carries_the_security_headers(browser: Browser, path: str, status: int) -> None:
    response = await browser.client.get(path)
    assert response.status_code == status
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert response.headers["strict-transport-security"].startswith("max-age=")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in response.headers["permissions-policy"]
    assert response.headers["x-request-id"]
    assert "server" not in response.headers


async def test_pages_use_nothing_that_the_content_security_policy_forbids(signed_in: Browser) -> None:
    for path in ("/tai-khoan", "/khong-co"):
        text = (await signed_in.open(path)).text
        assert " style=" not in text and "<style" not in text and " onclick=" not in text and "javascript:" not in text
        assert "<script>" not in text


async def test_pages_of_signed_in_people_are_kept_by_nobody(signed_in: Browser, browser: Browser) -> None:
    assert (await signed_in.open("/tai-khoan")).headers["cache-control"] == "no-store"
    assert (await browser.open("/dang-nhap")).headers["cache-control"] == "private, no-cache"


async def test_an_error_tells_a_reference_number_and_nothing_of_the_inside(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    response = await browser.client.get("/thu/hong")
    reference = response.headers["x-request-id"]
    assert reference in response.text
    for inside in ("Traceback", "ValueError", "bí mật", "starlette", "uvicorn", ".py", "PostgreSQL"):
        assert inside not in response.text
    assert any(getattr(record, "facts", {}).get("reference") == reference and record.exc_info for record in caplog.records)


async def test_errors_speak_the_readers_language(browser: Browser) -> None:
    assert "Không tìm thấy trang này" in (await browser.client.get("/khong-co")).text
    assert "This page was not found" in (await browser.client.get("/khong-co?lang=en")).text


async def test_with_the_database_away_a_reader_is_told_so_and_nothing_else(database: Database) -> None:
    pool = await open_pool(database.app_dsn)
    site = Site(pool)
    async with site.browser() as browser:
        await browser.sign_in(ME)
        await pool.close()
        response = await browser.client.get("/tai-khoan")
        assert response.status_code == 503 and response.headers["retry-after"]
        assert "gián đoạn" in response.text and "asyncpg" not in response.text and "content-security-policy" in response.headers


async def test_the_language_is_kept_by_a_link_of_the_page(browser: Browser) -> None:
    assert '<html lang="vi"' in (await browser.open("/dang-nhap")).text
    assert '<html lang="en"' in (await browser.open("/dang-nhap?lang=en")).text
    assert '<html lang="en"' in (await browser.open("/dang-nhap")).text
    assert '<html lang="en"' in (await browser.open("/dang-nhap?lang=xx")).text
    assert '<html lang="vi"' in (await browser.open("/dang-nhap?lang=vi")).text


# --- where a request may come from -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "https://gopy.example.vn.evil.example"},
        {"origin": "http://gopy.example.vn"},
        {"origin": "https://gopy.example.vn:8443"},
        {"origin": "https://gopy.example.vn", "sec-fetch-site": "cross-site"},
        {"origin": "https://gopy.example.vn", "sec-fetch-site": "same-site"},
    ],
)
async def test_a_form_from_elsewhere_is_refused_even_with_its_token(site: Site, signed_in: Browser, headers: dict[str, str]) -> None:
    form = forms_of(signed_in.page)["/tai-khoan/ten"] | {"name": "Kẻ gian"}
    response = await signed_in.client.post("/tai-khoan/ten", data=form, headers=headers)
    assert response.status_code == 403
    ticket = await signed_in.client.post("/live/ticket", json={}, headers=headers)
    assert ticket.status_code == 403 and ticket.json()["code"] == "foreign_request"
    assert "Kẻ gian" not in (await signed_in.open("/tai-khoan")).text


@pytest.mark.parametrize("token", [None, "", "x", "của người khác"])
async def test_a_form_without_its_token_is_refused(site: Site, signed_in: Browser, token: str | None) -> None:
    form = {"name": "Kẻ gian"}
    if token == "của người khác":
        form["csrf"] = masked(site.keys.form_token("another cookie"))
    elif token is not None:
        form["csrf"] = token
    response = await signed_in.client.post("/tai-khoan/ten", data=form, headers={"origin": site.origin})
    assert response.status_code == 403
    assert "Kẻ gian" not in (await signed_in.open("/tai-khoan")).text


async def test_a_token_from_before_signing_in_is_worth_nothing_after(site: Site, browser: Browser) -> None:
    await browser.open("/dang-nhap")
    before = forms_of(browser.page)["/dang-nhap"]["csrf"]
    await browser.sign_in(ME)
    response = await browser.client.post("/tai-khoan/ten", data={"csrf": before, "name": "x"}, headers={"origin": site.origin})
    assert response.status_code == 403


async def test_json_under_another_name_is_refused_and_forms_are_not_json(site: Site, signed_in: Browser) -> None:
    own = {"origin": site.origin}
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json5"):
        response = await signed_in.client.post("/thu/json", content=b"{}", headers=own | {"content-type": content_type})
        assert response.status_code == 415, content_type
    good = await signed_in.client.post("/thu/json", content=b'{"a":1}', headers=own | {"content-type": "application/json; charset=utf-8"})
    assert good.json() == {"a": 1}
    response = await signed_in.client.post("/tai-khoan/ten", json={"name": "x"}, headers=own)
    assert response.status_code == 415


async def test_reading_changes_nothing_and_methods_cannot_be_overridden(signed_in: Browser) -> None:
    for path in ("/dang-xuat", "/tai-khoan/ten?name=x", "/tai-khoan/thiet-bi-khac"):
        assert (await signed_in.client.get(path)).status_code == 405
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        assert (await signed_in.client.request(method, "/tai-khoan")).status_code == 405
    response = await signed_in.client.get("/dang-xuat", headers={"x-http-method-override": "POST"})
    assert response.status_code == 405
    assert (await signed_in.client.head("/dang-nhap")).status_code == 303


# --- hosts, paths, addresses -------------------------------------------------------------------------------------------


async def call(
    edge: Edge, path: str, headers: list[tuple[bytes, bytes]], query: bytes = b"", *, method: str = "GET", begun: bytes | None = None
) -> int:
    """The status of a request with exactly these headers. One whose body has ``begun`` never ends: its client goes away."""
    statuses: list[int] = []
    coming: list[dict[str, object]] = [{"type": "http.request", "body": b"", "more_body": False}]
    if begun is not None:
        coming = [{"type": "http.request", "body": begun, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, object]:
        return coming.pop(0)

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            assert isinstance(message["status"], int)
            statuses.append(message["status"])

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query, "headers": headers}
    scope |= {"client": ("198.51.100.7", 1), "scheme": "https", "http_version": "1.1", "root_path": "", "server": ("gopy.example.vn", 443)}
    await edge(scope, receive, send)  # type: ignore[arg-type]
    return statuses[0]


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b"evil.example"],
        [b"gopy.example.vn/admin?x="],
        [b"gopy.example.vn:8443"],
        [b"gopy.example.vn", b"gopy.example.vn"],
        [b"gopy.example.vn", b"evil.example"],
        [b""],
        [b"https://gopy.example.vn"],
    ],
)
async def test_only_the_sites_own_host_is_answered(site: Site, hosts: list[bytes]) -> None:
    assert await call(site.edge, "/dang-nhap", [(b"host", host) for host in hosts]) == 400


async def test_the_host_may_be_written_in_capitals_and_forwarded_hosts_are_not_believed(site: Site) -> None:
    assert await call(site.edge, "/dang-nhap", [(b"host", b"GoPy.Example.VN"), (b"x-forwarded-host", b"evil.example")]) == 200


OTHER_WRITINGS = ["//tai-khoan", "/tai-khoan/", "/../tai-khoan", "/x/../tai-khoan", "/./tai-khoan", "/tai-khoan;x", "/tai-khoan\0"]
OTHER_WRITINGS += ["/tai-khoan\r\n", "/TAI-KHOAN", "\\tai-khoan", "/tai-khoan\u2215", "/tai%2dkhoan"]


@pytest.mark.parametrize("path", OTHER_WRITINGS)
async def test_no_other_writing_of_a_path_leads_to_its_page(site: Site, path: str) -> None:
    assert await call(site.edge, path, [(b"host", b"gopy.example.vn")]) == 404


async def test_a_query_with_a_null_is_refused(site: Site) -> None:
    assert await call(site.edge, "/dang-nhap", [(b"host", b"gopy.example.vn")], b"next=%00") == 400
    assert await call(site.edge, "/dang-nhap", [(b"host", b"gopy.example.vn")], b"next=\xff") == 400


async def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(pool: Pool) -> None:
    for proxies, expected in (((), "10.0.0.9"), (("10.0.0.0/8",), "198.51.100.1")):
        site = Site(pool, proxies=proxies)
        async with site.browser(address="10.0.0.9") as browser:
            response = await browser.client.get("/thu/dia-chi", headers={"x-forwarded-for": "203.0.113.66, 198.51.100.1, 10.0.0.4"})
            assert response.text == expected


# --- how much --------------------------------------------------------------------------------------------------------------


async def post(site: Site, path: str, content: bytes, content_type: str, browser: Browser) -> httpx.Response:
    return await browser.client.post(path, content=content, headers={"origin": site.origin, "content-type": content_type})


async def test_bodies_beyond_a_doors_limit_are_refused_announced_or_not(site: Site, browser: Browser) -> None:
    await browser.open("/dang-nhap")
    form = forms_of(browser.page)["/dang-nhap"]
    big = f"csrf={form['csrf']}&name=".encode() + b"x" * (64 << 10)
    assert (await post(site, "/thu/gui-nho", big, "application/x-www-form-urlencoded", browser)).status_code == 413

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 1024):
            yield big[start : start + 1024]

    headers = {"origin": site.origin, "content-type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post("/thu/gui-nho", content=drip(), headers=headers)).status_code == 413
    small = big[: 60 << 10]
    assert (await post(site, "/thu/gui-nho", small, "application/x-www-form-urlencoded", browser)).text == "2"


def part(name: str, value: bytes, file: str = "") -> bytes:
    extra = f'; filename="{file}"' if file else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + value + b"\r\n"


@pytest.mark.parametrize("bad", ["fields", "big part", "no boundary", "files", "broken", "no name"])
async def test_hostile_multipart_is_refused_and_leaves_no_file(
    site: Site, browser: Browser, bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await browser.open("/dang-nhap")
    token = part("csrf", forms_of(browser.page)["/dang-nhap"]["csrf"].encode())
    bodies = {
        "fields": token + b"".join(part(f"f{n}", b"") for n in range(20_000)),
        "big part": token + part("text", b"x" * (3 << 19)),
        "no boundary": token,
        "files": token + b"".join(part("file", b"x", file=f"{n}.txt") for n in range(1_000)),
        "broken": token + b"--B\r\nContent-Disposition form-data\r\n\x00\r\n",
        "no name": b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n",
    }
    content_type = "multipart/form-data" + ("" if bad == "no boundary" else "; boundary=B")
    response = await post(site, "/thu/gui", bodies[bad] + b"--B--\r\n", content_type, browser)
    assert response.status_code in (400, 413)
    assert os.listdir(tmp_path) == []


async def test_a_file_within_the_limits_arrives(site: Site, browser: Browser) -> None:
    await browser.open("/dang-nhap")
    form = forms_of(browser.page)["/dang-nhap"]
    files = {"file": ("du-thao.txt", io.BytesIO(b"x" * (1 << 20)))}
    response = await browser.client.post("/thu/gui", data={"csrf": form["csrf"]}, files=files, headers={"origin": site.origin})
    assert response.text == "2"


# --- doors -----------------------------------------------------------------------------------------------------------------


async def nothing(request: Request) -> Response:
    return Response()


def test_an_address_without_an_action_cannot_be_served(site: Site) -> None:
    doors = [Route("/x", nothing)]
    with pytest.raises(TypeError, match="declares no action"):
        Edge(doors, place=Place("https://x.vn", frozenset(), frozenset()), sessions=site.sessions, keys=site.keys, pages=site.pages)  # type: ignore[arg-type]


def test_two_doors_cannot_share_an_address() -> None:
    with pytest.raises(ValueError, match="/x"):
        every_door(lambda: [page("/x", Action.READ_PUBLIC, nothing)], lambda: [page("/x", Action.SIGN_IN, nothing)])


# --- logs ------------------------------------------------------------------------------------------------------------------


def log_line(message: str, *args: object, facts: dict[str, object] | None = None) -> str:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, message, args, None)
    record.facts = facts
    return JsonLines().format(record)


def test_no_text_can_forge_a_line_of_the_log_or_speak_to_a_terminal() -> None:
    line = log_line("path %s", '/a\r\n{"level":"error"}\x1b[2J\u2028\x9b', facts={"door": "x\ny"})
    assert line.isascii() and line.isprintable() and json.loads(line)["door"] == "x\ny"


async def test_the_log_of_a_request_names_no_person_and_no_address(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with site.browser(address="203.0.113.200") as browser:
        await browser.sign_in(ME)
        await browser.open("/loi-moi/4711?email=toi@example.vn")
        secrets = [str(browser.session), site.mail.code(ME), ME, "203.0.113.200", "4711"]
    ours = [record for record in caplog.records if record.name.startswith("server")]
    text = "\n".join(JsonLines().format(record) for record in ours)
    assert any(getattr(record, "facts", {}).get("door") == "/loi-moi/{invitation:int}" for record in ours)
    for secret in secrets:
        assert secret not in text


async def test_a_failure_of_the_database_is_logged_without_the_row(pool: Pool) -> None:
    await pool.execute("insert into persons default values")
    statement = "insert into contacts (person, email) select id, 'toi@example.vn' from persons"
    await pool.execute(statement)
    try:
        await pool.execute(statement)
    except Exception:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "toi@example.vn" not in line and json.loads(line)["failure"]["sqlstate"] == "23505"


async def test_each_of_many_interrupted_requests_gets_only_its_own_answer(site: Site) -> None:
    """A cancelled request leaves no connection on which the next one could read somebody else's answer."""
    people = []
    for number in range(5):
        browser_context = site.browser(address=f"203.0.113.{number}")
        browser = await browser_context.__aenter__()
        await browser.sign_in(f"a{number}@example.vn")
        people.append((browser_context, browser, f"a{number}@example.vn"))

    async def read(browser: Browser, own: str, cut_after: int | None) -> None:
        request = asyncio.create_task(browser.client.get("/tai-khoan"))
        if cut_after is not None:
            for _ in range(cut_after):
                await asyncio.sleep(0)
            request.cancel()
            await asyncio.wait([request])
            return
        text = (await request).text
        assert own in text
        assert sum(email in text for _, _, email in people) == 1

    await asyncio.gather(*(read(browser, own, number if number % 2 else None) for number in range(60) for _, browser, own in people))
    for context, _, _ in people:
        await context.__aexit__(None, None, None)


async def test_who_goes_away_in_the_middle_of_a_form_is_no_fault_of_ours(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    headers = [(b"host", b"gopy.example.vn"), (b"origin", b"https://gopy.example.vn")]
    headers.append((b"content-type", b"application/x-www-form-urlencoded"))
    assert await call(site.edge, "/thu/gui-nho", headers, method="POST", begun=b"a=") == 400
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
