"""The read API keeps to its own description: schemathesis asks what it allows and what it does not, and checks every answer.

The cases are few and the same in every run.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.documents.exported import read_export
from server.store.connection import Pool
from server.web.api_document import BASE, document
from tests.web.open_site import OpenSite
from tests.web.test_open_data import closed, fill, new_id

EXAMPLES = 6
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)
ONE = f"{BASE}/consultations/{{slug}}"


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


def operations(site: OpenSite) -> dict[str, Any]:
    """What the description offers, by path."""
    schema = schemathesis.openapi.from_dict(document(site.origin))
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(document(site.origin)["paths"]), "every operation is described well enough to be asked"
    return {one.path: one for one in found}


async def ask_for_all(site: OpenSite, client: httpx.AsyncClient, mode: GenerationMode, slug: str | None) -> list[int]:
    """Asks each operation a few times, of this consultation or of any; the statuses of all answers, every one of which was checked."""
    loop = asyncio.get_running_loop()
    statuses: list[int] = []
    # What is wrong in a way the API passes over, such as a parameter it does not know, need not be refused.
    agrees: list[Any] = [positive_data_acceptance] if mode is GenerationMode.POSITIVE else []

    def asking(operation: Any) -> Callable[[], None]:
        @FEW
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            if slug is not None and case.path_parameters:
                case.path_parameters["slug"] = slug
            sent = case.as_transport_kwargs(base_url=site.origin + BASE)
            asked = {name: sent[name] for name in ("method", "url", "params", "headers", "cookies") if sent.get(name)}
            answer = asyncio.run_coroutine_threadsafe(client.request(**asked), loop).result()
            case.validate_response(answer, checks=CHECKS + agrees)
            statuses.append(answer.status_code)

        return ask

    for operation in operations(site).values():
        await asyncio.to_thread(asking(operation))
    return statuses


async def test_every_answer_is_as_the_description_says(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as program:
        await fill(site, slug)
        await closed(site, slug)
        assert set(await ask_for_all(site, program.client, GenerationMode.POSITIVE, slug)) <= {200, 404}
        asked = await ask_for_all(site, program.client, GenerationMode.NEGATIVE, slug)
        assert 400 in asked and len(asked) >= EXAMPLES


async def test_what_is_not_there_is_a_problem_of_the_shape_described(site: OpenSite) -> None:
    problem = document(site.origin)["components"]["schemas"]["Problem"]
    agency = await site.agency()
    editor = await site.person("bien-tap", ("editor", agency))
    _, draft = await site.consulting.create(editor, new_id(), agency, "Dự thảo kín", "kin")
    async with site.browser() as program:
        for path in (path for path in operations(site) if "{slug}" in path):
            for slug in ("khong-co", draft, "1", "a%2Fb", "%E1%BB%83"):
                answer = await program.client.get(BASE + path.replace("{slug}", slug))
                assert answer.status_code == 404 and answer.headers["content-type"] == "application/json"
                assert set(answer.json()) == set(problem["required"]) and answer.json()["code"] == "not_found"
        nowhere = await program.client.get(f"{BASE}/nothing")
        assert nowhere.status_code == 404 and nowhere.json()["code"] == "not_found"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=1&limit=2", "limit=-1", "limit=x", "after=9007199254740993", "limit=１"])
async def test_numbers_out_of_bounds_are_refused(site: OpenSite, query: str) -> None:
    async with site.opened() as slug, site.browser() as program:
        for path in ("contributions", "log"):
            answer = await program.client.get(f"{ONE.format(slug=slug)}/{path}?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")


async def test_whoever_follows_the_pages_sees_every_contribution_and_every_line_once(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as program:
        await fill(site, slug)
        for path, key, number in (
            ("contributions", "id", "select count(*) from contributions where state = 'visible'"),
            ("log", "number", None),
        ):
            seen: list[int] = []
            after: int | None = 0
            while after is not None:
                page = (await program.client.get(f"{ONE.format(slug=slug)}/{path}?limit=3&after={after}")).json()
                assert len(page["items"]) <= 3
                seen += [item[key] for item in page["items"]]
                after = page["next_after"]
            whole = (await program.client.get(f"{ONE.format(slug=slug)}/{path}?limit=200")).json()["items"]
            assert seen == [item[key] for item in whole] == sorted(set(seen))
            assert number is None or len(seen) == await site.pool.fetchval(number)


async def test_the_api_and_the_zip_say_the_same(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as program:
        await fill(site, slug)
        await closed(site, slug)
        exported = read_export((await program.client.get(f"/lay-y-kien/{slug}/du-lieu.zip")).content)
        for path in ("contributions", "totals", "numbers"):
            items = (await program.client.get(f"{ONE.format(slug=slug)}/{path}?limit=200")).json()["items"]
            assert items == msgspec.to_builtins(exported.rows(path))


async def test_the_api_knows_no_cookie_and_any_page_may_read_it(site: OpenSite) -> None:
    async with site.opened() as slug, site.citizen("toi") as me, site.browser() as anybody:
        for path in ("", *(path for path in operations(site))):
            address = BASE + (path.replace("{slug}", slug) or "/openapi.json")
            mine, theirs = await me.client.get(address), await anybody.client.get(address + "?lang=en")
            assert mine.headers["access-control-allow-origin"] == theirs.headers["access-control-allow-origin"] == "*"
            assert mine.content == theirs.content and "set-cookie" not in theirs.headers
            assert "access-control-allow-credentials" not in mine.headers


async def test_who_asks_too_often_is_told_when_to_come_again(pool: Pool) -> None:
    site = OpenSite(pool, asked=2)
    async with site.opened() as slug, site.browser() as program:
        answers = [await program.client.get(ONE.format(slug=slug)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "60" and answers[2].json()["code"] == "rate_limited"
