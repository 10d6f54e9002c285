"""The running product, alone and as two web processes that share a port, and its database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import pytest
import uvloop

from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.citizens import Site
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import Redis
from tests.stories.bursts import LIMITS

WITHOUT_MEDIA = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}
"""Nobody meets here: a media engine of its own would only be started, again and again."""


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A crowd of clients lives in this process: on the product's own loop it takes half as much of the processor."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="module")
def environ() -> Mapping[str, str]:
    """Settings beside those of every story; a module may have its own."""
    return WITHOUT_MEDIA


@pytest.fixture(scope="module", params=[1, 2], ids=["one-process", "two-processes"])
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, environ: Mapping[str, str], redis_server: Redis
) -> Iterator[Product]:
    """One installation for all tests of a module, started; a test that stops it starts it again."""
    workers: int = request.param
    more = {} if workers == 1 else {"REDIS_URL": redis_server.url}
    folder = tmp_path_factory.mktemp("product") / "data"
    product = Product(folder, "--workers", str(workers), environ={"DEMO": "0", **LIMITS, **environ, **more}, port=free_port())
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
