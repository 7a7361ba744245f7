"""A client on Tornado that echoes: python client_tornado.py URL AGENT"""

import asyncio
import logging
import sys

from tornado.websocket import websocket_connect


async def main(url, agent):
    connection = await websocket_connect(f"{url}/getCaseCount")
    count = int(await connection.read_message())
    for case in range(1, count + 1):
        try:
            target = f"{url}/runCase?case={case}&agent={agent}"
            connection = await websocket_connect(
                target, compression_options={}, max_message_size=32 * 1024 * 1024
            )
            while (message := await connection.read_message()) is not None:
                await connection.write_message(message, binary=isinstance(message, bytes))
        except Exception:  # Some cases answer so that there is no connection.
            continue
    connection = await websocket_connect(f"{url}/updateReports?agent={agent}")
    await connection.read_message()


logging.getLogger("tornado").setLevel(logging.CRITICAL)
asyncio.run(main(sys.argv[1], sys.argv[2]))
