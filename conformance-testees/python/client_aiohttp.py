"""A client on aiohttp that echoes: python client_aiohttp.py URL AGENT"""

import asyncio
import sys
from contextlib import suppress

from aiohttp import ClientError, ClientSession, WSMsgType


async def echo(ws):
    async for message in ws:
        if message.type == WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)


async def main(url, agent):
    async with ClientSession() as session:
        async with session.ws_connect(f"{url}/getCaseCount") as ws:
            count = int((await ws.receive()).data)
        for case in range(1, count + 1):
            # Some cases answer so that there is no connection, and most end it in some wrong way.
            with suppress(ClientError, OSError, ValueError, asyncio.TimeoutError):
                target = f"{url}/runCase?case={case}&agent={agent}"
                async with session.ws_connect(target, max_msg_size=0, compress=15) as ws:
                    await echo(ws)
        async with session.ws_connect(f"{url}/updateReports?agent={agent}"):
            pass


asyncio.run(main(sys.argv[1], sys.argv[2]))
