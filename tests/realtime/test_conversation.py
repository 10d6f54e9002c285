"""How a connection goes: hello, follow, commands and their answers."""

import asyncio
import uuid

import msgspec

from server.identity.viewer import Grant, Role, Viewer
from server.protocol import live
from server.protocol.closing import Closing
from tests.realtime.clients import Client
from tests.realtime.serving import Serving
from tests.realtime.world import AGENCY, TOPIC, Page, World


async def test_a_reader_sees_an_opinion_that_comes_after_the_page_was_loaded(site: Serving, world: World) -> None:
    async with Client(site) as reader:
        assert await reader.hello(world.ticket(world.citizen())) == live.Welcome(signed_in=True)
        await reader.follow(TOPIC, 0)
        assert await reader.hear() == live.Passed(TOPIC, 0)
        world.show("xin chào")
        shown = await reader.hear()
        assert isinstance(shown, live.Shown)
        assert (shown.seq, shown.contribution.text) == (1, "xin chào")


async def test_a_visitor_reads_but_cannot_vote(site: Serving, world: World) -> None:
    async with Client(site) as visitor:
        assert await visitor.hello(world.ticket(Viewer())) == live.Welcome(signed_in=False)
        id = await visitor.vote(1, 0)
        assert await visitor.hear() == live.RefusedCommand(id, "sign_in_needed", "vi: sign_in_needed")
    assert world.ballots == {}


async def test_an_administrator_has_no_vote(site: Serving, world: World) -> None:
    viewer = msgspec.structs.replace(world.citizen(), grants=frozenset({Grant(Role.ADMINISTRATOR, AGENCY)}))
    async with Client(site) as administrator:
        assert await administrator.hello(world.ticket(viewer)) == live.Welcome(signed_in=True)
        id = await administrator.vote(1, 0)
        assert await administrator.hear() == live.RefusedCommand(id, "not_allowed", "vi: not_allowed")
    assert world.ballots == {}


async def test_a_vote_is_answered_and_its_total_reaches_the_others(site: Serving, world: World) -> None:
    async with Client(site) as voter, Client(site) as reader:
        await voter.hello(world.ticket(world.citizen()))
        await reader.hello(world.ticket(world.citizen()))
        await reader.follow(TOPIC, 0)
        await reader.hear()
        id = await voter.vote(7, 2)
        assert await voter.hear() == live.Done(id)
        assert await reader.hear() == live.Tally(TOPIC, 1, {"7": [0, 0, 1]})


async def test_who_follows_is_told_the_totals_of_all_questions_at_once(site: Serving, world: World) -> None:
    async with Client(site) as voter, Client(site) as reader:
        await voter.hello(world.ticket(world.citizen()))
        for question in (1, 2):
            await voter.vote(question, 0)
            await voter.hear()
        await reader.hello(world.ticket(world.citizen()))
        await reader.follow(TOPIC, 0)
        assert isinstance(await reader.hear(), live.Passed)
        tally = await reader.hear()
        assert isinstance(tally, live.Tally)
        assert tally.totals == {"1": [1, 0, 0], "2": [1, 0, 0]}


async def test_an_opinion_is_recorded_and_its_author_is_told_why_it_was_hidden(site: Serving, world: World) -> None:
    author, moderator = world.citizen(), world.moderator()
    async with Client(site) as writes, Client(site) as rules, Client(site) as reads:
        await writes.hello(world.ticket(author))
        await rules.hello(world.ticket(moderator))
        await reads.hello(world.ticket(world.citizen()))
        pages = [Page(), Page(), Page()]
        for client, role, page in zip((writes, rules, reads), ("public", "moderator", "public"), pages, strict=True):
            await client.follow(TOPIC, 0, role)
            page.apply(await client.hear())
        await writes.send(live.Contribute(str(uuid.uuid4()), 1, None, "một ý kiến", "một người"))
        done = await writes.hear_a(live.Done)
        assert done.contribution is not None
        await rules.send(live.Rule(str(uuid.uuid4()), done.contribution, "hide", "personal_data", "a reason"))
        pages[0].seq = 1
        pages[0].apply(await writes.hear_a(live.Gone))
        pages[0].apply(await writes.hear())
        assert [ruled.reason for ruled in pages[0].reasons] == ["a reason"]
        pages[2].apply(await reads.hear())
        pages[2].apply(await reads.hear())
        assert pages[2].opinions == {}
        pages[1].apply(await rules.hear_a(live.Shown))
        pages[1].apply(await rules.hear_a(live.Shown))
        assert [opinion.state for opinion in pages[1].opinions.values()] == ["hidden"]


