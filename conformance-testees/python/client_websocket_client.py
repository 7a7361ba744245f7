"""A client on websocket-client that echoes: python client_websocket_client.py URL AGENT"""

import sys

import websocket

url, agent = sys.argv[1:3]


def echo(target):
    ws = websocket.create_connection(target, timeout=30)
    try:
        while True:
            opcode, data = ws.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            ws.send(data, opcode)
    finally:
        ws.close()


ws = websocket.create_connection(f"{url}/getCaseCount")
count = int(ws.recv())
ws.close()
for case in range(1, count + 1):
    try:
        echo(f"{url}/runCase?case={case}&agent={agent}")
    except Exception:  # Most cases end the connection in some wrong way, and some never open it.
        continue
websocket.create_connection(f"{url}/updateReports?agent={agent}").close()
