"""Where key frames begin, VP8's running numbers, and the history of a layer."""

import pytest

from rooms.media.history import History
from rooms.media.payloads import begins_keyframe, read_vp8, shift_vp8

HEAD = bytes(12)


def vp8(hexadecimal: str) -> bytes:
    return HEAD + bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    ("codec", "payload", "begins"),
    [
        ("vp8", "10 00", True),
        ("vp8", "10 01", False),
        ("vp8", "00 00", False),
        ("vp8", "11 00", False),
        ("vp8", "10", False),
        ("vp8", "90 e0 81 23 45 20 00", True),
        ("vp8", "90 e0 81 23 45", False),
        ("vp8", "", False),
        ("h264", "67 42 e0 1f", True),
        ("h264", "68 ce", False),
        ("h264", "65 88", False),
        ("h264", "41 9a", False),
        ("h264", "78 00 02 67 42 00 02 68 ce", True),
        ("h264", "78 00 02 09 10 00 02 67 42", True),
        ("h264", "78 00 02 68 ce 00 02 65 88", False),
        ("h264", "78 00", False),
        ("h264", "78 ff ff 68", False),
        ("h264", "7c 87", True),
        ("h264", "7c 07", False),
        ("h264", "7c 85", False),
        ("h264", "7c", False),
        ("vp9", "08", True),
        ("vp9", "48", False),
        ("vp9", "00", False),
        ("vp9", "88 81 23", True),
        ("vp9", "a8 81 23 00", True),
        ("vp9", "a8 81 23 02", False),
        ("vp9", "a8 12 00", True),
        ("vp9", "a8 81", False),
        ("av1", "18 0a", True),
        ("av1", "98 0a", False),
        ("av1", "10 0a", False),
        ("opus", "78", True),
        ("opus", "", False),
    ],
)
def test_a_viewer_begins_where_a_decoder_can(codec: str, payload: str, begins: bool) -> None:
    packet = vp8(payload)
    assert begins_keyframe(codec, packet, 12, len(packet)) is begins


def test_a_whole_vp8_descriptor_is_read() -> None:
    packet = vp8("90 f0 ff fe 45 20 00")
    read = read_vp8(packet, 12, len(packet))
    assert read is not None
    assert (read.picture_at, read.picture_bits, read.picture, read.tl0_at, read.tl0) == (14, 15, 0x7FFE, 16, 0x45)
    assert read.starts_frame and read.keyframe


def test_a_short_picture_id_is_read() -> None:
    packet = vp8("80 80 7f 01")
    read = read_vp8(packet, 12, len(packet))
    assert read is not None
    assert (read.picture_bits, read.picture, read.tl0_at, read.starts_frame) == (7, 0x7F, 0, False)


@pytest.mark.parametrize("payload", ["", "80", "90 80", "90 80 80", "90 c0 01", "90 10"])
def test_a_descriptor_cut_short_is_none(payload: str) -> None:
    packet = vp8(payload)
    assert read_vp8(packet, 12, len(packet)) is None


def test_the_padding_of_a_packet_is_no_part_of_its_descriptor() -> None:
    packet = vp8("90 80 12 00")
    assert read_vp8(packet, 12, 14) is None


def test_numbers_are_shifted_within_their_widths() -> None:
    packet = bytearray(vp8("90 e0 ff fe 45 20 00"))
    read = read_vp8(packet, 12, len(packet))
    assert read is not None
    shift_vp8(packet, read, 3, -0x46)
    assert packet.hex() == vp8("90 e0 80 01 ff 20 00").hex()
    short = bytearray(vp8("90 80 7f 00"))
    read = read_vp8(short, 12, len(short))
    assert read is not None
    shift_vp8(short, read, 2, 9)
    assert short.hex() == vp8("90 80 01 00").hex()


def test_numbers_that_are_absent_stay_absent() -> None:
    packet = bytearray(vp8("10 00 00"))
    read = read_vp8(packet, 12, len(packet))
    assert read is not None
    shift_vp8(packet, read, 5, 5)
    assert packet == vp8("10 00 00")


def test_a_history_gives_back_what_it_kept_until_as_many_have_followed() -> None:
    history = History(4)
    for number in range(65_534, 65_538):
        history.keep(number, bytes((number & 0xFF,)))
    assert history.find(65_534) == b"\xfe"
    history.keep(65_538, b"new")
    assert history.find(65_534) is None
    assert history.find(65_538) == b"new"
    assert history.find(65_539) is None


def test_a_late_packet_is_kept_beside_newer_ones_but_never_in_their_place() -> None:
    history = History(4)
    history.keep(8, b"8")
    history.keep(6, b"6")
    history.keep(4, b"4")
    assert (history.find(8), history.find(6), history.find(4)) == (b"8", b"6", None)


def test_a_cleared_history_is_empty() -> None:
    history = History(4)
    history.keep(8, b"8")
    history.clear()
    assert history.find(8) is None


@pytest.mark.parametrize("size", [0, 3, 1 << 16])
def test_a_history_has_a_power_of_two_places(size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        History(size)
