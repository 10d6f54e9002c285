"""``python3 -m server recount ZIP``: anybody counts a consultation's open data anew. It needs no database and no server."""

from pathlib import Path

import msgspec

from consultations.recount import Compared, recount
from server.bootstrap import stop
from server.documents.exported import Exported, read_export
from server.kernel.refused import Refused

_TABLES = ("contributions", "totals", "numbers", "log")


def counted_anew(exported: Exported) -> list[Compared]:
    """The published numbers of an export beside those that its rows give."""
    contributions, totals, numbers, log = (exported.rows(name) for name in _TABLES)
    told = [line | {"detail": msgspec.json.decode(str(line["detail"]))} for line in log]
    return recount(exported.about, contributions, totals, numbers, told)


def print_recount(file: str) -> int:
    """Reads the zip, counts, and prints each number as published and as counted. 1 when any two differ."""
    try:
        exported = read_export(Path(file).read_bytes())
    except (OSError, Refused) as failure:
        stop(f"{file} is not the open data of a consultation: {failure}")
    lines = counted_anew(exported)
    print(f"{exported.about['title']}\n{exported.about['url']}\n\n{'published':>10} {'counted':>10}")
    for one in lines:
        print(f"{one.published:>10,} {one.counted:>10,}  {one.what}{'' if one.equal else '  DIFFERENT'}")
    different = sum(not one.equal for one in lines)
    print(f"\n{len(lines)} numbers counted anew, {different} different.")
    return 1 if different else 0
