"""The server over HTTP/2 that barewire's client is tested against: Hypercorn, with h2 and wsproto.

It speaks the language of test/peers/peer-server.ts, as far as an application of ASGI can: that sees
neither Pings nor fragments, so there is only /echo and /close. It ends with its input.
"""

import argparse
import asyncio
import json
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config

SUBPROTOCOLS = ("chat.v2", "chat.v1")


def tell(event, **details):
    """Events are ASCII, as JSON, one a line."""
    print(json.dumps({"event": event, **details}), flush=True)


async def application(scope, receive, send):
    if scope["type"] != "websocket":
        return
    assert scope["http_version"] == "2"
    offered = scope["subprotocols"]
    chosen = next((name for name in SUBPROTOCOLS if name in offered), None)
    await receive()
    await send({"type": "websocket.accept", "subprotocol": chosen})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            query = scope["query_string"].decode()
            tell("ended", query=query, code=event["code"], reason=event.get("reason") or "")
            return
        if scope["path"] == "/close":
            await send({"type": "websocket.close", **json.loads(event["text"])})
        else:
            await send({**event, "type": "websocket.send"})


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert", help="file with the certificate, for TLS")
    parser.add_argument("--key", help="file with its private key")
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.websocket_max_message_size = 2**24
    config.loglevel = "ERROR"
    if options.cert is not None:
        config.certfile, config.keyfile = options.cert, options.key
    ended = asyncio.Event()

    async def until_end_of_input():
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        ended.set()

    asyncio.create_task(until_end_of_input())
    tell("listening", port=listening.getsockname()[1])
    await serve(application, config, shutdown_trigger=ended.wait)


asyncio.run(main())
