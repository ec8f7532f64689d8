#!/usr/bin/env python3
"""gguf-meta.py IN OUT [key=type:value ...]: copy a GGUF file with metadata set or added (types: str, u32).

gguf-meta.py a.gguf b.gguf general.name=str:B tokenizer.ggml.fim_pre_token_id=u32:8
"""

import struct
import sys
from pathlib import Path

STRING, ARRAY, U32 = 8, 9, 4
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


class Reader:
    """A GGUF file's bytes, read in order."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self, form: str) -> int:
        found: int = struct.unpack_from("<" + form, self.data, self.at)[0]
        self.at += struct.calcsize("<" + form)
        return found

    def text(self) -> bytes:
        length = self.number("Q")
        self.at += length
        return self.data[self.at - length : self.at]

    def skip(self, kind: int) -> None:
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            element, count = self.number("I"), self.number("Q")
            if element in SIZES:
                self.at += SIZES[element] * count
            else:
                for _ in range(count):
                    self.skip(element)
        else:
            self.at += SIZES[kind]


def wanted(arguments: tuple[str, ...]) -> dict[str, bytes]:
    """{key: the bytes of its entry}"""
    entries = {}
    for argument in arguments:
        key, value = argument.split("=", 1)
        kind, value = value.split(":", 1)
        name = key.encode()
        if kind == "str":
            written = struct.pack("<IQ", STRING, len(value.encode())) + value.encode()
        else:
            written = struct.pack("<II", U32, int(value))
        entries[key] = struct.pack("<Q", len(name)) + name + written
    return entries


def main(source: str, target: str, *arguments: str) -> None:
    data = Path(source).read_bytes()
    if data[:4] != b"GGUF" or struct.unpack_from("<I", data, 4)[0] not in (2, 3):
        sys.exit(f"{source} is no GGUF file of version 2 or 3")
    reader, entries, kept, alignment = Reader(data), wanted(arguments), [], 32
    reader.at = 8
    tensors, pairs = reader.number("Q"), reader.number("Q")
    for _ in range(pairs):
        start = reader.at
        key, kind = reader.text().decode(), reader.number("I")
        value = reader.at
        reader.skip(kind)
        if key == "general.alignment":
            (alignment,) = struct.unpack_from("<I", data, value)
        if key not in entries:
            kept.append(data[start : reader.at])
    kept += entries.values()
    start = reader.at
    for _ in range(tensors):
        reader.text()
        dimensions = reader.number("I")
        reader.at += 8 * dimensions + 4 + 8
    described, weights = data[start : reader.at], data[-(-reader.at // alignment) * alignment :]
    head = data[:8] + struct.pack("<QQ", tensors, len(kept)) + b"".join(kept) + described
    with Path(target).open("wb") as out:
        out.write(head + b"\0" * (-len(head) % alignment))
        out.write(weights)


main(*sys.argv[1:])
