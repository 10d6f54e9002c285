"""The style page: every component once, for those who build pages and those who check them."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from server.identity.policy import Action
from server.web.door import Door, page
from server.web.pages import Pages
from server.web.samples import Samples


class StylePages:
    """``/phong-cach``."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def doors(self) -> Sequence[Door]:
        return (page("/phong-cach", Action.READ_PUBLIC, self.show),)

    async def show(self, request: Request) -> Response:
        return self._pages.render(request, "style.html", samples=Samples())
