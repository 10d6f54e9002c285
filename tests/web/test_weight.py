"""What pages and files weigh on the line, and how long they may be kept."""

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from server.store.connection import Pool
from server.web.static import StaticFiles
from tests.web.citizens import PAGE, CitizenSite
from tests.web.site import forms_of
from tests.worlds import open_world


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "dist").mkdir()
    (tmp_path / "secret.txt").write_text("bí mật", "utf-8")
    for name in ("style-CqGA1Jdf.css", "citizen-CQIeE16K.js", "favicon.svg", "latin-DMe4EKeb.woff2"):
        (tmp_path / "dist" / name).write_bytes(name.encode() * 100)
    return tmp_path / "dist"


def client_of(folder: Path) -> httpx.AsyncClient:
    served = Starlette(routes=[Mount("/static", StaticFiles(folder))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://localhost")


@pytest.mark.parametrize(
    ("name", "kind", "compressed", "kept"),
    [
        ("style-CqGA1Jdf.css", "text/css; charset=utf-8", True, "immutable"),
        ("citizen-CQIeE16K.js", "text/javascript; charset=utf-8", True, "immutable"),
        ("latin-DMe4EKeb.woff2", "font/woff2", False, "immutable"),
        ("favicon.svg", "image/svg+xml", True, "max-age=3600"),
    ],
)
async def test_a_built_file_is_sent_as_what_it_is_and_kept_as_long_as_it_may(
    files: Path, name: str, kind: str, compressed: bool, kept: str
) -> None:
    async with client_of(files) as client:
        answer = await client.get(f"/static/{name}", headers={"accept-encoding": "gzip"})
        plain = await client.get(f"/static/{name}", headers={"accept-encoding": "identity"})
        head = await client.head(f"/static/{name}")
    assert answer.content == plain.content == (files / name).read_bytes()
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-type"] == kind
    assert kept in answer.headers["cache-control"]
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["", "x.css", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "/etc/passwd", "dist/favicon.svg"])
async def test_nothing_else_is_served(files: Path, path: str) -> None:
    async with client_of(files) as client:
        answer = await client.get(f"/static/{path}")
        assert answer.status_code == 404
        assert "bí mật" not in answer.text
        assert (await client.post("/static/favicon.svg")).status_code == 405


async def test_pages_are_compressed_for_who_takes_it_and_show_their_token_masked(pool: Pool) -> None:
    await open_world(pool)
    site = CitizenSite(pool)
    async with site.citizen("toi") as browser:
        tokens = set()
        for encoding in ("gzip", "gzip", "identity"):
            request = browser.client.build_request("GET", PAGE, headers={"accept-encoding": encoding})
            answer = await browser.client.send(request, stream=True)
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert (answer.headers.get("content-encoding") == "gzip") == (encoding == "gzip")
            page = (gzip.decompress(raw) if encoding == "gzip" else raw).decode()
            assert int(answer.headers["content-length"]) == len(raw)
            tokens.add(forms_of(page)["/dang-xuat"]["csrf"])
        plain = site.keys.form_token(str(browser.session))
    assert len(tokens) == 3, "the length of a compressed page tells nothing of a token that changes"
    assert not any(plain in token for token in tokens)
