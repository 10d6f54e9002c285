"""RTP headers, their extensions, and what of them a viewer gets."""

import pytest

from rooms.media import rtp, rtx
from rooms.media.sequence import Unwrapped, difference


def header(packet: bytes) -> rtp.Header:
    found = rtp.parse(packet)
    assert found is not None
    return found


def test_a_packet_says_what_it_was_built_of() -> None:
    packet = rtp.build(96, 65535, 2**32 - 1, 7, b"payload", marker=True, extensions={1: b"m", 14: b"0123456789abcdef"}, padding=5)
    found = header(packet)
    assert found[:5] == (True, 96, 65535, 2**32 - 1, 7)
    assert packet[found.payload_at : found.payload_end] == b"payload"
    assert rtp.extensions(packet, found) == {1: b"m", 14: b"0123456789abcdef"}
    assert not found.two_byte


def test_contributing_sources_are_passed_over() -> None:
    packet = bytes((0x82, 111)) + bytes(10) + bytes(8) + b"sound"
    found = header(packet)
    assert packet[found.payload_at : found.payload_end] == b"sound"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(12),
        bytes((0x80, *bytes(10))),
        bytes((0x8F, *bytes(11))),
        bytes((0x90, *bytes(11))),
        bytes((0x90, *bytes(11), 0xBE, 0xDE, 0xFF, 0xFF)),
        bytes((0xA0, *bytes(11), 0)),
        bytes((0xA0, *bytes(11), 2)),
    ],
)
def test_what_is_no_whole_packet_has_no_header(packet: bytes) -> None:
    assert rtp.parse(packet) is None


def test_the_two_byte_form_holds_long_and_empty_values() -> None:
    values = {1: b"", 200: bytes(range(100)), 5: b"x"}
    packet = rtp.build(96, 1, 2, 3, b"p", extensions=values)
    found = header(packet)
    assert found.two_byte
    assert rtp.extensions(packet, found) == values
    for name, value in values.items():
        place = rtp.extension(packet, found, name)
        assert place is not None
        assert packet[place[0] : place[0] + place[1]] == value
    assert rtp.extension(packet, found, 9) is None


def test_reading_one_byte_extensions_ends_at_the_reserved_id_and_at_an_overrun() -> None:
    reserved = bytes((0x90, 96)) + bytes(10) + b"\xbe\xde\x00\x02" + b"\x00\x10m\xf0" + b"\x20n\x00\x00"
    assert rtp.extensions(reserved, header(reserved)) == {1: b"m"}
    assert rtp.extension(reserved, header(reserved), 2) is None
    overrun = bytes((0x90, 96)) + bytes(10) + b"\xbe\xde\x00\x01" + b"\x10m\x25x"
    assert rtp.extensions(overrun, header(overrun)) == {1: b"m"}
    assert rtp.extension(overrun, header(overrun), 2) is None


def test_an_unknown_extension_profile_is_passed_over() -> None:
    packet = bytes((0x90, 96)) + bytes(10) + b"\xab\xcd\x00\x01" + b"\x10m\x00\x00" + b"payload"
    found = header(packet)
    assert rtp.extensions(packet, found) == {}
    assert packet[found.payload_at : found.payload_end] == b"payload"


def test_a_viewer_gets_only_the_extensions_it_knows_under_its_own_ids() -> None:
    packet = rtp.build(96, 9, 8, 7, b"picture", marker=True, extensions={1: b"0", 3: b"\x01\x02", 4: b"f", 8: b"dependency"}, padding=3)
    made = rtp.variant(packet, header(packet), {8: 12})
    found = header(made)
    assert rtp.extensions(made, found) == {12: b"dependency"}
    assert found[:5] == header(packet)[:5]
    assert made[found.payload_at : found.payload_end] == b"picture"


def test_what_is_added_stands_beside_what_is_relayed() -> None:
    for given in ({8: b"dependency"}, {}):
        packet = rtp.build(96, 9, 8, 7, b"picture", extensions=given)
        made = rtp.variant(packet, header(packet), {8: 12}, {4: b"17"})
        found = header(made)
        assert rtp.extensions(made, found) == {4: b"17", **({12: b"dependency"} if given else {})}
        assert made[found.payload_at : found.payload_end] == b"picture"


def test_a_viewer_who_knows_no_extension_gets_none() -> None:
    packet = bytes((0x92, 96)) + bytes(10) + bytes(8) + rtp.block({1: b"0"}) + b"picture"
    assert rtp.variant(packet, header(packet), {}) == bytes((0x80, 96)) + bytes(10) + b"picture"


def test_a_long_value_is_relayed_in_the_two_byte_form() -> None:
    packet = rtp.build(45, 9, 8, 7, b"av1", extensions={2: b"f", 11: bytes(60)})
    made = rtp.variant(packet, header(packet), {11: 8})
    assert header(made).two_byte
    assert rtp.extensions(made, header(made)) == {8: bytes(60)}


def test_a_retransmission_restores_what_was_lost() -> None:
    packet = rtp.build(96, 500, 8, 7, b"picture", marker=True, extensions={1: b"0"})
    again = rtx.wrap(packet, header(packet), 70, 97, 3)
    assert header(again)[:5] == (True, 97, 3, 8, 70)
    assert rtx.original_sequence(again, header(again)) == 500
    assert rtx.restore(again, header(again), 7, 96) == packet


def test_a_retransmission_without_a_number_repeats_nothing() -> None:
    probe = rtp.build(97, 3, 8, 70, b"", padding=200)
    assert rtx.original_sequence(probe, header(probe)) is None
    assert rtx.restore(probe, header(probe), 7, 96) is None


def test_a_retransmission_goes_without_the_padding_of_the_original() -> None:
    padded = rtp.build(96, 500, 8, 7, b"picture", padding=9)
    again = rtx.wrap(padded, header(padded), 70, 97, 3)
    assert rtx.restore(again, header(again), 7, 96) == rtp.build(96, 500, 8, 7, b"picture")


def test_numbers_are_compared_on_their_circle() -> None:
    assert difference(1, 65535) == 2
    assert difference(65535, 1) == -2
    assert difference(0, 0x8000) == -0x8000
    assert difference(3, 125, bits=7) == 6


def test_wrapping_numbers_are_made_to_grow() -> None:
    numbers = Unwrapped()
    assert [numbers.extend(value) for value in (65534, 0, 65535, 2)] == [65534, 65536, 65535, 65538]
    assert numbers.near(65535) == 65535
    assert numbers.newest == 65538
