"""What one connection may say: malformed, too much, too fast, too many, or no longer allowed."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.viewer import Viewer
from server.kernel.ids import Topic
from server.kernel.refused import Refused
from server.protocol import live
from server.protocol.closing import Closing
from server.realtime.decoding import decode, id_in
from server.realtime.limits import Limits
from tests.realtime.clients import Client, RawClient, masked
from tests.realtime.serving import Serving, serving
from tests.realtime.world import TOPIC, World

ID = "0b8e7a52-6a0f-4c0e-9d5c-2f6f0e6f7d11"


def a_vote(**changes: object) -> str:
    return json.dumps({"type": "vote", "id": ID, "question": 1, "choice": 0} | changes)


MALFORMED = {
    "no JSON": "xin chào",
    "empty": "",
    "an array": "[]",
    "a number": "1",
    "null": "null",
    "no type": "{}",
    "A-017 deep arrays": "[" * 10_000,
    "A-017 deep objects": '{"type":' * 1_000 + "1" + "}" * 1_000,
    "A-017 deep in a field": '{"type":"vote","id":"' + ID + '","question":1,"choice":' + "[" * 5_000 + "]" * 5_000 + "}",
    "A-017 deep before the type": '{"a":' + "[" * 5_000 + "]" * 5_000 + ',"type":"vote"}',
    "A-017 1e400": a_vote().replace('"question": 1', '"question": 1e400'),
    "A-017 NaN": a_vote().replace('"question": 1', '"question": NaN'),
    "A-017 Infinity": a_vote().replace('"question": 1', '"question": Infinity'),
    "A-017 2^63": a_vote(question=2**63),
    "A-017 2^64": a_vote(question=2**64),
    "A-017 10^400": a_vote(question=10**400),
    "A-017 a choice beyond any": a_vote(choice=32_768),
    "A-017 a key twice": a_vote()[:-1] + ', "choice": 1}',
    "A-017 the type twice": a_vote()[:-1] + ', "type": "vote"}',
    "A-017 a key twice, once escaped": a_vote()[:-1] + ', "choic\\u0065": 1}',
    "A-017 __proto__": a_vote(__proto__={"admin": True}),
    "A-012 a lone surrogate": '{"type":"vote","id":"\\ud800","question":1,"choice":0}',
    "A-018 an unknown type": a_vote(type="veto"),
    "A-018 an unknown field": a_vote(admin=1),
    "A-018 a number as text": a_vote(question="1"),
    "A-018 true for 1": a_vote(choice=True),
    "A-018 1.0 for 1": a_vote(question=1.0),
    "A-018 null": a_vote(question=None),
    "A-018 no number": a_vote(question=0),
    "A-018 a negative choice": a_vote(choice=-1),
    "A-018 an id that is none": a_vote(id="1"),
    "A-018 an id with a line after it": a_vote(id=ID + "\n"),
    "A-018 a field missing": '{"type":"vote","id":"' + ID + '","question":1}',
    "A-018 a message of the server": '{"type":"done","id":"' + ID + '"}',
    "a second hello": '{"type":"hello","ticket":"t","version":1}',
    "a topic too long": json.dumps({"type": "follow", "topic": "x" * 65, "after": 0}),
    "a role that is none": json.dumps({"type": "follow", "topic": TOPIC, "after": 0, "role": "administrator"}),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_malformed_is_refused_and_the_connection_lives(site: Serving, world: World, text: str) -> None:
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        await client.say(text)
        refused = await client.hear()
        assert isinstance(refused, live.RefusedCommand)
        assert refused.code == "bad_input"
        id = await client.vote(1, 1)
        assert await client.hear() == live.Done(id)
    assert set(world.ballots.values()) == {1}


async def test_a_refusal_of_something_malformed_names_its_command_if_it_can(site: Serving, world: World) -> None:
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        await client.say(a_vote(choice="1"))
        assert await client.hear() == live.RefusedCommand(ID, "bad_input", "vi: bad_input")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "follow", "unfollow", "vote", "contribute", "withdraw", "rule", "done"]) | st.text(max_size=5)},
    optional={
        name: st.sampled_from([ID, TOPIC, "public", "hide", None]) | ANY_JSON
        for name in ("id", "topic", "after", "role", "question", "choice", "consultation", "node", "text", "name", "contribution", "ruling")
    },
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()) | NEARLY.map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_message_or_bad_input(data: bytes) -> None:
    try:
        code = type(decode(data)).__name__.lower()
    except Refused as refused:
        code = refused.code
    assert code in {"bad_input", "hello", "follow", "unfollow", "vote", "contribute", "withdraw", "rule"}
    assert len(id_in(data) or "") <= 64


async def test_a_message_over_16_kib_is_refused_and_one_over_64_closes(site: Serving, world: World) -> None:
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        await client.send(live.Contribute(ID, 1, None, "x" * 16_000, "một người"))
        assert isinstance(await client.hear(), live.Done)
        long = live.Contribute(str(uuid.uuid4()), 1, None, "x" * 17_000, "một người")
        await client.send(long)
        refused = await client.hear()
        assert isinstance(refused, live.RefusedCommand)
        assert (refused.code, refused.id) == ("too_large", long.id), "who wrote it is not left waiting"
        await client.say("x" * 70_000)
        assert (await client.closed())[0] == Closing.TOO_BIG


# --- who one is ---


async def test_who_says_nothing_is_closed(world: World) -> None:
    """A-003, with less patience than in production."""
    async with serving(world, Limits(hello_s=0.6)) as site, Client(site) as silent:
        assert await silent.closed() == (Closing.NOT_RECOGNISED, "no hello")


async def test_who_begins_with_something_else_is_closed(site: Serving, world: World) -> None:
    async with Client(site) as rude:
        await rude.follow(TOPIC, 0)
        assert (await rude.closed())[0] == Closing.NOT_RECOGNISED


@pytest.mark.parametrize("ticket", ["unknown", "x" * 512])
async def test_a_bad_ticket_is_closed(site: Serving, ticket: str) -> None:
    """A-004. Which tickets are bad is the business of ``server.identity``."""
    async with Client(site) as stranger:
        await stranger.send(live.Hello(ticket, live.PROTOCOL_VERSION))
        assert await stranger.closed() == (Closing.NOT_RECOGNISED, "bad ticket")


async def test_a_ticket_is_good_once(site: Serving, world: World) -> None:
    """A-004."""
    ticket = world.ticket(world.citizen())
    async with Client(site) as first, Client(site) as second:
        await first.hello(ticket)
        await second.send(live.Hello(ticket, live.PROTOCOL_VERSION))
        assert (await second.closed())[0] == Closing.NOT_RECOGNISED


async def test_a_session_that_ends_takes_its_connections_with_it(site: Serving, world: World) -> None:
    """A-005."""
    one, other = world.citizen(), world.citizen()
    assert one.session is not None
    async with Client(site) as first, Client(site) as second, Client(site) as third:
        await first.hello(world.ticket(one))
        await second.hello(world.ticket(one))
        await third.hello(world.ticket(other))
        site.hub.session_ended(one.session)
        assert await first.closed() == (Closing.NOT_RECOGNISED, "session ended")
        assert await second.closed() == (Closing.NOT_RECOGNISED, "session ended")
        id = await third.vote(1, 0)
        assert await third.hear() == live.Done(id)


async def test_a_session_that_ended_unheard_is_found_by_the_check(world: World) -> None:
    """A-005, when no news of it arrived."""
    citizen = world.citizen()
    assert citizen.session is not None
    async with serving(world, Limits(session_check_s=0.3)) as site, Client(site) as client:
        await client.hello(world.ticket(citizen))
        world.over.add(citizen.session)
        assert await client.closed() == (Closing.NOT_RECOGNISED, "session ended")


async def test_a_guest_who_is_one_no_more_is_cut_and_found_by_the_check_when_that_was_not_heard(world: World) -> None:
    one, other = world.guest(), world.guest()
    assert one.guest is not None and other.guest is not None
    async with serving(world, Limits(session_check_s=0.3)) as site, Client(site) as first, Client(site) as second:
        await first.hello(world.ticket(one))
        await second.hello(world.ticket(other))
        site.hub.guest_ended(one.guest)
        assert await first.closed() == (Closing.NOT_RECOGNISED, "guest ended")
        world.gone_guests.add(other.guest)
        assert await second.closed() == (Closing.NOT_RECOGNISED, "guest ended")


async def test_a_right_taken_away_is_gone_with_the_next_message(site: Serving, world: World) -> None:
    """A-006."""
    moderator = world.moderator()
    assert moderator.person is not None
    opinion = world.show("một ý kiến")
    async with Client(site) as client:
        await client.hello(world.ticket(moderator))
        del world.grants[moderator.person]
        id = str(uuid.uuid4())
        await client.send(live.Rule(id, opinion, "hide"))
        assert await client.hear() == live.RefusedCommand(id, "not_allowed", "vi: not_allowed")
        await client.follow(TOPIC, 0, "moderator")
        assert await client.hear() == live.RefusedCommand(None, "not_allowed", "vi: not_allowed")
    assert world.opinions[opinion].state == "visible"


async def test_a_topic_that_one_may_not_know_is_refused_like_one_that_is_not_there(site: Serving, world: World) -> None:
    """A-020."""
    world.events[Topic("consultation/2")] = []
    world.unpublished.add(Topic("consultation/2"))
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        answers = []
        for topic in ("consultation/2", "consultation/3", "room/1", "../consultation/1", "consultation/1 "):
            await client.follow(topic, 0)
            answers.append(await client.hear())
        assert answers == [live.RefusedCommand(None, "not_found", "vi: not_found")] * 5


async def test_the_fourth_connection_of_a_session_is_refused(site: Serving, world: World) -> None:
    """A-021."""
    citizen = world.citizen()
    async with Client(site) as first, Client(site) as second, Client(site) as third:
        for client in (first, second, third):
            await client.hello(world.ticket(citizen))
        async with Client(site) as fourth:
            await fourth.send(live.Hello(world.ticket(citizen), live.PROTOCOL_VERSION))
            refused = await fourth.hear()
            assert isinstance(refused, live.RefusedCommand)
            assert refused.code == "too_many_connections"
            assert (await fourth.closed())[0] == Closing.TOO_MANY
        await third.socket.close()
        async with Client(site) as again:
            await again.hello(world.ticket(citizen))


async def test_visitors_have_no_session_to_be_counted_by(site: Serving, world: World) -> None:
    async with Client(site) as a, Client(site) as b, Client(site) as c, Client(site) as d:
        for client in (a, b, c, d):
            assert not (await client.hello(world.ticket(Viewer()))).signed_in


async def test_one_connection_follows_twenty_topics(site: Serving, world: World) -> None:
    for number in range(2, 23):
        world.events[Topic(f"consultation/{number}")] = []
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        for number in range(1, 21):
            await client.follow(f"consultation/{number}", 0)
            assert isinstance(await client.hear(), live.Passed)
        await client.follow("consultation/21", 0)
        assert await client.hear() == live.RefusedCommand(None, "too_many_topics", "vi: too_many_topics")
        await client.send(live.Unfollow(TOPIC))
        await client.follow("consultation/21", 0)
        assert await client.hear() == live.Passed("consultation/21", 0)


# --- repeats ---


async def test_a_repeated_command_gets_the_first_answer_and_another_under_its_id_is_a_conflict(site: Serving, world: World) -> None:
    """A-019."""
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        opinion = live.Contribute(ID, 1, None, "một ý kiến", "một người")
        await client.send(opinion)
        first = await client.hear()
        await client.send(opinion)
        assert await client.hear() == first
        await client.send(live.Contribute(ID, 1, None, "một ý kiến khác", "một người"))
        assert await client.hear() == live.RefusedCommand(ID, "conflict", "vi: conflict")
    assert len(world.opinions) == 1


# --- too fast ---


async def test_who_sends_too_fast_is_told_when_to_go_on_and_then_closed(site: Serving, world: World) -> None:
    """A-014."""
    async with Client(site) as fast:
        await fast.hello(world.ticket(world.citizen()))
        heard: list[Any] = []
        for n in range(29):
            await fast.vote(n + 1, 0)
            heard.append(await fast.hear())
        assert all(isinstance(answer, live.Done) for answer in heard)
        id, refused = "", heard[-1]
        while isinstance(refused, live.Done):  # a slow machine may need several attempts to be too fast
            for _ in range(8):
                id = await fast.vote(1, 1)
            refused = [await fast.hear() for _ in range(8)][-1]
        assert isinstance(refused, live.RefusedCommand)
        assert (refused.id, refused.code) == (id, "rate_limited")
        assert refused.retry_after_s is not None
        assert 0 < refused.retry_after_s < 3
        await asyncio.sleep(refused.retry_after_s + 0.2)
        id = await fast.vote(1, 2)
        assert await fast.hear() == live.Done(id)
        for _ in range(200):
            await fast.vote(1, 1)
        assert (await fast.closed())[0] == Closing.ABUSE


async def test_a_thousand_pings_are_throttled_and_the_connection_closed(site: Serving) -> None:
    """A-013."""
    async with RawClient(site) as noisy:
        assert await noisy.upgrade() == 101
        noisy.write(masked(0x9, b"") * 1_000)
        pongs = 0
        while (frame := await noisy.frame())[0] == 0xA:
            pongs += 1
        assert 30 <= pongs < 100  # a few more while the machine looked away
        assert frame == (0x8, Closing.ABUSE.to_bytes(2, "big") + b"abuse")


async def test_commands_under_way_are_bounded(world: World) -> None:
    world.committing = asyncio.Event()
    async with serving(world, Limits(commands_in_flight=3)) as site, Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        ids = [await client.vote(n, 0) for n in range(1, 5)]
        refused = await client.hear()
        assert isinstance(refused, live.RefusedCommand)
        assert (refused.id, refused.code) == (ids[3], "rate_limited")
        world.committing.set()
        assert {(await client.hear_a(live.Done)).id for _ in range(3)} == set(ids[:3])
        id = await client.vote(4, 0)
        assert await client.hear_a(live.Done) == live.Done(id)


async def test_a_silent_client_is_pinged_and_then_dropped(world: World) -> None:
    async with serving(world, Limits(ping_s=0.5)) as site, RawClient(site) as dead:
        assert await dead.upgrade() == 101
        assert await dead.frame() == (0x9, b"")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await dead.frame()
