"""The client that barewire's server is tested against: websockets on asyncio.

It does what test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with
its input.

Not its other client, websockets.sync: over TLS, with Python 3.11, about one of its handshakes in
a hundred hangs, whatever the server (ws on node:https too); in thousands of this one's none did.
"""

import asyncio
import base64
import ssl

from commands import obey
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

TIMEOUT = 10


class Client:
    ws = None
    fragment_size = 0

    async def connect(self, url, ca=None, protocols=None, fragmentSize=0):
        context = None if ca is None else ssl.create_default_context(cadata=ca)
        self.fragment_size = fragmentSize
        self.ws = await connect(url, ssl=context, subprotocols=protocols, proxy=None)
        return {"protocol": self.ws.subprotocol or ""}

    async def send(self, text, data):
        data = base64.b64decode(data)
        message = data.decode() if text else data
        size = self.fragment_size
        if size > 0:
            message = [message[start : start + size] for start in range(0, len(message), size)]
        await self.ws.send(message)
        return {}

    async def receive(self):
        message = await self.ws.recv()
        text = isinstance(message, str)
        data = message.encode() if text else message
        return {"text": text, "data": base64.b64encode(data).decode()}

    async def ping(self, payload):
        await (await self.ws.ping(payload))
        return {"payload": payload}

    async def close(self, code, reason):
        await self.ws.close(code, reason)
        return self.end()

    async def closed(self):
        try:
            await self.ws.recv()
        except ConnectionClosed:
            return self.end()
        raise RuntimeError("a message has come in the place of the end")

    def end(self):
        """The code and reason of the server's Close, not of the first of the two."""
        received = self.ws.protocol.close_rcvd
        if received is None:
            return {"code": 1006, "reason": ""}
        return {"code": int(received.code), "reason": received.reason}


async def main():
    await obey(Client(), TIMEOUT)


asyncio.run(main())
