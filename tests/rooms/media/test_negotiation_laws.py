"""Laws of both negotiations: whatever happens in whatever order, sections keep to their rules and everything wanted comes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.answering import Answering
from rooms.media.negotiated import Announced, Requirement
from rooms.media.offering import Offering
from rooms.media.sdp import Section
from rooms.media.slots import Slots
from tests.rooms.media.descriptions import LOCAL, Follower, answer, offer, section, wanted

DECODED = ("audio/opus", "video/VP8", "video/H264")
MIMES = (*DECODED, "video/AV1")
SETTLED_WITHIN = 12

tracks = st.integers(0, 7)
numbers = st.integers(0, 5)


class Client:
    """A client of one connection: it offers, adds what it is asked for, publishes, and follows what it is answered."""

    def __init__(self, server: Answering, slots: Slots) -> None:
        self.server, self.slots = server, slots
        self.follower = Follower()
        self.sections: list[Section] = []
        self.in_flight: str | None = None
        self.asked: list[Requirement] = []
        self.unsupported: set[str] = set()
        self.changed = True
        for kind in ("audio", "video"):
            self.add(kind)

    def add(self, kind: str, cid: str = "") -> None:
        mimes = tuple(mime for mime in DECODED if mime.startswith(kind))
        self.sections.append(section(str(len(self.sections)), kind, "sendonly" if cid else "recvonly", cid=cid, mimes=mimes))
        self.changed = True

    def publish(self, number: int) -> None:
        cid = f"cid{number}"
        self.server.announce(Announced(sid=f"TR_own{number}", kind="video", cids=frozenset({cid})))
        if not any(one.msid and one.msid[1] == cid for one in self.sections):
            self.add("video", cid)

    def begin(self) -> None:
        """Sends an offer, unless one is on its way."""
        if self.in_flight is None:
            self.in_flight, self.changed = offer(*self.sections), False

    def finish(self) -> None:
        """The offer arrives, and its answer comes back."""
        if self.in_flight is not None:
            text, self.in_flight = self.in_flight, None
            offered = self.server.offered(text)
            self.follower.see(self.server.answer(LOCAL))
            on = {mid: sid for mid, sid in self.follower.tracks.items() if sid}
            assert on == self.server.mid_to_track_id == {one.mid: one.track_sid for one in offered.sent}
            self.server_asks()

    def exchange(self) -> None:
        self.begin()
        self.finish()

    def server_asks(self) -> None:
        for sid in self.slots.unsupported():
            self.unsupported.add(sid)
            self.slots.drop(sid)
        if requirement := self.slots.requirement():
            self.asked.append(requirement)

    def hear(self) -> None:
        """A request of the server arrives."""
        if self.asked:
            requirement = self.asked.pop(0)
            for kind, count in (("audio", requirement.audio), ("video", requirement.video)):
                for _ in range(count):
                    self.add(kind)
            self.changed = True

    def settle(self) -> None:
        for _ in range(SETTLED_WITHIN):
            self.server_asks()
            if not (self.asked or self.in_flight or self.changed):
                return
            while self.asked:
                self.hear()
            self.exchange()
        raise AssertionError("it never comes to rest")


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("want"), tracks),
        st.tuples(st.just("drop"), tracks),
        st.tuples(st.just("publish"), numbers),
        st.tuples(st.just("withdraw"), numbers),
        st.tuples(st.sampled_from(["begin", "finish", "exchange", "exchange", "hear", "ask"]), st.just(0)),
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(deeds)
def test_in_the_clients_offers_every_wanted_track_finds_a_place_of_its_own(done: list[tuple[str, int]]) -> None:
    slots = Slots()
    client = Client(Answering(1, slots), slots)
    want: set[str] = set()
    for deed, number in done:
        match deed:
            case "want":
                slots.want(wanted(number, MIMES[number % len(MIMES)]))
                want.add(f"TR_{number}")
                client.unsupported.discard(f"TR_{number}")
            case "drop":
                slots.drop(f"TR_{number}")
                want.discard(f"TR_{number}")
            case "publish":
                client.publish(number)
            case "withdraw":
                client.server.withdraw(f"TR_own{number}")
            case "ask":
                client.server_asks()
            case _:
                getattr(client, deed)()
    client.settle()
    assert {sid for sid in client.follower.tracks.values() if sid} == want - client.unsupported
    assert {f"TR_{number}" for number in range(8) if MIMES[number % len(MIMES)] == "video/AV1"} >= client.unsupported
    receiving = sum(not one.msid for one in client.sections)
    assert receiving <= 2 + 8 + 8, "more sections than tracks at any one time, and crossed requests"


offers = st.lists(
    st.one_of(
        st.tuples(st.just("want"), tracks),
        st.tuples(st.just("drop"), tracks),
        st.tuples(st.sampled_from(["offer", "answer", "restart"]), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(offers)
def test_in_the_servers_offers_every_wanted_track_finds_a_place_of_its_own(done: list[tuple[str, int]]) -> None:
    down, follower = Offering(1), Follower()
    want: set[str] = set()
    flows: set[str] = set()
    in_flight: str | None = None

    def settle(text: str) -> None:
        nonlocal flows
        follower.see(text)
        answered = down.answered(answer(text, decodes=DECODED))
        assert answered is not None
        flows = {one.track_sid for one in answered.sent}
        assert all(follower.tracks[one.mid] == one.track_sid for one in answered.sent)
        want.difference_update(answered.unsupported)

    for deed, number in done:
        match deed:
            case "want":
                down.want(wanted(number, MIMES[number % len(MIMES)]))
                want.add(f"TR_{number}")
            case "drop":
                down.drop(f"TR_{number}")
                want.discard(f"TR_{number}")
            case "restart":
                if in_flight:
                    follower.see(in_flight)  # the client had it, and its answer is lost
                down.restart()
                in_flight = None
            case "offer":
                text = down.offer(LOCAL)
                assert text is None or in_flight is None, "two offers in flight"
                in_flight = text or in_flight
            case _ if in_flight:
                settle(in_flight)
                in_flight = None
    if in_flight:
        settle(in_flight)
    for _ in range(3):
        if text := down.offer(LOCAL):
            settle(text)
    assert down.offer(LOCAL) is None
    assert flows == want == set(down.mid_to_track_id.values())
    assert not any(number in want for number in ("TR_3", "TR_7"))
