"""A client on websockets that echoes: python client_websockets.py URL AGENT"""

import asyncio
import sys
from contextlib import suppress

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


async def main(url, agent):
    async with connect(f"{url}/getCaseCount") as connection:
        count = int(await connection.recv())
    for case in range(1, count + 1):
        # Some cases answer so that there is no connection, and most end it in some wrong way.
        with suppress(WebSocketException, OSError, EOFError, TimeoutError):
            target = f"{url}/runCase?case={case}&agent={agent}"
            async with connect(target, max_size=None, ping_interval=None) as connection:
                async for message in connection:
                    await connection.send(message)
    async with connect(f"{url}/updateReports?agent={agent}"):
        pass


asyncio.run(main(sys.argv[1], sys.argv[2]))
