"""Compares autobahn/ascii_first.py with the validator that it stands in front of.

The suite is not here, so a plain validator with the same interface takes the place of its own.
Prints how many chunks were compared, or ends with the first that differs.
"""

import os
import random
import sys
import types


class Utf8Validator(object):
    """`(valid?, ends on a character?, index in the chunk, index in all)`, like the suite's."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.text = b""
        self.before = 0
        self.failed = False

    def validate(self, octets):
        for index in range(len(octets)):
            self.failed = self.failed or not can_go_on(self.text + octets[index : index + 1])
            if self.failed:
                self.before += index
                return False, False, index, self.before
            self.text += octets[index : index + 1]
        self.before += len(octets)
        return True, is_whole(self.text), len(octets), self.before


def is_whole(text):
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def can_go_on(text):
    """Whether text that breaks off here can still become valid."""
    rests = (b"", b"\x80", b"\x80\x80", b"\xa0\x80", b"\x90\x80\x80", b"\x80\x80\x80", b"\xa0")
    return any(is_whole(text + rest) for rest in rests)


modules = {name: types.ModuleType(name) for name in ("autobahn", "autobahn.websocket")}
validator = types.ModuleType("autobahn.websocket.utf8validator")
validator.Utf8Validator = Utf8Validator
modules["autobahn.websocket"].utf8validator = validator
sys.modules.update(modules, **{"autobahn.websocket.utf8validator": validator})
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "..", "autobahn"))

import ascii_first  # noqa: E402 (after its modules are there)

rng = random.Random(7)


def any_chunk():
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(rng.randrange(128) for _ in range(rng.randrange(6)))
    if kind == 1:
        return "\u00e9\u20ac\U0001f600".encode()[: rng.randrange(10)]
    if kind == 2:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(4)))
    return "\u20ac".encode()[rng.randrange(3) :]


compared = 0
plain, quick = Utf8Validator(), ascii_first.AsciiFirst()
for _ in range(5000):
    plain.reset()
    quick.reset()
    for _ in range(rng.randrange(1, 7)):
        chunk = any_chunk()
        wanted, got = plain.validate(chunk), quick.validate(chunk)
        if wanted != got:
            sys.exit(f"{chunk!r} after {plain.text!r}: expected {wanted}, got {got}")
        compared += 1
        if not wanted[0]:
            break
print(compared)
