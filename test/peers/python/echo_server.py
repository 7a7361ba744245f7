"""The echo server that barewire's client is tested against: websockets on asyncio.

It speaks the language of test/peers/peer-server.ts and ends with its input.
"""

import argparse
import asyncio
import json
import ssl
import sys
from urllib.parse import urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

SUBPROTOCOLS = ("chat.v2", "chat.v1")
FRAGMENT = 1000


def tell(event, **details):
    """Events are ASCII, as JSON, one a line."""
    print(json.dumps({"event": event, **details}), flush=True)


def select_subprotocol(connection, offered):
    # Without this a client that offers none would be refused.
    return next((name for name in SUBPROTOCOLS if name in offered), None)


async def echo(ws, message):
    await ws.send(message)


async def echo_in_fragments(ws, message):
    starts = range(0, len(message), FRAGMENT)
    await ws.send([message[start : start + FRAGMENT] for start in starts])


async def ping(ws, message):
    """Pings with what has come, and answers when the pong is there."""
    pong = await ws.ping(message)

    async def answer():
        await pong
        await ws.send("pong " + message)

    # The pong is seen only by reading on.
    ws.answer = asyncio.create_task(answer())


async def close_as_told(ws, message):
    """Closes with the code and the reason in the message."""
    how = json.loads(message)
    await ws.close(how["code"], how["reason"])


ROUTES = {
    "/echo": echo,
    "/fragments": echo_in_fragments,
    "/ping": ping,
    "/close": close_as_told,
}


async def handle(ws):
    url = urlsplit(ws.request.path)
    answer = ROUTES[url.path]
    try:
        # Not "async for", which hides how the connection has ended.
        while True:
            await answer(ws, await ws.recv())
    except ConnectionClosed:
        await ws.wait_closed()
        tell("ended", query=url.query, code=ws.close_code, reason=ws.close_reason)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert", help="file with the certificate, for TLS")
    parser.add_argument("--key", help="file with its private key")
    options = parser.parse_args()
    context = None
    if options.cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    async with serve(
        handle, "127.0.0.1", 0, ssl=context, select_subprotocol=select_subprotocol,
        subprotocols=SUBPROTOCOLS,
    ) as server:
        tell("listening", port=server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close(close_connections=True)


asyncio.run(main())
