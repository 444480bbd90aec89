#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server for tests/fetch*.sh that behaves badly on request.

usage: https_server.py CERTIFICATE KEY CONTENT READY LOG

Serves https and http on two free ports of 127.0.0.1, and proxies on two more, the second of which
wants the password "user:secret". Writes "HTTPS HTTP PROXY CLOSED_PROXY" to READY when all listen, and
a line for each request to LOG:

    SCHEME PATH STATUS RANGE|- IF-RANGE|- AUTHORIZATION|-      by a server
    PROXY METHOD TARGET STATUS                                 by a proxy

The path says how it answers; see ANSWERS at the end. CONTENT is the file it serves. What counts
requests ("/flaky/3/x") does so for each path by itself.
"""

import base64
import collections
import email.utils
import hashlib
import os
import select
import socket
import socketserver
import ssl
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler

ENDLESS_SECONDS = 20
LIFETIME_SECONDS = 240
PASSWORD = "Basic " + base64.b64encode(b"user:secret").decode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        self.name, *self.words = self.path.split("?")[0].lstrip("/").split("/")
        self.range = self.headers.get("Range")
        with LOCK:
            COUNTS[self.path] += 1
            self.count = COUNTS[self.path]
        try:
            ANSWERS.get(self.name, Handler.missing)(self)
            self.wfile.flush()
        except (ConnectionError, ssl.SSLError):
            pass

    def log_message(self, *args):
        pass

    def head(self, status, **headers):
        note(self.server.scheme, self.path, status, self.range or "-",
             self.headers.get("If-Range", "-").replace(" ", "_"),
             self.headers.get("Authorization", "-").replace(" ", "_"))
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

    # ---- sound answers in many forms ----

    def whole(self):
        self.body(CONTENT)

    def chunked(self):
        self.head(200, Transfer_Encoding="chunked")
        for i in range(0, len(CONTENT), 10000):
            self.chunk(CONTENT[i:i + 10000])
        self.wfile.write(b"0\r\n\r\n")

    def unsized(self):
        self.head(200)
        self.wfile.write(CONTENT)

    def slow(self):
        self.head(200, Content_Length=len(CONTENT), ETag='"slow"')
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        time.sleep(0.5)
        self.wfile.write(CONTENT[1000:])

    def request_headers(self):
        self.body(str(self.headers).encode())

    # ---- resuming ----

    def ranged(self, validators, content=None, cut=None, honest=True, pause=None):
        """The file or, if the condition holds, what is left of it. To the first request, only its
        first `cut` bytes, or all of it with pauses. honest False: whatever the condition says."""
        content = CONTENT if content is None else content
        start = 0
        if self.headers.get("Range", "").startswith("bytes="):
            condition = self.headers.get("If-Range")
            if not honest or condition in (None, *validators.values()):
                start = int(self.headers["Range"][6:].rstrip("-"))
        rest = content[start:]
        if start:
            validators["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if start >= len(content):
            return self.body(b"", status=416, Content_Range=f"bytes */{len(content)}")
        self.head(206 if start else 200, Content_Length=len(rest), **validators)
        if cut is not None and self.count == 1:
            rest = rest[:cut]
        if pause and self.count == 1:
            for i in range(0, len(rest), 8192):
                self.wfile.write(rest[i:i + 8192])
                self.wfile.flush()
                time.sleep(pause)
        else:
            self.wfile.write(rest)

    def tagged(self):
        """First the first half alone, then what is asked for."""
        self.ranged({"ETag": '"one"'}, cut=HALF)

    def dated(self):
        self.ranged({"Last_Modified": DATE}, cut=HALF)

    def tagged_weakly(self):
        self.ranged({"ETag": 'W/"one"'}, cut=HALF)

    def changed(self):
        """Another file after the first request, with another tag."""
        if self.count == 1:
            return self.ranged({"ETag": '"old"'}, content=OLD, cut=HALF)
        return self.ranged({"ETag": '"new"'})

    def spliced(self):
        """The same, and the condition is not heeded."""
        if self.count == 1:
            return self.ranged({"ETag": '"old"'}, content=OLD, cut=HALF)
        return self.ranged({"ETag": '"new"'}, honest=False)

    def lied(self):
        """The same, with the tag of the old file."""
        if self.count == 1:
            return self.ranged({"ETag": '"old"'}, content=OLD, cut=HALF)
        return self.ranged({"ETag": '"old"'}, honest=False)

    def ignored(self):
        """No ranges here."""
        del self.headers["Range"]
        self.ranged({"ETag": '"one"'}, cut=HALF)

    def elsewhere(self):
        """A range, but not the one asked for."""
        if self.count == 1 or "Range" not in self.headers:
            return self.ranged({"ETag": '"one"'}, cut=HALF)
        return self.body(CONTENT[1000:], status=206, ETag='"one"',
                         Content_Range=f"bytes 1000-{len(CONTENT) - 1}/{len(CONTENT)}")

    def no_range(self):
        if self.count == 1 or "Range" not in self.headers:
            return self.ranged({"ETag": '"one"'}, cut=HALF)
        return self.body(b"", status=416, Content_Range="bytes */10")

    def slices(self):
        """Never more than a third, however it is asked for."""
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
        part = CONTENT[start:start + len(CONTENT) // 3 + 1]
        self.head(206 if start else 200, Content_Length=len(CONTENT) - start, ETag='"one"',
                  Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.wfile.write(part)

    def steady(self):
        """First in about a second."""
        self.ranged({"ETag": '"steady"'}, pause=0.025)

    def crawl(self):
        """First in about eight seconds."""
        self.ranged({"ETag": '"crawl"'}, pause=0.2)

    # ---- failures ----

    def missing(self):
        self.body(b"not here\n", status=404)

    def flaky(self):
        """/flaky/STATUS/N: that status N times, then the file."""
        if self.count > int(self.words[1]):
            return self.whole()
        return self.body(b"later\n", status=int(self.words[0]))

    def wait(self):
        """/wait/STATUS/SECONDS: once, with Retry-After."""
        if self.count > 1:
            return self.whole()
        return self.body(b"later\n", status=int(self.words[0]), Retry_After=self.words[1])

    def chunked_cut(self):
        self.head(200, Transfer_Encoding="chunked")
        self.chunk(CONTENT[:10000])

    def truncated(self):
        self.head(200, Content_Length=len(CONTENT) + 1000)
        self.wfile.write(CONTENT)

    def understated(self):
        """Less than what comes."""
        self.head(200, Content_Length=HALF)
        self.wfile.write(CONTENT)

    def endless(self):
        self.head(200, Transfer_Encoding="chunked")
        for _ in range(ENDLESS_SECONDS * 10):
            self.chunk(CONTENT[:50000])
            time.sleep(0.02)

    def endless_redirect(self):
        self.head(302, Location=f"https://localhost:{PORTS['https']}/ok",
                  Transfer_Encoding="chunked")
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

    def silent(self):
        time.sleep(ENDLESS_SECONDS)

    def trickle(self):
        """Ten bytes a second."""
        self.head(200, Content_Length=len(CONTENT))
        for i in range(ENDLESS_SECONDS * 10):
            self.wfile.write(CONTENT[i:i + 1])
            self.wfile.flush()
            time.sleep(0.1)

    def garbage(self):
        self.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")

    def hang_up(self):
        note(self.server.scheme, self.path, 0, "-", "-", "-")

    def endless_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(100000):
            self.wfile.write(b"X-Header-%d: %s\r\n" % (i, b"x" * 1000))

    def guarded(self):
        """/guarded: for who has the password."""
        if self.headers.get("Authorization") != PASSWORD:
            return self.body(b"who?\n", status=401, WWW_Authenticate='Basic realm="x"')
        return self.whole()

    def to(self):
        """/to/HOST/NAME: a redirect to that host, here, without a password of its own."""
        self.head(302, Location=f"https://{self.words[0]}:{PORTS['https']}/{self.words[1]}",
                  Content_Length=0)

    def next_to(self):
        """A redirect within the host."""
        self.head(302, Location="/guarded", Content_Length=0)

    def without_scheme(self):
        self.head(302, Location=f"//127.0.0.1:{PORTS['https']}/ok", Content_Length=0)


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def refused(self):
        if not self.server.closed or self.headers.get("Proxy-Authorization") == PASSWORD:
            return False
        note("PROXY", self.command, self.path, 407)
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def do_CONNECT(self):
        self.close_connection = True
        if self.refused():
            return
        if self.path.startswith("forbidden"):
            note("PROXY", self.command, self.path, 403)
            self.send_error(403)
            return
        note("PROXY", self.command, self.path, 200)
        # Every name leads here.
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as there:
            self.send_response(200)
            self.end_headers()
            pump(self.connection, there)

    def do_GET(self):
        self.close_connection = True
        if self.refused():
            return
        note("PROXY", self.command, self.path, 200)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)


def pump(one, other):
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is one else one).sendall(data)


def note(*words):
    with LOCK, open(LOG, "a", encoding="utf-8") as log:
        print(*words, file=log)


ANSWERS = {
    "ok": Handler.whole,
    "chunked": Handler.chunked,
    "unsized": Handler.unsized,
    "slow": Handler.slow,
    "coded": lambda self: self.body(CONTENT, Content_Encoding="gzip"),
    "bomb": lambda self: self.body(BOMB, Content_Encoding="gzip"),
    "empty": lambda self: self.body(b""),
    "headers": Handler.request_headers,
    "tagged": Handler.tagged,
    "dated": Handler.dated,
    "tagged-weakly": Handler.tagged_weakly,
    "changed": Handler.changed,
    "spliced": Handler.spliced,
    "lied": Handler.lied,
    "ignored": Handler.ignored,
    "elsewhere": Handler.elsewhere,
    "no-range": Handler.no_range,
    "slices": Handler.slices,
    "steady": Handler.steady,
    "crawl": Handler.crawl,
    "html": lambda self: self.body(b"<!DOCTYPE html><html><body>Log in</body></html>\n"),
    "other": lambda self: self.body(OLD),
    "401": lambda self: self.body(b"who?\n", status=401),
    "403": lambda self: self.body(b"no\n", status=403),
    "429": lambda self: self.body(b"later\n", status=429),
    "500": lambda self: self.body(b"trouble\n", status=500),
    "503": lambda self: self.body(b"trouble\n", status=503),
    "204": lambda self: self.head(204),
    "206": lambda self: self.body(CONTENT, status=206, Content_Range="bytes 0-9/10"),
    "304": lambda self: self.head(304),
    "flaky": Handler.flaky,
    "wait": Handler.wait,
    "truncated": Handler.truncated,
    "understated": Handler.understated,
    "chunked-cut": Handler.chunked_cut,
    "endless": Handler.endless,
    "endless-redirect": Handler.endless_redirect,
    "endless-head": Handler.endless_head,
    "huge": Handler.huge,
    "stall": Handler.stall,
    "silent": Handler.silent,
    "trickle": Handler.trickle,
    "garbage": Handler.garbage,
    "hang-up": Handler.hang_up,
    "guarded": Handler.guarded,
    "to": Handler.to,
    "next-to": Handler.next_to,
    "without-scheme": Handler.without_scheme,
    "to-https": lambda self: self.redirect("https", "ok"),
    "to-http": lambda self: self.redirect("http", "ok"),
    "to-file": lambda self: self.head(302, Location="file:///etc/passwd", Content_Length=0),
    "to-nowhere": lambda self: self.head(302, Content_Length=0),
    "loop": lambda self: self.redirect("https", "loop"),
}


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler, scheme, context=None, closed=False):
        super().__init__(("127.0.0.1", 0), handler)
        self.scheme = scheme
        self.closed = closed
        if context:
            # The handshake is left to the thread of the connection.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        pass

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self.server_address[1]


certificate, key, content, ready, LOG = sys.argv[1:]
with open(content, "rb") as file:
    CONTENT = file.read()
# What was there before.
OLD = hashlib.sha256(CONTENT).digest() * (len(CONTENT) // 32 + 1)
OLD = OLD[:len(CONTENT)]
HALF = len(CONTENT) // 2
DATE = email.utils.formatdate(time.time() - 86400, usegmt=True)
LOCK = threading.Lock()
COUNTS = collections.Counter()


def bomb():
    """A gzip of 64 MiB of zeros, in 64 KiB."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    return b"".join(squeeze.compress(zeros) for _ in range(64)) + squeeze.flush()


BOMB = bomb()
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)
PORTS = {"https": Server(Handler, "https", tls).start(), "http": Server(Handler, "http").start()}
proxies = [Server(Proxy, "proxy").start(), Server(Proxy, "proxy", closed=True).start()]

with open(ready + ".new", "w", encoding="ascii") as file:
    print(PORTS["https"], PORTS["http"], *proxies, file=file)
os.rename(ready + ".new", ready)
threading.Event().wait(LIFETIME_SECONDS)
