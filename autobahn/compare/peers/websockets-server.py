"""The echo server of the documentation of Python's websockets, on asyncio; its default compression."""

import asyncio
import os
import sys
import threading

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


def end_with_runner():
    sys.stdin.read()
    os._exit(1)


async def echo(ws):
    try:
        async for message in ws:
            await ws.send(message)
    except ConnectionClosed:
        pass


async def main():
    async with serve(echo, "127.0.0.1", 0, max_size=64 * 1024 * 1024, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"ws://127.0.0.1:{port}", flush=True)
        await asyncio.Future()


threading.Thread(target=end_with_runner, daemon=True).start()
asyncio.run(main())
