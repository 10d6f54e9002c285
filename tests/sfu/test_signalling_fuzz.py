"""Whatever is said, the server calls nothing of it its own fault. The long run is ``python3 -m tests.soak fuzz_signalling``."""

import pytest

from tests.soak.fuzz_signalling import fuzz


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_said_is_done_or_refused(seed: int) -> None:
    done = await fuzz(1_500, seed)
    assert min(done.values()) > 0
