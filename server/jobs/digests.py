"""Letters to those who follow something: once a day or once a week, each event told once, in the words that stand when it is sent."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from consultations import tree
from consultations.log import Entry
from consultations.tidings import TOLD, Said, Section
from consultations.tree import Draft, Language
from server.kernel.ids import ConsultationId, ContributionId, FollowId, NodeId, PersonId
from server.kernel.vietnam import VIETNAM
from server.store import dispositions, drafts, follows, identity, jobs, open_data, reading
from server.store.connection import Connection, Pool
from server.store.follows import Digest, Due, Follow
from server.store.jobs import Job
from server.store.reading import Listed, Row

LOOK_JOB, ROUND_JOB, LETTER_JOB = "digest look", "digest round", "digest letter"

MORNING = 7
"""The hour in Viet Nam from which letters leave; those of the week on Mondays."""

AT_ONCE = 200
"""People of one round."""

WORDS = 20
"""Contributions of one consultation whose words stand in one letter."""

_KEPT_TEXTS = 8
_SPOKEN = frozenset({"contributed", "edited", "ruled", "appeal_decided"})

Post = Callable[..., Awaitable[None]]


class Digests:
    """``post`` sends a letter (see ``server.mail.post.Postman``); ``stop`` and ``off`` derive the secrets of its links, for one follow
    and for all letters."""

    def __init__(
        self,
        pool: Pool,
        post: Post,
        stop: Callable[[int, int], str],
        off: Callable[[int], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._post = post
        self._stop = stop
        self._off = off
        self._clock = clock
        self._texts: OrderedDict[tuple[ConsultationId, int], Draft] = OrderedDict()

    def handlers(self) -> Mapping[str, Callable[[Job], Awaitable[None]]]:
        """What does each kind of job."""
        return {LOOK_JOB: self.look, ROUND_JOB: self.round, LETTER_JOB: self.letter}

    async def begin(self) -> None:
        """Makes sure that the next look at the clock will come."""
        await jobs.add_hourly_job(self._pool, LOOK_JOB)

    async def look(self, job: Job) -> None:
        """Begins the rounds whose morning has come. One of a day is begun once, however often it is looked."""
        await jobs.add_hourly_job(self._pool, LOOK_JOB)
        now = self._clock().astimezone(VIETNAM)
        if now.hour < MORNING:
            return
        await self._begin_round("daily", now.date().isoformat(), 0)
        if now.weekday() == 0:
            await self._begin_round("weekly", now.date().isoformat(), 0)

    async def round(self, job: Job) -> None:
        """Adds a letter for each of the next people, in the transaction that marks it as told."""
        pace: Digest = msgspec.convert(job.payload["pace"], Digest)
        day, after = str(job.payload["day"]), int(str(job.payload["after"]))
        async with self._pool.acquire() as connection:
            people = await follows.waiting_people(connection, pace, PersonId(after), AT_ONCE)
            for person in people:
                async with connection.transaction():
                    due = await follows.take_due(connection, person, pace)
                    if due:
                        letter = {"person": person, "due": msgspec.to_builtins(due)}
                        await jobs.add_job(connection, LETTER_JOB, letter, idempotency_key=f"digest {pace} {day} {person}")
        if len(people) == AT_ONCE:
            await self._begin_round(pace, day, people[-1])

    async def letter(self, job: Job) -> None:
        """Writes and sends one letter. What was hidden, withdrawn or followed no more meanwhile is not in it."""
        person = PersonId(int(str(job.payload["person"])))
        async with self._pool.acquire() as connection:
            contact = await identity.read_contact(connection, person)
            own = {one.id: one for one in await follows.own_follows(connection, person)}
            due = [one for one in msgspec.convert(job.payload["due"], list[Due]) if one.follow in own and own[one.follow].digest != "none"]
            if contact is None or not due:
                return
            lang = own[due[0].follow].lang
            by_consultation: dict[ConsultationId, list[tuple[Follow, Due]]] = {}
            for one in due:
                by_consultation.setdefault(own[one.follow].consultation, []).append((own[one.follow], one))
            found = await reading.read_consultations(connection, list(by_consultation))
            sections = [
                await self._section(connection, found[consultation], followed, person, lang)
                for consultation, followed in by_consultation.items()
            ]
        told = [section for section in sections if section.happened or section.said or section.more]
        if told:
            values = {"sections": msgspec.to_builtins(told), "off": f"/thu/{person}/{self._off(person)}"}
            await self._post("digest", to=contact.email, lang=lang, values=values, reference=job.idempotency_key or f"digest-{job.id}")

    async def _begin_round(self, pace: Digest, day: str, after: int) -> None:
        payload = {"pace": pace, "day": day, "after": after}
        await jobs.add_job(self._pool, ROUND_JOB, payload, idempotency_key=f"digest round {pace} {day} {after}")

    async def _section(
        self, connection: Connection, listed: Listed, followed: Sequence[tuple[Follow, Due]], person: PersonId, lang: str
    ) -> Section:
        first, last = min(due.after for _, due in followed), max(due.upto for _, due in followed)
        entries = await open_data.what_passed(connection, listed.id, first, last)
        text = await self._text(connection, listed)
        language: Language = "en" if lang == "en" else "vi"
        ways = list(tree.paths(text)) if text else []
        labels = {path[-1].id: tree.full_label(path, language) for path in ways}
        nodes = await drafts.read_nodes(connection, listed.id, listed.version)
        anchors = {node.id: node.anchor for node in nodes}
        happened: dict[int, Entry] = {}
        spoken: dict[ContributionId, Row] = {}
        answers: list[Said] = []
        called: dict[FollowId, str] = {}
        url = f"/lay-y-kien/{listed.slug}"
        for follow, due in followed:
            passed = [entry for entry in entries if due.after < entry.seq <= due.upto]
            happened |= {entry.seq: entry for entry in passed if entry.what in TOLD}
            touched = {ContributionId(int(str(entry.detail["contribution"]))) for entry in passed if entry.what in _SPOKEN}
            rows = await reading.read_contributions(connection, sorted(touched))
            now = await drafts.nodes_now(connection, listed.id, follow.node, follow.version, listed.version) if follow.node else set()
            called[follow.id] = await self._what(connection, listed, follow, [labels[node] for node in sorted(now)], language)
            within = {path[-1].id for path in ways if any(above.id in now for above in path)}
            for row in rows.values():
                told = row.state == "visible" and row.erased_at is None and row.author != person
                if told and await _concerns(connection, follow, row, within):
                    spoken[row.id] = row
            if follow.contribution and any(entry.what == "answered" for entry in passed):
                answer = (await dispositions.published_answers(connection, [follow.contribution])).get(follow.contribution)
                if answer is not None:
                    answers.append(Said("", "", answer.explanation, url, answer.outcome))
        said = [spoken[id] for id in sorted(spoken)]
        return Section(
            title=(lang == "en" and listed.title_en) or listed.title,
            path=url,
            happened=tuple(happened[seq] for seq in sorted(happened)),
            said=(*answers, *(_said(row, url, labels, anchors) for row in said[:WORDS])),
            more=max(0, len(said) - WORDS),
            stops=tuple((called[follow.id], f"/thu/{person}/{follow.id}/{self._stop(follow.id, person)}") for follow, _ in followed),
        )

    async def _what(self, connection: Connection, listed: Listed, follow: Follow, now: Sequence[str], language: Language) -> str:
        """What is followed: ``contribution``, or the name of the clause (of one that is gone the name it had), or nothing for the whole."""
        if follow.contribution or follow.node is None:
            return "contribution" if follow.contribution else ""
        if now:
            return ", ".join(now)
        first = await self._text(connection, replace(listed, version=follow.version))
        found = tree.find(first, follow.node) if first else None
        return tree.full_label(found, language) if found else ""

    async def _text(self, connection: Connection, listed: Listed) -> Draft | None:
        """The newest text. A published version never changes, so a few are kept."""
        key = (listed.id, listed.version)
        if key not in self._texts:
            version = await drafts.read_version(connection, *key)
            if version is None:
                return None
            self._texts[key] = msgspec.convert(version.draft, Draft)
            while len(self._texts) > _KEPT_TEXTS:
                self._texts.popitem(last=False)
        return self._texts[key]


def _said(row: Row, url: str, labels: Mapping[NodeId, str], anchors: Mapping[NodeId, str]) -> Said:
    place = anchors.get(row.place, "toan-van") if row.place else "toan-van"
    text = f"{row.text}\n\n{row.suggestion}" if row.suggestion else row.text
    return Said(labels.get(row.node, "") if row.node else "", row.name, text, f"{url}/y-kien/{place}#y-kien-{row.id}")


async def _concerns(connection: Connection, follow: Follow, row: Row, within: set[NodeId]) -> bool:
    """Whether somebody who follows this wants to read that."""
    if follow.node is not None:
        return row.node in within or row.place in within
    if follow.contribution is not None:
        if follow.contribution in (row.id, row.parent):
            return True
        above = await reading.read_contribution(connection, row.parent) if row.parent else None
        return above is not None and above.parent == follow.contribution
    return True
