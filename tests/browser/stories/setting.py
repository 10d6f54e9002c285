"""What stands on the site before a story begins: made through the product's own doors and its database, not by clicking."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from consultations import commands as c
from consultations.questions import Asked
from consultations.statute import Document
from consultations.tree import content, find
from server.demo.content import DEMO_AGENCY
from server.documents import import_document
from server.identity.viewer import Viewer, grants_of
from server.jobs.digests import ROUND_JOB
from server.kernel.ids import CommandId, ConsultationId, ContributionId, NodeId, QuestionId
from server.realtime.consulting import TICK, Consulting, OfEditors, text_of
from server.store import consultations, drafts, identity, jobs, people, questions
from server.store.connection import Pool
from server.store.pool import open_pool
from tests.browser.stories.people import EDITOR
from tests.peers.product import Product

TEXT = """# QUYẾT ĐỊNH
Về việc thử nghiệm

### Điều 1. Phạm vi điều chỉnh
1. Quyết định này quy định việc mở cửa nhà văn hóa.
2. Không áp dụng với trụ sở cơ quan.

### Điều 2. Giờ mở cửa
1. Nhà văn hóa mở cửa từ 7 giờ đến 17 giờ các ngày trong tuần.
2. Ngày lễ, nhà văn hóa đóng cửa.

### Điều 3. Hiệu lực
Quyết định này có hiệu lực từ ngày ký.
"""


class Opened(NamedTuple):
    """A consultation of a story. ``nodes`` are the places of its first version by their anchors, ``polls`` its polls in order."""

    id: ConsultationId
    slug: str
    nodes: dict[str, NodeId]
    polls: list[QuestionId]

    @property
    def path(self) -> str:
        return f"/lay-y-kien/{self.slug}"

    @property
    def desk(self) -> str:
        return f"/bien-tap/{self.slug}"


class Setting:
    """Speaks to the database of a running product. What is done here reaches pages that are loaded afterwards, not those that are open."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.consulting = Consulting(pool, lambda consultation, events: None, per_hour=1_000)

    async def viewer(self, email: str, name: str = "Cử tri") -> Viewer:
        """Whoever signs in with this address, with an account from now on."""
        async with self.pool.acquire() as connection, connection.transaction():
            person = await identity.find_or_add_person(connection, email, name)
            return Viewer(person, grants=grants_of(await people.roles_of(connection, person)), name=name)

    async def appoint(self, email: str, role: str) -> None:
        """Gives a role in the agency of the demo."""
        async with self.pool.acquire() as connection:
            agency = await people.find_agency(connection, DEMO_AGENCY)
        person = (await self.viewer(email)).person
        assert agency is not None and person is not None
        await people.add_grant(self.pool, person, role, agency.id)

    async def publish(
        self,
        title: str,
        *,
        opens_in: timedelta | None = None,
        moderation: Literal["after", "before"] = "after",
        tallies: Literal["live", "hidden"] = "hidden",
        document: Document = "other",
        target: int | None = None,
        asked: Sequence[Asked] = (),
        polls: Sequence[Asked] = (),
    ) -> Opened:
        """A consultation of the demo's agency on ``TEXT``, of thirty days."""
        editor = await self.viewer(EDITOR)
        async with self.pool.acquire() as connection:
            agency = await people.find_agency(connection, DEMO_AGENCY)
            now = await consultations.database_now(connection)
        assert agency is not None
        id, slug = await self.consulting.create(editor, fresh(), agency.id, title, f"chuyen-{uuid4().hex[:8]}")
        text = text_of(import_document("du-thao.md", TEXT.encode()), "du-thao.md")
        await self.consulting.change(editor, fresh(), id, c.Describe(title, "", "Tóm tắt bằng lời dễ hiểu.", ""))
        await self.consulting.place_text(editor, fresh(), id, text)
        if asked:
            await self.consulting.change(editor, fresh(), id, c.Ask(tuple(asked)))
        opens_at = None if opens_in is None else now + opens_in
        closes_at = (opens_at or now) + timedelta(days=30)
        await self.consulting.change(editor, fresh(), id, c.Publish(opens_at, closes_at, moderation, tallies, document, target))
        for poll in polls:
            await self.consulting.change(editor, fresh(), id, c.AddPoll(poll))
        async with self.pool.acquire() as connection:
            nodes = {node.anchor: node.id for node in await drafts.read_nodes(connection, id, 1)}
            listed = await questions.list_questions(connection, id)
        return Opened(id, slug, nodes, [one.id for one in listed if one.part == "poll"])

    async def say(self, email: str, opened: Opened, anchor: str, text: str, *, name: str = "Cử tri", **given: Any) -> ContributionId:
        """An opinion on the node with this anchor (of the first version), or on the whole; ``given`` are more fields of ``Contribute``."""
        node = opened.nodes[anchor] if anchor else None
        if given.get("suggestion") is not None:
            draft = import_document("du-thao.md", TEXT.encode()).draft
            way = find(draft, NodeId(str(node)))
            assert way is not None
            given["base"] = hashlib.sha256(content(way[-1]).encode()).hexdigest()
        answer = await self.consulting.speak(await self.viewer(email), fresh(), opened.id, c.Contribute(node, text, name, **given))
        assert answer.contribution is not None
        return answer.contribution

    async def close(self, opened: Opened, reason: str) -> None:
        """The editor ends it before its day."""
        await self.change(opened, c.Close(reason))

    async def change(self, opened: Opened, command: OfEditors) -> None:
        """What the editor does."""
        await self.consulting.change(await self.viewer(EDITOR), fresh(), opened.id, command)

    async def bring_opening(self, opened: Opened) -> None:
        """The hour of the opening has come: the product finds it by itself."""
        await self.pool.execute("update consultations set opens_at = now() where id = $1", opened.id)
        due = "update jobs set due_at = now() where kind = $1 and payload->>'consultation' = $2 and state = 'waiting'"
        await self.pool.execute(due, TICK, str(opened.id))

    async def bring_morning(self) -> None:
        """Another morning has come, on which the letters of the day are written."""
        payload = {"pace": "daily", "day": uuid4().hex, "after": 0}
        await jobs.add_job(self.pool, ROUND_JOB, payload)


def fresh() -> CommandId:
    """The id of a new command."""
    return CommandId(str(uuid4()))


@asynccontextmanager
async def setting_of(product: Product) -> AsyncIterator[Setting]:
    """The setting of a running product with a database of its own."""
    pool = await open_pool(product.dsn(), 2)
    try:
        yield Setting(pool)
    finally:
        await pool.close()
