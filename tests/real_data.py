"""The folder of real decrees and real votes, which is no part of the project: ``DIENHONG_TEST_DATA``, default ``../shared/data``."""

import os
from pathlib import Path

REAL_DATA = Path(os.environ.get("DIENHONG_TEST_DATA") or Path(__file__).parent.parent.parent / "shared" / "data").resolve()
