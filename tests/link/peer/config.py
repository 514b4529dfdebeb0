#!/usr/bin/env python3
"""The other end of tests/link/config_moat.rs: a system on the real MoaT, made of a configuration.

    config.py FILE

FILE is the configuration, as JSON. When the system has started it prints "READY PORT", the port of its
application "n" or 0. Then each line of standard input is a call, [path, [argument, ...]], and has its
answer as a line: ["ok", [value, ...], {keyword: value}] or ["error", class]. It ends with its input.
"""

import json
import logging
import os
import sys

import anyio
from anyio import to_thread
from moat.lib.path import Path
from moat.lib.rpc import RootCmd
from moat.util import attrdict, to_attrdict

GIVE_UP_AFTER = 60  # seconds


def paths(value):
    "MoaT wants its own type where a configuration has a path."
    for key, inner in value.items():
        if isinstance(inner, dict):
            paths(inner)
        elif key == "path" and isinstance(inner, list):
            value[key] = Path.build(inner)
    return value


async def answer(root, line):
    path, args = json.loads(line)
    try:
        result = await root.sub_at(Path.build(path)).cmd((), *args)
    except Exception as exc:
        return ["error", type(exc).__name__]
    return ["ok", list(result.args), dict(result.kw)]


async def main():
    with open(sys.argv[1]) as file:
        config = to_attrdict(paths(json.load(file)))
    async with RootCmd(config) as root:
        port = config.get("n", attrdict()).get("port", 0)
        print("READY", port, flush=True)
        while line := await to_thread.run_sync(sys.stdin.readline):
            print(json.dumps(await answer(root, line)), flush=True)
        # With asyncio a live link keeps the system from closing.
        os._exit(0)


async def limited():
    with anyio.fail_after(GIVE_UP_AFTER):
        await main()


logging.disable()
anyio.run(limited)
