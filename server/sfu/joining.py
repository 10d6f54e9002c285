"""The request with which a client joins or comes back: from the query (``/rtc``) or one message inside it (``/rtc/v1``).

Source: LiveKit's signalling, ``livekit_rtc.proto``: ``WrappedJoinRequest``, ``JoinRequest``.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping

from google.protobuf.message import DecodeError
from livekit.protocol.rtc import JoinRequest, WrappedJoinRequest

from server.kernel.refused import Refused
from server.sfu.limits import Limits

_TRUE = ("1", "true")


def token_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The access token: browsers put it into the query, other clients into the header ``Authorization``. Empty when there is none."""
    token = query.get("access_token", "")
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return token or (bearer.strip() if scheme.lower() == "bearer" else "")


def read_join(query: Mapping[str, str], *, single: bool, limits: Limits) -> JoinRequest:
    """What a client asks for when it joins with one peer connection (``single``) or with two.

    Raises: ``Refused("bad_join")``.
    """
    if "join_request" in query:
        return _unwrap(query["join_request"], limits)
    if single:
        raise Refused("bad_join", missing="join_request")
    return _from_query(query)


def _unwrap(text: str, limits: Limits) -> JoinRequest:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        wrapped = WrappedJoinRequest.FromString(packed)
        raw = wrapped.join_request
        if wrapped.compression == WrappedJoinRequest.Compression.GZIP:
            raw = _gunzip(raw, limits.join_bytes)
        elif wrapped.compression != WrappedJoinRequest.Compression.NONE:
            raise Refused("bad_join")
        if len(raw) > limits.join_bytes:
            raise Refused("bad_join", limit_bytes=limits.join_bytes)
        return JoinRequest.FromString(raw)
    except (binascii.Error, DecodeError, zlib.error, ValueError):
        raise Refused("bad_join") from None


def _gunzip(packed: bytes, longest: int) -> bytes:
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    raw = inflater.decompress(packed, longest)
    if not inflater.eof:  # truncated, or longer than it may be: nothing more is inflated
        raise Refused("bad_join", limit_bytes=longest)
    return raw


def _from_query(query: Mapping[str, str]) -> JoinRequest:
    request = JoinRequest(reconnect=query.get("reconnect", "") in _TRUE, participant_sid=query.get("sid", ""))
    request.client_info.protocol = _number(query.get("protocol", ""))
    request.client_info.client_protocol = _number(query.get("client_protocol", ""))
    request.connection_settings.auto_subscribe = query.get("auto_subscribe", "1") in _TRUE
    request.connection_settings.adaptive_stream = query.get("adaptive_stream", "") in _TRUE
    return request


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0
