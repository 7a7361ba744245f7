"""An echo for ASGI servers:

    uvicorn asgi:app --ws wsproto --port PORT
    hypercorn asgi:app --bind 127.0.0.1:PORT
"""


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await live(receive, send)
    if scope["type"] != "websocket":
        return None
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text, data = event.get("text"), event.get("bytes")
        await send({"type": "websocket.send", "text": text, "bytes": data})
    return None


async def live(receive, send):
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
