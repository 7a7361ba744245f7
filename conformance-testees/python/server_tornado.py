"""An echo server on Tornado: python server_tornado.py PORT"""

import asyncio
import logging
import sys

from tornado.web import Application
from tornado.websocket import WebSocketHandler

# Section 9 of the suite sends messages of 16 MiB.
LIMIT = 32 * 1024 * 1024


class Echo(WebSocketHandler):
    def check_origin(self, origin):
        return True

    def get_compression_options(self):
        return {}  # The defaults; None would turn compression off.

    async def on_message(self, message):
        await self.write_message(message, binary=isinstance(message, bytes))


async def main(port):
    Application([("/", Echo)], websocket_max_message_size=LIMIT).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


# Requests that are refused on purpose would fill the screen.
logging.getLogger("tornado").setLevel(logging.CRITICAL)
asyncio.run(main(int(sys.argv[1])))
