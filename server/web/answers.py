"""The agency's answers as readers see them beside what they answer."""

from collections.abc import Mapping, Sequence

from server.kernel.ids import ContributionId
from server.locale import Language
from server.store import dispositions
from server.store.connection import Connection
from server.store.dispositions import Disposition
from server.store.reading import Listed
from server.web.texts import Text, Texts
from server.web.views import AnswerView


def answer_view(consultation: Listed, answer: Disposition, texts: Mapping[int, Text], lang: Language) -> AnswerView:
    """One answer. ``texts`` has the version in which it names a change."""
    if answer.version is None or answer.node is None:
        return AnswerView(answer.outcome, answer.explanation)
    label, anchor = texts[answer.version].name(answer.node, lang)
    return AnswerView(answer.outcome, answer.explanation, label, f"/lay-y-kien/{consultation.slug}/v{answer.version}#{anchor}")


async def public_answers(
    connection: Connection, texts: Texts, consultation: Listed, contributions: Sequence[ContributionId], lang: Language
) -> dict[ContributionId, AnswerView]:
    """The published answers to these contributions of one consultation; none before they are published."""
    if consultation.phase not in ("answered", "archived") or not contributions:
        return {}
    found = await dispositions.published_answers(connection, list(contributions))
    versions = {answer.version for answer in found.values() if answer.version is not None}
    read = {version: await texts.read(connection, consultation, version) for version in versions}
    return {id: answer_view(consultation, answer, read, lang) for id, answer in found.items()}
