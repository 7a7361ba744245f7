"""The server over HTTP/2 that barewire's client is tested against: Hypercorn, with an application that echoes.

It prints the line that test/peers/peer-server.ts waits for, and ends with its input. At /close it closes
as the message has it; at any other path it echoes.
"""

import argparse
import asyncio
import json
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config


async def application(scope, receive, send):
    # Nothing is to be done at the beginning and the end of the server's life.
    if scope["type"] != "websocket":
        raise RuntimeError("only WebSockets are served")
    await receive()
    protocols = scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": protocols[-1] if protocols else None})
    while (message := await receive())["type"] != "websocket.disconnect":
        if scope["path"] == "/close":
            await send({"type": "websocket.close", **json.loads(message["text"])})
            return
        data = {"text": message["text"], "bytes": message["bytes"]}
        await send({"type": "websocket.send", **data})


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert", help="file with the certificate, for TLS")
    parser.add_argument("--key", help="file with its private key")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile = options.cert
    config.keyfile = options.key
    config.errorlog = None
    # The files are gone once it says that it listens.
    context = config.create_ssl_context()
    config.create_ssl_context = lambda: context
    stopped = asyncio.Event()
    serving = asyncio.create_task(serve(application, config, shutdown_trigger=stopped.wait))
    print(json.dumps({"event": "listening", "port": listener.getsockname()[1]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    stopped.set()
    await serving


asyncio.run(main())
