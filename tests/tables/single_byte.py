#!/usr/bin/env python3
"""Writes src/text/codec/single_byte/charmap.bin: the tables of CPython's single-byte encodings.

    python3 tests/tables/single_byte.py [--check]

Two bytes for each encoding, in the order of its rows in src/text/codec/table.rs: the numbers of
the tables of its lower and upper half. Then the tables, each different one once: 128 little-endian
UTF-16 code units, 0xffff where a byte has no character.

What is not in the tables because it always holds, and is checked here: a character that several
bytes have is written as the last of them, and nothing is written that is not read.
"""

import pathlib
import re
import struct
import sys

ALL = "".join(map(chr, range(0x10000)))
CODEC = pathlib.Path(__file__).parents[2] / "src/text/codec"


def names():
    rows = (CODEC / "table.rs").read_text()
    found = re.findall(r' = "([^"]+)", charmap!\(cpython\((\d+)\)\)', rows)
    assert [int(number) for _, number in found] == list(range(len(found)))
    return [name for name, _ in found]


def halves(name):
    """The two halves of an encoding's table."""
    units = []
    for byte in range(256):
        try:
            units.append(ord(bytes([byte]).decode(name)))
        except UnicodeDecodeError:
            units.append(0xFFFF)
    last = {unit: byte for byte, unit in enumerate(units) if unit != 0xFFFF}
    for number, byte in last.items():
        assert chr(number).encode(name)[0] == byte, f"{name} writes U+{number:04X} in its own way"
    # One byte for each character that it writes: there are no others. In one call, since a call for
    # each of all 65,536 took twelve seconds in every run of the tests.
    written = ALL.encode(name, "ignore")
    assert len(written) == len(last), f"{name} writes what it does not read"
    return [struct.pack("<128H", *half) for half in (units[:128], units[128:])]


def main():
    index, tables = bytearray(), {}
    for name in names():
        for half in halves(name):
            index.append(tables.setdefault(half, len(tables)))
    made = bytes(index) + b"".join(tables)
    path = CODEC / "single_byte/charmap.bin"
    if "--check" in sys.argv:
        sys.exit(path.read_bytes() != made)
    path.write_bytes(made)
    print(len(names()), "encodings,", len(tables), "tables,", len(made), "bytes")


if __name__ == "__main__":
    main()
