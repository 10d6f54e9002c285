"""What the room's page weighs on the line, besides LiveKit's client."""

import gzip
import json

from tests.browser.room.stand import DIST


def weight(*files: str) -> int:
    return sum(len(gzip.compress((DIST / file).read_bytes(), 9)) for file in files)


async def test_the_rooms_own_script_is_at_most_80_kib_and_brings_livekit_alone() -> None:
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    room = manifest["src/room.ts"]
    imported = [manifest[name] for name in room["imports"]]
    own = [chunk["file"] for chunk in imported if chunk["name"] != "livekit"]
    assert [chunk["name"] for chunk in imported if chunk["file"] not in own] == ["livekit"]
    assert 10_000 < weight(room["file"], *own) <= 80 << 10
    assert weight(manifest["src/room.css"]["file"]) <= 30 << 10


async def test_no_other_page_loads_livekit() -> None:
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    for page in ("src/citizen.ts", "src/staff.ts"):
        seen, waiting = set(), [page]
        while waiting:
            name = waiting.pop()
            seen.add(name)
            waiting += [other for other in manifest[name].get("imports", ()) if other not in seen]
        assert not any(manifest[name].get("name") == "livekit" for name in seen)
