#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves one file over https on the loopback interface, as fast as it can, for scripts/bench.

usage: https_file.py DIRECTORY FILE

Makes a certificate for localhost, DIRECTORY/authority.pem, writes the URL to standard output when it
listens, and runs until it is killed. Whatever is asked for is FILE."""

import os
import socket
import sys
import threading

import https_localhost

PIECE = 1 << 20


def serve(connection, path):
    try:
        with tls.wrap_socket(connection, server_side=True) as stream, open(path, "rb") as file:
            stream.recv(65536)
            size = os.fstat(file.fileno()).st_size
            stream.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
            while piece := file.read(PIECE):
                stream.sendall(piece)
            stream.unwrap()
    except OSError:
        pass


directory, path = sys.argv[1:]
tls = https_localhost.context(directory)
listener = socket.create_server(("127.0.0.1", 0))
print(f"https://localhost:{listener.getsockname()[1]}/{os.path.basename(path)}", flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted, path), daemon=True).start()
