"""The running product, alone and as two web processes that share a port, and its database."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.citizens import Site
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import Redis


@pytest.fixture(scope="module")
def environ() -> Mapping[str, str]:
    """Settings beside the defaults; a module may have its own."""
    return {}


@pytest.fixture(scope="module", params=[1, 2], ids=["one-process", "two-processes"])
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, environ: Mapping[str, str], redis_server: Redis
) -> Iterator[Product]:
    """One installation for all tests of a module, started; a test that stops it starts it again."""
    workers: int = request.param
    more = {} if workers == 1 else {"REDIS_URL": redis_server.url}
    folder = tmp_path_factory.mktemp("product") / "data"
    written = {"CONTRIBUTIONS_PER_PERSON_HOUR": "10000", "DEMO": "0"}  # one writer does what many would, on what the tests make
    product = Product(folder, "--workers", str(workers), environ={**written, **environ, **more}, port=free_port())
    product.start()
    yield product
    if product.process is not None and product.process.poll() is None:
        product.stop()


@pytest.fixture
async def pool(product: Product) -> AsyncIterator[Pool]:
    """The product's own database, looked at from beside it."""
    async with await open_pool(product.dsn(), connections=4) as pool:
        yield pool


@pytest.fixture
async def site(product: Product) -> AsyncIterator[Site]:
    async with Site(product.url) as site:
        yield site
