"""The request to join, from any client and from anybody else."""

import base64
import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol.rtc import ConnectionSettings, JoinRequest, SessionDescription, WrappedJoinRequest

from server.kernel.refused import Refused
from server.sfu.joining import read_join, token_of
from server.sfu.limits import Limits

LIMITS = Limits()
REQUEST = JoinRequest(
    reconnect=True,
    participant_sid="PA_1",
    connection_settings=ConnectionSettings(auto_subscribe=True),
    publisher_offer=SessionDescription(type="offer", sdp="v=0\r\n" * 100, id=1),
)


def wrapped(raw: bytes, compression: int = WrappedJoinRequest.Compression.NONE) -> str:
    message = WrappedJoinRequest(join_request=raw)
    message.compression = compression  # type: ignore[assignment]
    return base64.urlsafe_b64encode(message.SerializeToString()).decode()


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_join_request_is_read_padded_or_not_and_packed_or_not(padded: bool, zipped: bool) -> None:
    raw = REQUEST.SerializeToString()
    text = wrapped(gzip.compress(raw), WrappedJoinRequest.Compression.GZIP) if zipped else wrapped(raw)
    assert read_join({"join_request": text if padded else text.rstrip("=")}, single=True, limits=LIMITS) == REQUEST


def test_the_query_of_an_older_client_says_the_same() -> None:
    query = {"auto_subscribe": "0", "protocol": "16", "reconnect": "1", "sid": "PA_1", "adaptive_stream": "1"}
    request = read_join(query, single=False, limits=LIMITS)
    assert request.reconnect and request.participant_sid == "PA_1" and request.client_info.protocol == 16
    assert not request.connection_settings.auto_subscribe and request.connection_settings.adaptive_stream


def test_who_says_nothing_receives_everything() -> None:
    assert read_join({}, single=False, limits=LIMITS).connection_settings.auto_subscribe


def test_one_peer_connection_needs_a_join_request() -> None:
    with pytest.raises(Refused, match="bad_join"):
        read_join({}, single=True, limits=LIMITS)


def test_a_small_request_that_unpacks_to_a_large_one_is_refused_before_it_is_large() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(Refused, match="bad_join"):
        read_join({"join_request": wrapped(bomb, WrappedJoinRequest.Compression.GZIP)}, single=True, limits=LIMITS)


def test_a_large_request_is_refused_unpacked_too() -> None:
    with pytest.raises(Refused, match="bad_join"):
        read_join({"join_request": wrapped(bytes(LIMITS.join_bytes + 1))}, single=True, limits=LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        "%%%",
        "é",
        wrapped(b"\xff\xff\xff"),
        wrapped(b"not gzip", WrappedJoinRequest.Compression.GZIP),
        wrapped(gzip.compress(b"cut short")[:-9], WrappedJoinRequest.Compression.GZIP),
        wrapped(zlib.compress(b""), WrappedJoinRequest.Compression.GZIP),
        wrapped(b"", 77),
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="bad_join"):
        read_join({"join_request": text}, single=True, limits=LIMITS)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(raw: bytes, zipped: bool) -> None:
    compression = WrappedJoinRequest.Compression.GZIP if zipped else WrappedJoinRequest.Compression.NONE
    for text in (wrapped(raw, compression), base64.urlsafe_b64encode(raw).decode(), raw.decode("latin-1")):
        with suppress(Refused):
            read_join({"join_request": text}, single=True, limits=LIMITS)


@given(st.dictionaries(st.sampled_from(["protocol", "client_protocol", "auto_subscribe", "reconnect", "sid"]), st.text(max_size=12)))
def test_any_query_is_read(query: dict[str, str]) -> None:
    assert isinstance(read_join(query, single=False, limits=LIMITS), JoinRequest)


def test_the_token_stands_in_the_query_or_in_the_header() -> None:
    assert token_of({"access_token": "t"}, {}) == "t"
    assert token_of({}, {"authorization": "Bearer t"}) == token_of({}, {"authorization": "bearer t"}) == "t"
    assert token_of({}, {}) == token_of({}, {"authorization": "Basic t"}) == ""
