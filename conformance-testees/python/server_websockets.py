"""An echo server on websockets: python server_websockets.py PORT"""

import asyncio
import sys

from websockets.asyncio.server import serve

# Section 9 of the suite sends messages of 16 MiB.
LIMIT = 32 * 1024 * 1024


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(port):
    async with serve(echo, "127.0.0.1", port, max_size=LIMIT) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
