"""Commands as lines of JSON on the input, and an answer to each on the output."""

import asyncio
import json
import sys


async def obey(client, timeout):
    """Calls the method of `client` that each command names, for `timeout` seconds at most."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        method = getattr(client, command.pop("op"))
        try:
            answer = await asyncio.wait_for(method(**command), timeout)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
