"""The client over HTTP/2 that barewire's server is tested against: h2 has the streams, wsproto the frames.

It does what test/peers/peer-client.ts tells it, a line of JSON for each command, and ends with its
input. All its WebSockets with one server are streams of one session.
"""

import asyncio
import base64
import ssl
from urllib.parse import urlsplit

from commands import obey
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.settings import SettingCodes
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

TIMEOUT = 10


class Stream:
    """A WebSocket: what has come, and what is still to go."""

    def __init__(self, number):
        self.number = number
        self.frames = Connection(ConnectionType.CLIENT)
        self.headers = None
        self.messages = []
        self.parts = []
        self.pongs = []
        self.close = None
        self.out = b""
        self.ending = False
        self.ended = False
        self.reset = False

    def receive(self, data):
        self.frames.receive_data(data)
        for event in self.frames.events():
            if isinstance(event, Ping):
                self.out += self.frames.send(event.response())
            elif isinstance(event, Pong):
                self.pongs.append(bytes(event.payload).decode())
            elif isinstance(event, CloseConnection):
                self.close = event
                if self.frames.state is ConnectionState.REMOTE_CLOSING:
                    self.out += self.frames.send(event.response())
                self.ending = True
            elif isinstance(event, (TextMessage, BytesMessage)):
                self.parts.append(event.data)
                if event.message_finished:
                    nothing = "" if isinstance(event, TextMessage) else b""
                    self.messages.append(nothing.join(self.parts))
                    self.parts = []


class Session:
    """A connection of HTTP/2."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.http = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.streams = {}
        self.settled = False
        self.ended = False
        self.news = asyncio.Event()
        self.http.initiate_connection()
        self.flush()
        self.reading = asyncio.create_task(self.read())

    async def read(self):
        while data := await self.reader.read(65536):
            for event in self.http.receive_data(data):
                self.take(event)
            self.flush()
            self.news.set()
        self.ended = True
        self.news.set()

    def take(self, event):
        if isinstance(event, RemoteSettingsChanged):
            self.settled = True
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, ResponseReceived):
            stream.headers = dict(event.headers)
        elif isinstance(event, DataReceived):
            self.http.acknowledge_received_data(event.flow_controlled_length, stream.number)
            # wsproto takes nothing behind a Close, not even the empty DATA that ends the stream.
            if event.data and stream.headers[":status"] == "200":
                stream.receive(event.data)
        elif isinstance(event, (StreamEnded, StreamReset)):
            stream.ended = True
            stream.reset = isinstance(event, StreamReset)

    def flush(self):
        for stream in self.streams.values():
            self.pump(stream)
        self.writer.write(self.http.data_to_send())

    def pump(self, stream):
        """Sends what the windows let through."""
        if stream.reset:
            return
        while stream.out:
            window = self.http.local_flow_control_window(stream.number)
            size = min(window, self.http.max_outbound_frame_size)
            if size <= 0:
                return
            self.http.send_data(stream.number, stream.out[:size])
            stream.out = stream.out[size:]
        if stream.ending:
            stream.ending = False
            self.http.end_stream(stream.number)

    async def until(self, condition):
        while not condition():
            if self.ended:
                raise RuntimeError("the session has ended")
            self.news.clear()
            await self.news.wait()

    async def open(self, authority, secure, path, protocols):
        await self.until(lambda: self.settled)
        if self.http.remote_settings.get(SettingCodes.ENABLE_CONNECT_PROTOCOL) != 1:
            raise RuntimeError("the server has no WebSockets over HTTP/2")
        stream = Stream(self.http.get_next_available_stream_id())
        self.streams[stream.number] = stream
        headers = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https" if secure else "http"),
            (":path", path),
            (":authority", authority),
            ("sec-websocket-version", "13"),
        ]
        if protocols:
            headers.append(("sec-websocket-protocol", ", ".join(protocols)))
        self.http.send_headers(stream.number, headers)
        self.flush()
        await self.until(lambda: stream.headers is not None or stream.ended)
        status = (stream.headers or {}).get(":status")
        if status != "200":
            raise RuntimeError(f"the server answered {status}")
        return stream


class Client:
    def __init__(self):
        self.sessions = {}
        self.session = None
        self.stream = None
        self.fragment_size = 0

    async def connect(self, url, ca=None, protocols=None, fragmentSize=0):
        url = urlsplit(url)
        self.fragment_size = fragmentSize
        self.session = self.sessions.get(url.netloc)
        if self.session is None or self.session.ended:
            context = None
            if ca is not None:
                context = ssl.create_default_context(cadata=ca)
                context.set_alpn_protocols(["h2"])
            ends = await asyncio.open_connection(url.hostname, url.port, ssl=context)
            self.session = self.sessions[url.netloc] = Session(*ends)
        secure = url.scheme == "wss"
        self.stream = await self.session.open(url.netloc, secure, url.path, protocols)
        return {"protocol": self.stream.headers.get("sec-websocket-protocol", "")}

    async def write(self, event):
        self.stream.out += self.stream.frames.send(event)
        self.session.flush()
        await self.session.until(lambda: not self.stream.out or self.stream.ended)

    async def send(self, text, data):
        data = base64.b64decode(data)
        message = data.decode() if text else data
        kind = TextMessage if text else BytesMessage
        size = self.fragment_size or max(len(message), 1)
        starts = range(0, max(len(message), 1), size)
        for start in starts:
            last = start == starts[-1]
            await self.write(kind(data=message[start : start + size], message_finished=last))
        return {}

    async def receive(self):
        await self.session.until(lambda: self.stream.messages)
        message = self.stream.messages.pop(0)
        text = isinstance(message, str)
        data = message.encode() if text else message
        return {"text": text, "data": base64.b64encode(data).decode()}

    async def ping(self, payload):
        await self.write(Ping(payload=payload.encode()))
        await self.session.until(lambda: self.stream.pongs)
        return {"payload": self.stream.pongs.pop(0)}

    async def close(self, code, reason):
        await self.write(CloseConnection(code=code, reason=reason))
        return await self.closed()

    async def closed(self):
        await self.session.until(lambda: self.stream.close is not None or self.stream.ended)
        if self.stream.close is None:
            return {"code": 1006, "reason": ""}
        return {"code": int(self.stream.close.code), "reason": self.stream.close.reason or ""}


async def main():
    await obey(Client(), TIMEOUT)


asyncio.run(main())
