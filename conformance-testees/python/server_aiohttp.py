"""An echo server on aiohttp: python server_aiohttp.py PORT"""

import sys

from aiohttp import WSMsgType, web

# Section 9 of the suite sends messages of 16 MiB.
LIMIT = 32 * 1024 * 1024


async def echo(request):
    ws = web.WebSocketResponse(max_msg_size=LIMIT)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    return ws


app = web.Application()
app.router.add_get("/", echo)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
