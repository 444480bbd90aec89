#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the files of a directory over https on the loopback interface, as they are when asked for.

usage: https_directory.py CERTIFICATES DIRECTORY LOG

Makes a certificate for localhost, CERTIFICATES/authority.pem, writes the address to standard output
when it listens, and runs until it is killed. A line for each request goes to LOG: PATH STATUS. A
file NAME.status beside NAME holds the status to answer with; what NAME.next holds replaces NAME
after it was sent once."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import https_localhost


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        path = os.path.join(directory, os.path.normpath(self.path.split("?")[0]).lstrip("/"))
        status, body = 200, b"not here\n"
        if os.path.exists(path + ".status"):
            with open(path + ".status", encoding="ascii") as file:
                status = int(file.read())
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                body = file.read()
            if os.path.exists(path + ".next"):
                os.replace(path + ".next", path)
        else:
            status = 404
        with open(log, "a", encoding="utf-8") as file:
            print(self.path, status, file=file)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


certificates, directory, log = sys.argv[1:]
tls = https_localhost.context(certificates)
server = Server(("127.0.0.1", 0), Handler)
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"https://localhost:{server.server_address[1]}", flush=True)
server.serve_forever()
