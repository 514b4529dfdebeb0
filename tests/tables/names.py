#!/usr/bin/env python3
"""Prints each name that CPython knows an encoding of text by, in several spellings, and the name
of the encoding: two columns, parted by a tab."""

import codecs
import encodings.aliases
import pkgutil


def spellings(alias):
    yield alias
    yield alias.upper()
    yield alias.replace("_", "-")
    yield alias.replace("_", " ")
    yield "-" + alias.replace("_", " _-") + "_"
    yield alias.replace(".", "_")


def main():
    modules = [module.name for module in pkgutil.iter_modules(encodings.__path__)]
    for alias in [*encodings.aliases.aliases, *modules]:
        for spelling in spellings(alias):
            try:
                info = codecs.lookup(spelling)
            except LookupError:
                continue
            if info._is_text_encoding:
                print(spelling, info.name, sep="\t")


if __name__ == "__main__":
    main()
