#!/usr/bin/env python3
"""Writes src/text/codec/east_asian/jisx0213.bin: what JIS X 0213 adds to JIS X 0208, from CPython's codec.

    python3 tests/tables/jisx0213.py [--check]

Runs of codes that follow each other in a row. A run has its first code in two bytes (row and cell
from 0x21 on, 0x8000 more in plane 2), their number in one (0x80 more if each code is two
characters), and their characters in UTF-16, everything with the higher byte first.
"""

import pathlib
import sys

PATH = pathlib.Path(__file__).parents[2] / "src/text/codec/east_asian/jisx0213.bin"


def read(name, sequence):
    try:
        return sequence.decode(name)
    except UnicodeDecodeError:
        return None


def codes():
    """Each code, its plane's bit included, and the text that only JIS X 0213 has for it."""
    for plane, prefix in [(0, b""), (0x8000, b"\x8f")]:
        for row in range(0x21, 0x7F):
            for cell in range(0x21, 0x7F):
                sequence = prefix + bytes([row | 0x80, cell | 0x80])
                text = read("euc_jis_2004", sequence)
                # That of JIS X 0208, or of JIS X 0212, is in the table of euc_jp.
                if text is not None and text != read("euc_jp", sequence):
                    yield plane | row << 8 | cell, text


def runs():
    start, texts = 0, []
    for code, text in codes():
        if texts and (code != start + len(texts) or len(text) != len(texts[0])):
            yield start, texts
            texts = []
        if not texts:
            start = code
        texts.append(text)
    yield start, texts


def main():
    made = b"".join(
        start.to_bytes(2, "big")
        + bytes([len(texts) | (0x80 if len(texts[0]) == 2 else 0)])
        + "".join(texts).encode("utf-16-be")
        for start, texts in runs()
    )
    if "--check" in sys.argv:
        sys.exit(PATH.read_bytes() != made)
    PATH.write_bytes(made)
    print(len(made), "bytes")


if __name__ == "__main__":
    main()
