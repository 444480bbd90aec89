#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server for tests/fetch.sh that behaves badly on request.

usage: https_server.py CERTIFICATE KEY CONTENT READY

Serves https and http on two free ports of 127.0.0.1 and writes "HTTPS HTTP" to READY when both
listen. The path says how it answers; see ANSWERS at the end. CONTENT is the file it serves.
"""

import os
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

ENDLESS_SECONDS = 20
LIFETIME_SECONDS = 120


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        answer = ANSWERS.get(self.path.split("?")[0].lstrip("/"), Handler.missing)
        try:
            answer(self)
        except (ConnectionError, ssl.SSLError):
            pass

    def log_message(self, *args):
        pass

    def head(self, status, **headers):
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def body(self, body, status=200, **headers):
        self.head(status, Content_Length=len(body), **headers)
        self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def redirect(self, scheme, path):
        self.head(302, Location=f"{scheme}://user:secret@localhost:{PORTS[scheme]}/{path}",
                  Content_Length=0)

    def whole(self):
        self.body(CONTENT)

    def missing(self):
        self.body(b"not here\n", status=404)

    def chunked(self):
        self.head(200, Transfer_Encoding="chunked")
        for i in range(0, len(CONTENT), 10000):
            self.chunk(CONTENT[i:i + 10000])
        self.wfile.write(b"0\r\n\r\n")

    def chunked_cut(self):
        self.head(200, Transfer_Encoding="chunked")
        self.chunk(CONTENT[:10000])

    def unsized(self):
        self.head(200)
        self.wfile.write(CONTENT)

    def truncated(self):
        self.head(200, Content_Length=len(CONTENT) + 1000)
        self.wfile.write(CONTENT)

    def endless(self):
        self.head(200, Transfer_Encoding="chunked")
        for _ in range(ENDLESS_SECONDS * 10):
            self.chunk(CONTENT[:50000])
            time.sleep(0.02)

    def huge(self):
        self.head(200, Content_Length=1 << 50)
        self.wfile.write(CONTENT)

    def stall(self):
        self.head(200, Content_Length=len(CONTENT))
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        time.sleep(ENDLESS_SECONDS)

    def slow(self):
        self.head(200, Content_Length=len(CONTENT))
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        time.sleep(0.5)
        self.wfile.write(CONTENT[1000:])

    def request_headers(self):
        self.body(str(self.headers).encode())


ANSWERS = {
    "ok": Handler.whole,
    "chunked": Handler.chunked,
    "unsized": Handler.unsized,
    "slow": Handler.slow,
    "coded": lambda self: self.body(CONTENT, Content_Encoding="gzip"),
    "empty": lambda self: self.body(b""),
    "headers": Handler.request_headers,
    "html": lambda self: self.body(b"<!DOCTYPE html><html><body>Log in</body></html>\n"),
    "401": lambda self: self.body(b"who?\n", status=401),
    "500": lambda self: self.body(b"trouble\n", status=500),
    "206": lambda self: self.body(CONTENT, status=206, Content_Range="bytes 0-9/10"),
    "truncated": Handler.truncated,
    "chunked-cut": Handler.chunked_cut,
    "endless": Handler.endless,
    "huge": Handler.huge,
    "stall": Handler.stall,
    "to-https": lambda self: self.redirect("https", "ok"),
    "to-http": lambda self: self.redirect("http", "ok"),
    "to-file": lambda self: self.head(302, Location="file:///etc/passwd", Content_Length=0),
    "loop": lambda self: self.redirect("https", "loop"),
}


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if context:
            # The handshake is left to the thread of the connection.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        pass

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self.server_address[1]


certificate, key, content, ready = sys.argv[1:]
with open(content, "rb") as file:
    CONTENT = file.read()
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)
PORTS = {"https": Server(tls).start(), "http": Server().start()}

with open(ready + ".new", "w", encoding="ascii") as file:
    file.write(f"{PORTS['https']} {PORTS['http']}\n")
os.rename(ready + ".new", ready)
threading.Event().wait(LIFETIME_SECONDS)