async def test_messages_may_follow_hello_without_waiting_for_the_welcome(site: Serving, world: World) -> None:
    async with Client(site) as hasty:
        await hasty.send(live.Hello(world.ticket(world.citizen()), live.PROTOCOL_VERSION))
        await hasty.follow(TOPIC, 0)
        id = await hasty.vote(1, 1)
        assert isinstance(await hasty.hear(), live.Welcome)
        answers = [await hasty.hear() for _ in range(3)]
        assert live.Done(id) in answers
        assert live.Passed(TOPIC, 0) in answers


async def test_following_again_is_always_answered(site: Serving, world: World) -> None:
    async with Client(site) as reader:
        await reader.hello(world.ticket(world.citizen()))
        world.show("một")
        for _ in range(3):
            await reader.follow(TOPIC, 1)
            assert await reader.hear() == live.Passed(TOPIC, 1)
        world.show("hai")
        assert isinstance(await reader.hear(), live.Shown)


async def test_who_unfollows_hears_no_more(site: Serving, world: World) -> None:
    async with Client(site) as reader:
        await reader.hello(world.ticket(world.citizen()))
        await reader.follow(TOPIC, 0)
        await reader.hear()
        await reader.send(live.Unfollow(TOPIC))
        await reader.follow("consultation/2", 0)
        assert await reader.hear() == live.RefusedCommand(None, "not_found", "vi: not_found")
        world.show("không ai nghe")
        id = await reader.vote(1, 0)
        assert await reader.hear() == live.Done(id)


async def test_another_version_of_the_protocol_is_told_to_load_the_page_again(site: Serving, world: World) -> None:
    async with Client(site) as old:
        await old.send(live.Hello(world.ticket(world.citizen()), live.PROTOCOL_VERSION + 1))
        refused = await old.hear()
        assert isinstance(refused, live.RefusedCommand)
        assert refused.code == "outdated"
        assert (await old.closed())[0] == Closing.OUTDATED


async def test_a_fault_of_ours_is_answered_with_a_reference_and_changes_nothing(site: Serving, world: World) -> None:
    async with Client(site) as author:
        await author.hello(world.ticket(world.citizen()))
        await author.send(live.Contribute(str(uuid.uuid4()), 1, None, "a fault", "một người"))
        refused = await author.hear()
        assert isinstance(refused, live.RefusedCommand)
        assert refused.code == "failed"
        id = await author.vote(1, 0)
        assert await author.hear() == live.Done(id)


async def test_a_restart_says_goodbye_after_the_answers_that_are_under_way(site: Serving, world: World) -> None:
    world.committing = asyncio.Event()
    async with Client(site) as voter:
        await voter.hello(world.ticket(world.citizen()))
        id = await voter.vote(1, 1)
        await voter.follow(TOPIC, 0)
        assert isinstance(await voter.hear(), live.Passed)
        for socket in site.hub.door.sockets:
            socket.shutdown()
        bye = await voter.hear()
        assert isinstance(bye, live.Bye)
        assert 0 < bye.retry_after_s <= 2
        world.committing.set()
        assert await voter.hear() == live.Done(id)
        assert (await voter.closed())[0] == Closing.RESTART
