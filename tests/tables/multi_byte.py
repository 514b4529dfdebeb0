#!/usr/bin/env python3
"""Writes src/text/codec/east_asian/deviations.txt: where CPython's multi-byte encodings and the tables of
encoding_rs, which are the WHATWG's, are not the same.

    cargo run --release --example whatwg_tables | python3 tests/tables/multi_byte.py [--check]

A section for each encoding, named after Python's. Its lines, in hexadecimal:

    a1c1 301c         these bytes are this character
    c6a5-c6f7 3041    these are this one and those that follow it
    ada1-adfc -       these are none
    =a451 5341        of the sequences that are this character, this is the one that is written;
                      without such a line it is the first
"""

import collections
import pathlib
import sys

PATH = pathlib.Path(__file__).parents[2] / "src/text/codec/east_asian/deviations.txt"

FAMILIES = {
    "big5": "Big5",
    "big5hkscs": "Big5",
    "cp932": "Shift_JIS",
    "cp949": "EUC-KR",
    "cp950": "Big5",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "gb2312": "GBK",
    "gb18030": "gb18030",
    "gbk": "GBK",
    "johab": None,  # made by rule: src/text/codec/east_asian/hangul.rs
    "shift_jis": "Shift_JIS",
}


def cpython(name, sequence):
    """The one character that CPython decodes a whole sequence to."""
    try:
        text = sequence.decode(name)
        return text if len(text) == 1 else None
    except UnicodeDecodeError:
        return None


def sequences(name):
    for lead in range(0x80, 0x100):
        yield bytes([lead])
    for lead in range(0x80, 0x100):
        if cpython(name, bytes([lead])) is None:
            yield from (bytes([lead, trail]) for trail in range(0x100))
    if name == "euc_jp":
        for lead in range(0x80, 0x100):
            yield from (bytes([0x8F, lead, trail]) for trail in range(0x80, 0x100))


def section(name, theirs):
    if FAMILIES[name] is None:
        theirs = {sequence: cpython(name, sequence) for sequence in sequences(name)}
    runs, first = [], {}
    open_run, length = None, 0
    for sequence in sequences(name):
        code = int.from_bytes(sequence, "big")
        if len(sequence) != length:
            length, open_run = len(sequence), None
        ours, other = cpython(name, sequence), theirs.get(sequence)
        if ours is not None and not ours.isascii():
            first.setdefault(ours, sequence)
        if ours == other:
            # An end, unless it is a hole in both.
            open_run = None if ours is not None else open_run
            continue
        number = None if ours is None else ord(ours)
        expected = None
        if open_run and open_run[2] is not None and number is not None:
            expected = open_run[2] + code - open_run[0] if open_run[1] == code - 1 else -1
        if open_run and (open_run[2] is None) == (number is None) \
                and expected == number:
            open_run[1] = code
        else:
            open_run = [code, code, number]
            runs.append(open_run)
    yield f"[{name}]"
    for start, end, number in runs:
        codes = f"{start:x}" if start == end else f"{start:x}-{end:x}"
        yield f"{codes} {'-' if number is None else format(number, 'x')}"
    for text, sequence in first.items():
        # The filler of euc_kr is written in a way that CPython cannot read.
        written = text.encode(name)
        if written != sequence and cpython(name, written) == text:
            yield f"={written.hex()} {ord(text):x}"


def main():
    theirs = collections.defaultdict(dict)
    for line in sys.stdin:
        label, sequence, number = line.split()
        theirs[label][bytes.fromhex(sequence)] = chr(int(number, 16))
    made = "".join(
        line + "\n" for name, label in FAMILIES.items() for line in section(name, theirs[label])
    )
    if "--check" in sys.argv:
        sys.exit(PATH.read_text() != made)
    PATH.write_text(made)
    print(made.count("\n"), "lines")


if __name__ == "__main__":
    main()
