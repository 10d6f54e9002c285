"""The parts of the whole test run: which folders and programs each is, and what it needs from the machine."""

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
_FONTS = Path("/usr/share/fonts/truetype")

POSTGRESQL, REDIS = "postgresql-15", "redis-server"
SHELL, FIREFOX = "chromium-headless-shell", "firefox-esr"
"""The first is Chromium without the windows around it, which computes less."""
LIBERATION, EMOJI = "fonts-liberation2", "fonts-noto-color-emoji"
LIBREOFFICE = "libreoffice-writer-nogui"


class Part(NamedTuple):
    """One line of the report. ``folders`` of tests, but for the files ``without``, run in one pytest process; ``programs`` are further
    checks, each passed or failed. A part that ``waits`` leaves a core idle for most of its time.
    """

    name: str
    folders: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    needs: tuple[str, ...] = ()
    quick: bool = False
    waits: bool = False


_PYTHON = sys.executable
_BIN = Path(sys.executable).parent

_EVERY_DOOR = (
    "web/test_policy_everywhere.py",
    "web/test_policy_in_rooms.py",
    "web/test_hidden_tallies.py",
    "web/test_script_in_every_field.py",
)
"""They knock at every door of the site, and take as long as all its other tests."""

_WHOLE_MEETING = "browser/room/test_whole_meeting.py"

# Two run at a time in this order, the longest first, so that all cores end together. Beside them run those that wait, one at a time:
# on a core alone, media computed for 139 s of 311, realtime for 30 s of 110 and the whole meeting for 87 s of 203.
# Rooms and clients come after browser and stories, so that media is done by then: all send video, which suffers when there is no time
# for it.
PARTS = (
    # Playwright and asyncio's own tests do not live in one process: each of these is a pytest of its own.
    Part("media", ("sfu", "media_stories"), needs=(REDIS, SHELL, FIREFOX), waits=True),
    Part("realtime", ("realtime",), needs=(REDIS,), waits=True),
    Part("meeting", (_WHOLE_MEETING,), needs=(SHELL, LIBERATION, EMOJI), waits=True),
    Part("browser", ("browser/elements", "browser/stories"), needs=(REDIS, SHELL, FIREFOX, LIBERATION, EMOJI)),
    Part("stories", ("stories",), needs=(REDIS, SHELL, LIBERATION, EMOJI)),
    Part("rooms", ("browser/room",), without=(_WHOLE_MEETING,), needs=(REDIS, SHELL, FIREFOX, LIBERATION, EMOJI)),
    Part("clients", ("browser/media",), needs=(REDIS, SHELL, FIREFOX)),
    Part("processes", ("processes",), needs=(REDIS,)),
    Part("web", ("web", "identity", "mail", "jobs"), without=_EVERY_DOOR, needs=(REDIS,), quick=True),
    Part("doors", _EVERY_DOOR, needs=(REDIS,), quick=True),
    Part("pure", ("consultations", "documents", "kernel", "rooms"), needs=(LIBREOFFICE,), quick=True),
    Part(
        "types",
        programs=(
            (str(_BIN / "mypy"),),
            (str(_BIN / "ruff"), "check", "."),
            (str(_BIN / "ruff"), "format", "--check", "."),
            (_PYTHON, "-m", "tests.squawk"),
            (_PYTHON, "-m", "tests.npm", "run", "check"),
        ),
        quick=True,
    ),
    Part("store", ("store",), needs=(POSTGRESQL,), quick=True),
    Part("laws", ("laws",), quick=True),
    Part("structure", ("structure",), quick=True),
)


def missing(parts: tuple[Part, ...]) -> list[str]:
    """The Debian packages that these parts need and this machine lacks."""
    present = {
        POSTGRESQL: (DEBIAN_15 / "initdb").exists(),
        REDIS: shutil.which("redis-server") is not None,
        SHELL: shutil.which(SHELL) is not None,
        FIREFOX: shutil.which("firefox-esr") is not None or shutil.which("firefox") is not None,
        LIBERATION: (_FONTS / "liberation2").is_dir(),
        LIBREOFFICE: shutil.which("soffice") is not None,
        EMOJI: (_FONTS / "noto" / "NotoColorEmoji.ttf").exists(),
    }
    return [package for package in present if not present[package] and any(package in part.needs for part in parts)]
