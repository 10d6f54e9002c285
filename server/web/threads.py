"""Contributions as lists and their own pages show them: with their answers, their suggested wording tracked, and one's own support."""

from collections.abc import Mapping, Sequence

from consultations.comparing import runs
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId
from server.realtime.votes import voter_key
from server.store import contributions, lists
from server.store.connection import Connection
from server.store.reading import Listed, Row
from server.web.answers import public_answers
from server.web.consultation_page import contribution_view
from server.web.fates import read_fates
from server.web.followed import followed_by
from server.web.texts import Texts
from server.web.views import Thread


async def threads(connection: Connection, texts: Texts, viewer: Viewer, consultation: Listed, rows: Sequence[Row]) -> tuple[Thread, ...]:
    """Contributions as lists show them: each with the visible answers to it, and to those."""
    text = await texts.read(connection, consultation)
    given = await public_answers(connection, texts, consultation, [row.id for row in rows], viewer.lang)
    answers = await lists.answers_to(connection, [row.id for row in rows])
    fates = await read_fates(connection, texts, consultation, rows, viewer.lang)
    followed = (await followed_by(connection, viewer, consultation)).contributions
    supported: set[ContributionId] = set()
    if viewer.person is not None:
        supported = await contributions.supported_by(connection, consultation.id, voter_key(text.voter_secret, viewer.person))
    tracked: Mapping[ContributionId, tuple[tuple[str, str], ...]] = {
        row.id: await _tracked(connection, texts, consultation, row) for row in rows if row.suggestion is not None
    }

    def thread(row: Row) -> Thread:
        return Thread(
            voice=contribution_view(row, text, viewer.lang, consultation.slug, given.get(row.id), fates.get(row.id)),
            answers=tuple(thread(answer) for answer in answers.get(row.id, ())),
            tracked=tracked.get(row.id, ()),
            supported=row.id in supported,
            followed=row.id in followed,
            own=row.author is not None and row.author == viewer.person,
        )

    return tuple(thread(row) for row in rows)


async def _tracked(connection: Connection, texts: Texts, consultation: Listed, row: Row) -> tuple[tuple[str, str], ...]:
    """The suggested wording against the words of the version for which it was written."""
    text = await texts.read(connection, consultation, row.version)
    base = "" if row.first_node is None else text.content_of(row.first_node)
    return tuple((run.kind, run.text) for run in runs(base, row.suggestion or ""))
