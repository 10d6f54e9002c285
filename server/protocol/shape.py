"""What all messages of ``/live`` are made of: their form, and the numbers and words in them with their bounds."""

from datetime import datetime
from typing import Annotated

import msgspec

LARGEST = 2**63 - 1
"""The largest number the database can hold: a larger one is malformed, not unknown."""

Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Number = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Choice = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
TopicName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
CommandUuid = Annotated[str, msgspec.Meta(pattern="\\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\Z")]
Ticket = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Who = Annotated[str, msgspec.Meta(min_length=2, max_length=21)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""In ISO 8601, with its distance from UTC."""
Tab = Annotated[str, msgspec.Meta(min_length=8, max_length=64)]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", rename="camel"):
    """The common form of all messages."""
