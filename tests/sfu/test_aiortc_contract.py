"""The private names of aiortc and pylibsrtp on which the media server stands. A new version that changes one fails here, loudly."""

import asyncio
import inspect
from typing import cast

from aioice import stun
from aiortc import RTCCertificate, RTCDataChannel, RTCDataChannelParameters, RTCDtlsTransport, RTCIceTransport, RTCSctpTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES
from aiortc.rtcsctptransport import InboundStream

from server.sfu.dtls import PROFILES
from server.sfu.srtp import PROTECT_ADDRESS, ffi, lib


class Ice:
    """All that the DTLS transport may ask of its ICE transport."""

    role = "controlled"

    async def _recv(self) -> bytes:
        raise ConnectionError

    async def _send(self, data: bytes) -> None:
        raise AssertionError("nothing is sent before something came")


def dtls() -> RTCDtlsTransport:
    return RTCDtlsTransport(cast(RTCIceTransport, Ice()), [RTCCertificate.generateCertificate()])


async def test_the_dtls_transport_has_the_names_we_use() -> None:
    transport = dtls()
    transport._set_role("server")
    assert transport._role == "server"
    assert transport._srtp_profiles is SRTP_PROFILES
    assert transport._ssl is None and transport._rx_srtp is None and transport._tx_srtp is None
    assert list(inspect.signature(transport._register_data_receiver).parameters) == ["receiver"]
    assert inspect.iscoroutinefunction(transport._send_data) and inspect.iscoroutinefunction(transport.stop)
    assert transport.state == "new"
    transport._register_data_receiver(transport)
    assert transport._data_receiver is transport


async def test_all_three_profiles_are_there_and_the_cheapest_is_first() -> None:
    assert [profile.openssl_profile for profile in PROFILES] == [
        b"SRTP_AEAD_AES_128_GCM",
        b"SRTP_AEAD_AES_256_GCM",
        b"SRTP_AES128_CM_SHA1_80",
    ]


async def test_the_dtls_transport_asks_nothing_else_of_the_ice_transport() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    asked = {
        line.split("self.transport.")[1].split("(")[0].split(",")[0].split(" ")[0]
        for line in source.splitlines()
        if "self.transport." in line
    }
    assert asked == {"role", "_recv", "_send"}


async def test_the_sctp_transport_has_the_names_we_use() -> None:
    transport = dtls()
    sctp = RTCSctpTransport(transport, 5000)
    assert sctp._advertised_rwnd == 1024 * 1024
    assert sctp._sack_misordered == set() and sctp._inbound_streams == {}
    assert InboundStream().reassembly == []
    assert (
        inspect.iscoroutinefunction(sctp._handle_data)
        and inspect.iscoroutinefunction(sctp.start)
        and inspect.iscoroutinefunction(sctp.stop)
    )
    channel = RTCDataChannel(sctp, RTCDataChannelParameters(label="_lossy", ordered=False, maxRetransmits=0))
    assert channel.readyState == "connecting" and channel.bufferedAmount == 0
    await sctp.stop()
    await asyncio.sleep(0)


async def test_the_sctp_transport_asks_nothing_else_of_the_dtls_transport() -> None:
    source = inspect.getsource(RTCSctpTransport)
    asked = {line.split("transport.")[1].split("(")[0].split(" ")[0] for line in source.splitlines() if "__transport." in line}
    assert asked == {"_register_data_receiver", "_unregister_data_receiver", "_send_data"}
    assert "self.transport._role" in source and 'transport.state == "closed"' in source


def test_the_binding_of_libsrtp_has_the_functions_and_the_context() -> None:
    assert PROTECT_ADDRESS > 0 and lib.srtp_err_status_ok == 0
    for name in ("srtp_protect", "srtp_protect_rtcp", "srtp_unprotect", "srtp_unprotect_rtcp"):
        assert ffi.typeof(getattr(lib, name)).cname == "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"
    assert callable(lib.srtp_remove_stream)


def test_an_unsigned_check_fails_and_a_signed_one_does_not() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    assert not message.check_message_integrity(b"key")
    message.add_message_integrity(b"key")
    read = stun.parse_message(bytes(message))
    assert read.check_message_integrity(b"key") and not read.check_message_integrity(b"other")
