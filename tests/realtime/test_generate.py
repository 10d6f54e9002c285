"""The generated files say what the messages say."""

import importlib
import pkgutil
import typing

import msgspec

from server import protocol
from server.protocol import generate, live
from server.protocol.shape import Message


def test_the_typescript_types_are_current() -> None:
    assert generate.TYPESCRIPT.read_text("utf-8") == generate.typescript(), "run: python -m server.protocol.generate"


def test_the_protocol_manual_is_current() -> None:
    assert generate.MANUAL.read_text("utf-8") == generate.manual(), "run: python -m server.protocol.generate"


def test_every_message_is_told_apart_by_its_type_and_described_once() -> None:
    messages = typing.get_args(live.FromClient) + typing.get_args(live.FromServer)
    declared = [
        kind
        for module in pkgutil.iter_modules(protocol.__path__)
        for kind in vars(importlib.import_module(f"server.protocol.{module.name}")).values()
        if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
    ]
    assert set(messages) == set(declared)
    manual = generate.manual()
    for message in messages:
        assert manual.count(f"### `{message.__struct_config__.tag}`\n") == 1


def test_every_example_in_the_manual_is_a_message() -> None:
    examples = [line for line in generate.manual().splitlines() if line.startswith("{")]
    every = msgspec.json.Decoder(live.FromClient | live.FromServer)
    told = {type(every.decode(example)) for example in examples}
    assert told == set(typing.get_args(live.FromClient | live.FromServer))
