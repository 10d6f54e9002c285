"""``python3 -m server take-over ZIP AGENCY``: a consultation from elsewhere is kept as a record, as by the form of an editor."""

from pathlib import Path

from server.documents import LARGEST_FILE_BYTES
from server.documents.apart import Reader
from server.kernel.refused import Refused
from server.store.connection import Pool
from server.store.people import find_agency, list_agencies
from server.store.taken_over import take_over
from server.web.refusals import sentence
from server.web.taken_over import TAKEN_OVER


async def taken_over(pool: Pool, file: Path, agency: str) -> tuple[str, bool]:
    """A sentence about what became of the file, and whether the agency with this slug has its record now."""
    try:
        known = await find_agency(pool, agency)
        if known is None:
            named = ", ".join(sorted(one.slug for one in await list_agencies(pool)))
            return f"There is no agency {agency}. There are: {named or 'none yet'}.", False
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE_BYTES + 1)  # one more is enough to be too large
        package = await Reader().read_export(data)
    except OSError as failure:
        return f"{file} cannot be read: {failure.strerror}.", False
    except Refused as refused:
        return f"{file} is not taken over, and nothing is kept of it: {sentence(refused, 'en')}", False
    number, new = await take_over(pool, known.id, package, data, None)
    before = "" if new else "It was there before. "
    return f"{before}{known.name} has the record {TAKEN_OVER}/{number}: {package.about.title}", True
