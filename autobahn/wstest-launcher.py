"""Runs the suite's `wstest` from the folder named by the first argument (Python 2.7).

The suite imports Twisted's TLS module at start, and that one needs pyOpenSSL and cryptography,
which have no wheels for Python 2.7 on many machines. Every case here is plain ws://, so a
stand-in takes the module's place, with the one class that the fuzzing client instantiates.
"""
import os
import site
import sys
import threading
import types


def end_with_runner():
    """Waits until the pipe from the runner breaks, however that one ended."""
    sys.stdin.read()
    os._exit(1)


watcher = threading.Thread(target=end_with_runner)
watcher.daemon = True
watcher.start()

packages = sys.argv.pop(1)
sys.path.insert(0, packages)
# The folder's .pth file makes `zope` a namespace package; PYTHONPATH alone would not read it.
site.addsitedir(packages)


class ClientContextFactory(object):
    """Instantiated for every server under test, used for wss:// only."""


tls = types.ModuleType("twisted.internet.ssl")
tls.ClientContextFactory = ClientContextFactory
sys.modules["twisted.internet.ssl"] = tls

import twisted.internet  # noqa: E402 (after the path is set)

# Python 2's `from twisted.internet import ssl` asks the package, not sys.modules.
twisted.internet.ssl = tls

# The checkout stays clean.
sys.dont_write_bytecode = True
import ascii_first  # noqa: E402 (beside this file)

ascii_first.use()

from autobahntestsuite.case import case12_x_x  # noqa: E402 (after its validator is chosen)
from autobahntestsuite.wstest import run  # noqa: E402

# Fewer messages in each case of 12.* and 13.*; the runner says so in what it reports.
messages = int(os.environ.get("AUTOBAHN_MESSAGES") or 1000)
for case in case12_x_x.Case12_X_X + case12_x_x.Case13_X_X:
    case.COUNT = min(case.COUNT, messages)

sys.argv[0] = "wstest"
run()
