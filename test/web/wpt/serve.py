"""Serves the handlers of the Web Platform Tests, on a port without and one with TLS, which it prints."""

import importlib
import pkgutil
import ssl
import sys
import threading

import pywebsocket3
from pywebsocket3 import standalone
from pywebsocket3.websocket_server import WebSocketServer


def wrap_socket(sock, keyfile, certfile, ca_certs, cert_reqs):
    """What pywebsocket3 4.0.2 calls, and Python 3.12 has no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certfile, keyfile)
    return context.wrap_socket(sock, server_side=True)


def alias_modules():
    """Handlers of before 2024 import it by the name that it had then."""
    sys.modules["mod_pywebsocket"] = pywebsocket3
    for module in pkgutil.walk_packages(pywebsocket3.__path__, "pywebsocket3."):
        name = "mod_pywebsocket" + module.name[len("pywebsocket3"):]
        sys.modules[name] = importlib.import_module(module.name)


def refuse_compression(dispatcher, resource):
    """A test sends it zeros that are too many to leave at once, which they are not once compressed."""
    check = dispatcher.do_extra_handshake

    def check_and_refuse(request):
        check(request)
        if request.ws_resource == resource:
            request.ws_extension_processors = []

    dispatcher.do_extra_handshake = check_and_refuse


def serve(arguments):
    options, _ = standalone._parse_args_and_config(arguments)
    options.cgi_directories = []
    options.is_executable_method = None
    options.scan_dir = options.websock_handlers
    server = WebSocketServer(options)
    refuse_compression(options.dispatcher, "/echo_exit")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def main(handlers, certificate, key):
    ssl.wrap_socket = wrap_socket
    alias_modules()
    common = ["-H", "127.0.0.1", "-p", "0", "-w", handlers, "--log-level", "critical"]
    common += ["--handler-encoding", "utf-8"]
    plain = serve(common)
    secure = serve(common + ["-t", "-c", certificate, "-k", key])
    print(plain, secure, flush=True)
    # The runner keeps this open as long as it needs the server.
    sys.stdin.read()


main(*sys.argv[1:])
