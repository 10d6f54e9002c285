"""The live path's facts, from real PostgreSQL: who follows sees what who reloads sees, and nothing hidden gets out by any of them."""

import random
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from consultations import commands as c
from server.identity.sessions import Sessions
from server.identity.tickets import Tickets
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId, ConsultationId, ContributionId, NodeId, SessionId, Topic
from server.kernel.refused import Refused
from server.protocol import live
from server.realtime.consulting import Consulting
from server.realtime.source import StoredSource
from server.realtime.votes import VoteWriter
from server.store import reading
from server.store.identity import Lifetimes
from server.web.consultation_page import contribution_view
from server.web.texts import Texts
from tests.worlds import World, open_world


async def _nobody_listens(session: SessionId) -> None:
    pass


class Scene:
    """A consultation, its doors, and what the live socket would read of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.topic = Topic(f"consultation/{world.consultation}")
        self.consulting = Consulting(world.pool, lambda consultation, events: None)
        self.writer = VoteWriter(world.pool, lambda consultation, questions: None)
        sessions = Sessions(world.pool, Lifetimes(), _nobody_listens)
        tickets = Tickets(world.pool, sessions)
        self.source = StoredSource(
            world.pool, self.consulting, self.writer, sessions, tickets, "session", str, lambda lang, code, detail: code
        )
        self.citizens = [Viewer(person=person) for person in world.people[:3]]
        self.moderator = Viewer(person=world.people[3], grants=frozenset({Grant(Role.MODERATOR, world.agency)}))


def new_id() -> CommandId:
    return CommandId(str(uuid4()))


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return Scene(await open_world(pool, articles=3, people=4))


def follow(seen: dict[int, live.Contribution], totals: dict[str | None, int], told: live.ToReader) -> None:
    """What a page does with one message."""
    if isinstance(told, live.Shown):
        seen[told.contribution.id] = told.contribution
        totals[told.contribution.place] = told.total
    elif isinstance(told, live.Gone):
        seen.pop(told.contribution, None)
        totals[told.place] = told.total


async def random_acts(scene: Scene, chance: random.Random, number: int) -> None:
    """Contribute, withdraw and rule at random; what the rules refuse is part of the walk."""
    made: list[tuple[Viewer, ContributionId]] = []
    for _ in range(number):
        citizen = chance.choice(scene.citizens)
        try:
            match chance.randrange(4):
                case 0 | 1:
                    node = chance.choice([None, NodeId("n1"), NodeId("n2.1"), NodeId("n3")])
                    text = f"Ý kiến {chance.random()}"
                    spoken = c.Contribute(node, text, "Người dân", side=chance.choice([None, "for", "against"]))
                    answer = await scene.consulting.speak(citizen, new_id(), scene.world.consultation, spoken)
                    assert answer.contribution is not None
                    made.append((citizen, answer.contribution))
                case 2 if made:
                    author, id = chance.choice(made)
                    await scene.consulting.withdraw(author, new_id(), id)
                case 3 if made:
                    ruling = chance.choice(["hide", "restore"])
                    rule = c.Rule(chance.choice(made)[1], "hide" if ruling == "hide" else "restore", "insult", "Xúc phạm")
                    await scene.consulting.rule(scene.moderator, new_id(), rule)
        except Refused:
            continue


@pytest.mark.parametrize("seed", range(3))
async def test_who_follows_the_events_sees_what_who_reloads_sees(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    followed: dict[int, live.Contribution] = {}
    totals: dict[str | None, int] = {}
    after = 0
    for _ in range(6):
        await random_acts(scene, chance, 8)
        events = await scene.source.read_events(scene.topic, after)
        assert [told.seq for told in events] == list(range(after + 1, after + 1 + len(events)))
        for told in events:
            follow(followed, totals, told.public)
            after = told.seq
        reloaded = await scene.source.snapshot(Viewer(), scene.topic, "public")
        assert reloaded.seq == after
        assert {one.id: one for place in reloaded.places for one in place.newest} == followed
        assert {place.place: place.total for place in reloaded.places} == {place: n for place, n in totals.items() if n}


async def test_words_hidden_since_are_not_in_the_events_of_before(scene: Scene) -> None:
    answer = await scene.consulting.contribute(scene.citizens[0], new_id(), scene.world.consultation, "n1", "Bí mật của tôi", "Người dân")
    rule = c.Rule(ContributionId(answer.contribution or 0), "hide", "personal_data", "Có số điện thoại")
    await scene.consulting.rule(scene.moderator, new_id(), rule)
    events = await scene.source.read_events(scene.topic, 0)
    public = b"".join(msgspec.json.encode(told.public) for told in events)
    assert "Bí mật".encode() not in public and "số điện thoại".encode() not in public
    assert "Bí mật".encode() in b"".join(msgspec.json.encode(told.moderators) for told in events)
    [(person, ruled)] = events[-1].persons.items()
    assert person == scene.citizens[0].person and ruled.reason == "Có số điện thoại"


async def test_what_comes_live_says_all_that_the_page_prints(scene: Scene) -> None:
    one, other, _ = scene.citizens
    spoken = c.Contribute(NodeId("n1"), "Nên bỏ", "Người dân", side="against", suggestion="Lời khác.", base="0" * 64)
    id = (await scene.consulting.speak(one, new_id(), scene.world.consultation, spoken)).contribution
    assert id is not None
    await scene.consulting.support(other, id, True)
    await scene.consulting.speak(other, new_id(), scene.world.consultation, c.Contribute(NodeId("n1"), "Đồng ý", "Bạn", parent=id))
    await scene.consulting.change_own(one, new_id(), c.Edit(id, "Nên bỏ hẳn", "Lời khác nữa."))
    async with scene.world.pool.acquire() as connection:
        [listed] = (await reading.read_consultations(connection, [scene.world.consultation])).values()
        row = await reading.read_contribution(connection, id)
        assert row is not None
        printed = contribution_view(row, await Texts().read(connection, listed), "vi", listed.slug)
    [told] = [one for place in (await scene.source.snapshot(Viewer(), scene.topic, "public")).places for one in place.newest]
    names = (
        "id",
        "name",
        "kind",
        "verified",
        "text",
        "state",
        "label",
        "side",
        "quote",
        "version",
        "suggests",
        "channel",
        "supports",
        "replies",
    )
    assert {name: getattr(told, name) for name in names} == {name: getattr(printed, name) for name in names}
    assert (told.supports, told.replies, told.suggests, told.edited, printed.edited_at is not None) == (1, 1, True, True, True)


async def test_a_draft_and_an_unknown_topic_look_the_same(pool: asyncpg.Pool) -> None:
    scene = Scene(await open_world(pool, people=4, published=False))
    for topic in (
        scene.topic,
        Topic("consultation/999999"),
        Topic("consultation/01"),
        Topic("room/1"),
        Topic("consultation/ 1"),
        Topic(""),
    ):
        with pytest.raises(Refused, match=r"^not_found"):
            await scene.source.admit(Viewer(), topic, "public")


async def test_only_a_moderator_of_the_agency_follows_as_one(scene: Scene) -> None:
    await scene.source.admit(scene.moderator, scene.topic, "moderator")
    for viewer in (Viewer(), scene.citizens[0], Viewer(person=scene.world.people[0], grants=frozenset({Grant(Role.MODERATOR, None)}))):
        with pytest.raises(Refused, match=r"^not_found"):
            await scene.source.admit(viewer, scene.topic, "moderator")


async def test_hidden_totals_are_in_no_tally_before_the_close(pool: asyncpg.Pool) -> None:
    scene = Scene(await open_world(pool, people=4, tallies="hidden"))
    scene.writer.start()
    await scene.writer.cast(scene.world.people[0], new_id(), scene.world.questions[0], 1)
    await scene.writer.stop()
    assert (await scene.source.read_totals(scene.topic, None)).people == {}
    editor = Viewer(person=scene.world.people[1], grants=frozenset({Grant(Role.EDITOR, scene.world.agency)}))
    await scene.consulting.change(editor, new_id(), ConsultationId(scene.world.consultation), c.Close("Xong"))
    assert (await scene.source.read_totals(scene.topic, None)).people[scene.world.questions[0]] == [0, 1, 0]
