# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenPGP packets made by hand (RFC 4880), so that each can be wrong in one way.

RSA on Python's own integers: primes come from openssl, digests from hashlib, RIPEMD-160 from gpg.
"""
import base64
import hashlib
import re
import struct
import subprocess

HASHES = {
    "md5": (1, "3020300c06082a864886f70d020505000410"),
    "sha1": (2, "3021300906052b0e03021a05000414"),
    "ripemd160": (3, "3021300906052b2403020105000414"),
    "sha256": (8, "3031300d060960864801650304020105000420"),
    "sha384": (9, "3041300d060960864801650304020205000430"),
    "sha512": (10, "3051300d060960864801650304020305000440"),
    "sha224": (11, "302d300d06096086480165030402040500041c"),
}
RSA = 1
CREATED, EXPIRES, KEY_EXPIRES, ISSUER, NOTATION = 2, 3, 9, 16, 20
KEY_FLAGS, REASON, EMBEDDED, ISSUER_FINGERPRINT = 27, 29, 32, 33
CERTIFY, SIGN, ENCRYPT = 1, 2, 12


def digest(name, data):
    if name != "ripemd160":
        return hashlib.new(name, data).digest()
    out = subprocess.run(["gpg", "--batch", "--print-md", "RIPEMD160"], input=data,
                         stdout=subprocess.PIPE, check=True).stdout
    return bytes.fromhex(re.sub(rb"\s", b"", out).decode())


def prime(bits):
    out = subprocess.run(["openssl", "prime", "-generate", "-hex", "-bits", str(bits)],
                         stdout=subprocess.PIPE, check=True).stdout
    return int(out, 16)


class Numbers:
    """An RSA key pair of that many bits."""

    def __init__(self, bits):
        self.e = 65537
        while True:
            p, q = prime(bits // 2), prime(bits // 2)
            phi = (p - 1) * (q - 1)
            self.n = p * q
            if p != q and phi % self.e and self.n.bit_length() == bits:
                break
        self.p, self.q = p, q
        self.dp, self.dq = pow(self.e, -1, p - 1), pow(self.e, -1, q - 1)
        self.qinv = pow(q, -1, p)
        self.size = bits // 8

    def sign(self, name, value):
        info = bytes.fromhex(HASHES[name][1]) + value
        padded = b"\0\1" + b"\xff" * (self.size - 3 - len(info)) + b"\0" + info
        m = int.from_bytes(padded, "big")
        a, b = pow(m, self.dp, self.p), pow(m, self.dq, self.q)
        return b + (a - b) * self.qinv % self.p * self.q


def mpi(n):
    return struct.pack(">H", n.bit_length()) + n.to_bytes((n.bit_length() + 7) // 8, "big")


def packet(tag, body, length=None):
    """With a length of five bytes; length gives another one than the body's."""
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body) if length is None else length) + body


def sub(kind, body, critical=False):
    return bytes([len(body) + 1, kind | (0x80 if critical else 0)]) + body


def number(n):
    return struct.pack(">I", n)


class Key:
    """One key or subkey. Two with the same numbers and another date are different keys."""

    def __init__(self, numbers, created):
        self.numbers = numbers
        self.created = created
        self.body = b"\4" + number(created) + bytes([RSA]) + mpi(numbers.n) + mpi(numbers.e)
        self.hashed = b"\x99" + struct.pack(">H", len(self.body)) + self.body
        self.fingerprint = hashlib.sha1(self.hashed).digest()
        self.id = self.fingerprint[-8:]
        self.hex = self.fingerprint.hex().upper()


def signature(key, kind, data, when, hash_name="sha256", hashed=b"", unhashed=None, version=4,
              created=True, tamper=None, algorithm=RSA, expected_mpi=None):
    """The packet of a signature of that kind over data (which is hashed as it is)."""
    code = HASHES[hash_name][0]
    if version == 3:
        head = bytes([kind]) + number(when)
        value = digest(hash_name, data + head)
        body = b"\3\5" + head + key.id + bytes([algorithm, code]) + value[:2]
    else:
        area = (sub(CREATED, number(when)) if created else b"") + hashed
        head = bytes([version, kind, algorithm, code]) + struct.pack(">H", len(area)) + area
        value = digest(hash_name, data + head + bytes([version, 0xFF]) + number(len(head)))
        free = sub(ISSUER, key.id) if unhashed is None else unhashed
        body = head + struct.pack(">H", len(free)) + free + value[:2]
    signed = key.numbers.sign(hash_name, value) if expected_mpi is None else expected_mpi
    body += mpi(signed)
    return packet(2, tamper(body) if tamper else body)


def flags(*values):
    return sub(KEY_FLAGS, bytes([sum(values)]))


def uid_hash(key, uid):
    return key.hashed + b"\xb4" + number(len(uid)) + uid


def certificate(key, usage, when=None, extra=b"", before_uid=b"", subkeys=b""):
    """A primary with one user id that it signs itself."""
    uid = b"Somebody <somebody@example.org>"
    when = key.created if when is None else when
    return (packet(6, key.body) + before_uid + packet(13, uid) +
            signature(key, 0x13, uid_hash(key, uid), when, "sha512", flags(*usage) + extra) +
            subkeys)


def subkey(primary, key, usage, back=True, signer=None, revoked=None, hashed=b""):
    """A subkey of primary, with the signature by it that a signing one needs; signer: who says that
    it belongs to primary."""
    data = primary.hashed + key.hashed
    area = flags(*usage) + hashed
    if back:
        inner = signature(key, 0x19, data, key.created, "sha512")[6:]
        size = len(inner) + 1
        area += b"\xff" + number(size) + bytes([EMBEDDED]) + inner
    out = packet(14, key.body)
    out += signature(signer or primary, 0x18, data, key.created, "sha512", area)
    if revoked is not None:
        out += signature(primary, 0x28, data, revoked, "sha512", sub(REASON, b"\2"))
    return out


def revocation(key, when, reason):
    area = b"" if reason is None else sub(REASON, bytes([reason]) + b"why")
    return signature(key, 0x20, key.hashed, when, "sha512", area)


def crc24(data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def armor(data, kind="PGP SIGNATURE", crc=None, headers=b""):
    """crc: None for the right one, False for none, or what to write."""
    text = base64.b64encode(data)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    out = b"-----BEGIN " + kind.encode() + b"-----\n" + headers + b"\n" + b"\n".join(lines) + b"\n"
    if crc is not False:
        value = crc24(data) if crc is None else crc
        out += b"=" + base64.b64encode(value.to_bytes(3, "big")) + b"\n"
    return out + b"-----END " + kind.encode() + b"-----\n"


def canonical(text):
    """What a signature of a clearsigned text covers."""
    lines = [line.rstrip(b" \t\r") for line in text.split(b"\n")]
    return b"\r\n".join(lines)


def clearsigned(text, packets, headers=b"Hash: SHA256\n", escape=True, end=b"\n"):
    """text has no line end at its end: that is not signed."""
    lines = text.split(b"\n")
    if escape:
        lines = [b"- " + line if line.startswith(b"-") else line for line in lines]
    return (b"-----BEGIN PGP SIGNED MESSAGE-----\n" + headers + b"\n" + b"\n".join(lines) + end +
            armor(packets))
