"""The papers of a meeting by their part of an address."""

from collections.abc import Mapping

from starlette.requests import Request

from rooms.minutes import Kind
from server.kernel.refused import Refused

PAPERS: Mapping[str, Kind] = {"bien-ban": "minutes", "thong-bao": "notice"}


def kind_in(request: Request) -> Kind:
    """Which paper the address names.

    Raises: Refused ``not_found``.
    """
    kind = PAPERS.get(request.path_params["paper"])
    if kind is None:
        raise Refused("not_found")
    return kind
