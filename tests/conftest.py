"""What every test may ask for: empty databases on real PostgreSQL, a private Redis, the folder of real data.

``database`` and ``pool`` run on PostgreSQL 18; for the tests under ``tests/store`` they run twice, on Debian's 15 as well.
"""

import gc
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.postgres import ENGINES, Cluster, Database, running_cluster
from tests.peers.redis import Redis, running_redis
from tests.real_data import REAL_DATA

HERE = Path(__file__).parent
_ROOM_BYTES = 4 << 30

# httpx looks for sniffio at every request and every lock. It is not installed, and looking through all folders again takes a millisecond.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# A law holds at any speed. The same change gives the same verdict; ``python3 -m tests.soak laws`` looks further.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None)
settings.load_profile("untimed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        both = metafunc.definition.path.is_relative_to(HERE / "store")
        metafunc.parametrize("engine", list(ENGINES) if both else ["postgresql-18"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the PostgreSQL this test runs on."""
    name = request.param
    assert isinstance(name, str)
    return name


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Cluster]]:
    """Every cluster started in this run, started when first asked for by ``cluster``."""
    with ExitStack() as running:
        memory = _memory_folder()
        folder = Path(running.enter_context(TemporaryDirectory(dir=memory))) if memory else tmp_path_factory.mktemp("postgres")
        yield _Clusters(folder, tmp_path_factory.mktemp("durable"), running)


def _memory_folder() -> Path | None:
    """Where files live in memory, if there is room for the databases of a run."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES else None


class _Clusters(dict[str, Cluster]):
    def __init__(self, folder: Path, durable: Path, running: ExitStack) -> None:
        super().__init__()
        self._folders = {False: folder, True: durable}
        self._running = running

    def __missing__(self, name: str) -> Cluster:
        engine, _, durable = name.partition("+")
        folder = self._folders[bool(durable)] / name
        self[name] = self._running.enter_context(running_cluster(folder, engine, durable=bool(durable)))
        return self[name]


@pytest.fixture
def database(engine: str, clusters: dict[str, Cluster]) -> Iterator[Database]:
    """A migrated, empty database of this test's own, of which it changes nothing but rows. Its cluster keeps nothing safe on disk; see
    ``durable_database``."""
    database = clusters[engine].fresh_database()
    yield database
    clusters[engine].take_back(database)


@pytest.fixture
def durable_database(engine: str, clusters: dict[str, Cluster]) -> Iterator[Database]:
    """Like ``database``, on a cluster with fsync, synchronous_commit and full_page_writes on, as in production."""
    cluster = clusters[f"{engine}+durable"]
    database = cluster.fresh_database()
    yield database
    cluster.drop(database)


@pytest.fixture
def empty_database(engine: str, clusters: dict[str, Cluster]) -> Iterator[Database]:
    """A database of this test's own in which no migration has run."""
    database = clusters[engine].empty_database()
    yield database
    clusters[engine].drop(database)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Connections as the role ``app``, which owns nothing."""
    async with await open_pool(database.app_dsn, connections=10) as pool:
        yield pool


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A private Redis shared by the run; a test that kills it starts it again."""
    with running_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real decrees and votes. Where it is not there, the tests that ask for it are left out and counted."""
    return REAL_DATA


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if REAL_DATA.is_dir():
        return
    left_out = [item for item in items if "real_data" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """What was loaded stays to the end: looking through it for garbage again and again took a twentieth of the run."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_report_header() -> str:
    return f"real data: {REAL_DATA if REAL_DATA.is_dir() else 'none, tests on it are left out'}"
