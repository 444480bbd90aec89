#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves one file over https on the loopback interface, as fast as it can, for scripts/bench.

usage: https_file.py DIRECTORY FILE

Makes a certificate for localhost, DIRECTORY/authority.pem, writes the URL to standard output when it
listens, and runs until it is killed. Whatever is asked for is FILE."""

import os
import socket
import ssl
import subprocess
import sys
import threading

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
certificate, key = f"{directory}/authority.pem", f"{directory}/authority.key"
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
               check=True, stderr=subprocess.DEVNULL)
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))
print(f"https://localhost:{listener.getsockname()[1]}/{os.path.basename(path)}", flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted, path), daemon=True).start()
