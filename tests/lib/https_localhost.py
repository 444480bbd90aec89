# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's side of TLS for https://localhost, with a certificate that is made on the spot."""

import ssl
import subprocess


def context(directory):
    """The certificate is DIRECTORY/authority.pem."""
    certificate, key = f"{directory}/authority.pem", f"{directory}/authority.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                    "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    return tls
