#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed documents, each wrong in one way, for tests/trust_pgp.sh: pgp_cases.py DIRECTORY

Each case is a directory of its own with doc, perhaps sig, and key.gpg. DIRECTORY/cases has a line
for each: number|expected|name|words. What is expected:

    accept    a genuine signature of the pinned key over exactly this document
    genuine   the same, though gpgv refuses it: for what stands beside it, or what came later
    reject    so does gpgv
    strict    rejected here, though gpgv takes it
    any       rejected here, whatever gpgv does with it
    mutation  perhaps harmless; not to be taken unless gpgv takes it

words are an extended regular expression for the reason.
"""
import os
import random
import sys
import time
import zlib

from pgp_packets import *

NOW = int(time.time())
DAY = 86400
YEAR = 365 * DAY
BORN = 1420070400  # 2015-01-01
DATED = NOW - 30 * DAY
DOC = (b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  root.tar.xz\n"
       b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad *other.tar.xz\n")
OTHER_DOC = DOC.replace(b"e3b0", b"0000")
TEXT = DOC.rstrip(b"\n")

strong, second, weak = Numbers(2048), Numbers(2048), Numbers(1024)
main = Key(strong, BORN)
stranger = Key(second, BORN)
MAIN = certificate(main, [CERTIFY, SIGN])
STRANGER = certificate(stranger, [CERTIFY, SIGN])


class Cases:
    def __init__(self, directory):
        self.directory = directory
        self.lines = []

    def add(self, expected, name, words, doc, sig=None, key=MAIN, pin=main):
        path = os.path.join(self.directory, str(len(self.lines)))
        os.mkdir(path)
        for file, data in (("doc", doc), ("sig", sig), ("key.gpg", key), ("pin", pin.hex.encode())):
            if data is not None:
                with open(os.path.join(path, file), "wb") as out:
                    out.write(data)
        assert "|" not in name
        self.lines.append(f"{len(self.lines)}|{expected}|{name}|{words}")

    def write(self):
        with open(os.path.join(self.directory, "cases"), "w", encoding="utf-8") as out:
            out.write("\n".join(self.lines) + "\n")


def good(doc=DOC, when=DATED, **options):
    return signature(main, 0, doc, when, **options)


def text_signature(text=TEXT, key=main, kind=1, when=DATED, **options):
    return signature(key, kind, canonical(text), when, **options)


def genuine(cases):
    add = cases.add
    for name in ("sha256", "sha384", "sha512"):
        add("accept", f"genuine, {name}", "", DOC, good(hash_name=name))
    add("accept", "genuine, armoured", "", DOC, armor(good()))
    add("accept", "genuine, armoured with headers", "", DOC, armor(good(), headers=b"Comment: x\n"))
    add("accept", "genuine, armour without checksum", "", DOC, armor(good(), crc=False))
    add("accept", "genuine, CRLF in the armour", "", DOC, armor(good()).replace(b"\n", b"\r\n"))
    add("accept", "genuine, empty document", "", b"", good(b""))
    add("accept", "genuine, document of 3 MB", "", DOC * 20000, good(DOC * 20000))
    add("accept", "genuine, of half a day hence", "", DOC, good(when=NOW + DAY // 2))
    add("accept", "genuine, expires next year", "", DOC, good(hashed=sub(EXPIRES, number(YEAR))))
    add("accept", "genuine, unknown subpacket", "", DOC, good(hashed=sub(60, b"x")))
    add("accept", "genuine, unknown notation", "", DOC, good(hashed=notation(False)))
    add("accept", "genuine beside a stranger's", "", DOC, signature(stranger, 0, DOC, DATED) + good())
    add("genuine", "genuine beside a wrong one", "", DOC, good(OTHER_DOC) + good())
    add("accept", "genuine beside a SHA-1 one", "", DOC, good(hash_name="sha1") + good())
    add("accept", "16 signatures", "", DOC, signature(stranger, 0, DOC, DATED) * 15 + good())

    add("accept", "genuine clearsigned", "", clearsigned(TEXT, text_signature()))
    add("accept", "genuine clearsigned, sha512", "",
        clearsigned(TEXT, text_signature(hash_name="sha512"), b"Hash: SHA512\n"))
    large = b"\n".join([TEXT] * 18000)
    add("accept", "genuine clearsigned, of 3 MB", "", clearsigned(large, text_signature(large)))
    add("accept", "genuine clearsigned, CRLF", "",
        clearsigned(TEXT, text_signature()).replace(b"\n", b"\r\n"))
    dashes = b"- a\n-----BEGIN x-----\n" + TEXT
    add("accept", "genuine clearsigned, dashes", "", clearsigned(dashes, text_signature(dashes)))
    add("accept", "genuine clearsigned, blanks at the ends of lines", "",
        clearsigned(TEXT.replace(b"\n", b" \t\n"), text_signature()))
    add("accept", "genuine clearsigned, two signers", "",
        clearsigned(TEXT, text_signature(key=stranger) + text_signature()))
    add("accept", "genuine clearsigned, blank lines behind", "",
        clearsigned(TEXT, text_signature()) + b"\n \n")


def notation(critical):
    name, value = b"x@example.org", b"y"
    body = number(0x80000000) + struct.pack(">HH", len(name), len(value)) + name + value
    return sub(NOTATION, body, critical)


def content(cases):
    changed = "is wrong: what was signed has been changed"
    for name, doc in {
            "first byte changed": b"f" + DOC[1:],
            "a digit changed": DOC.replace(b"44298", b"44299"),
            "last byte changed": DOC[:-1] + b" ",
            "last byte missing": DOC[:-1],
            "a byte more": DOC + b"\n",
            "a line more": DOC + DOC[:80],
            "a line less": DOC.split(b"\n", 1)[1],
            "lines exchanged": b"\n".join(reversed(TEXT.split(b"\n"))) + b"\n",
            "line ends changed": DOC.replace(b"\n", b"\r\n"),
            "emptied": b"",
            "doubled": DOC * 2,
            "another document": OTHER_DOC,
            "a NUL in front": b"\0" + DOC,
    }.items():
        cases.add("reject", f"document: {name}", changed, doc, good())


def flip(offset, bit=1):
    def change(body):
        return body[:offset] + bytes([body[offset] ^ bit]) + body[offset + 1:]
    return change


def signature_bytes(cases):
    add = cases.add
    end = len(good()) - 6
    left = end - 258 - 2
    for name, offset in {
            "version": 0, "type": 1, "key algorithm": 2, "hash algorithm": 3,
            "length of the hashed area": 5, "time of creation": 11, "length of the unhashed area": 13,
            "issuer": 20, "length of the number": left + 2,
            "first byte of the number": left + 4, "middle of the number": left + 120,
            "last byte of the number": end - 1,
    }.items():
        add("reject", f"signature: {name} changed", "", DOC, good(tamper=flip(offset)))
    add("strict", "signature: left bits of the hash changed", "wrong", DOC, good(tamper=flip(left)))
    whole = good()
    for i in range(1, 10):
        add("reject", f"signature: cut after {i} tenths", "damaged", DOC, whole[:len(whole) * i // 10])
    armoured = armor(good())
    for i in range(1, 10):
        add("reject", f"armour: cut after {i} tenths", "BEGIN|END|base64|head|damaged|no detached", DOC,
            armoured[:len(armoured) * i // 10])
    add("reject", "signature: the number is 0", "", DOC, good(expected_mpi=0))
    add("reject", "signature: the number is 1", "", DOC, good(expected_mpi=1))
    add("reject", "signature: the number is the modulus", "", DOC, good(expected_mpi=strong.n))
    add("reject", "signature: the number is one less", "", DOC, good(expected_mpi=strong.n - 1))
    add("reject", "signature: of another document", "changed", DOC, good(OTHER_DOC))
    add("reject", "signature: empty", "no detached signature", DOC, b"")
    add("reject", "signature: zeros", "no detached signature", DOC, bytes(300))
    add("reject", "signature: a web page", "no detached signature", DOC, b"<html>404</html>\n")
    add("reject", "signature: the document itself", "no detached signature", DOC, DOC)
    add("reject", "signature: the key itself", "something else", DOC, MAIN)
    add("strict", "signature: rubbish behind it", "damaged|something else", DOC, good() + b"\0\0\0")
    add("reject", "armour: empty", "base64", DOC, b"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n")
    add("strict", "armour: of another kind", "no detached", DOC, armor(good(), "PGP MESSAGE"))
    add("strict", "armour: two blocks", "behind the end", DOC, armor(good()) + armor(good()))
    add("strict", "armour: text behind it", "behind the end", DOC, armor(good()) + b"text\n")
    add("strict", "armour: text before it", "no detached", DOC, b"text\n" + armor(good()))


def kinds(cases):
    words = "something else than a file|cannot be read|is wrong|not among"
    for kind in (0x02, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1F, 0x20, 0x28, 0x30, 0x40, 0x50):
        cases.add("reject", f"type {kind:#04x} over the document", words, DOC,
                  signature(main, kind, DOC, DATED))
    cases.add("strict", "type 0x01 (text), detached", "text", DOC,
              signature(main, 1, canonical(DOC), DATED))
    uid = b"Somebody <somebody@example.org>"
    cases.add("reject", "the key's signature of itself, over what it covers", words,
              uid_hash(main, uid), signature(main, 0x13, uid_hash(main, uid), BORN))


def subpackets(cases):
    add = cases.add
    add("reject", "no time of creation", "", DOC, good(created=False))
    add("reject", "time of creation not signed", "", DOC,
        good(created=False, unhashed=sub(CREATED, number(DATED)) + sub(ISSUER, main.id)))
    add("reject", "no issuer", "not among|wrong", DOC, good(unhashed=b""))
    add("reject", "a stranger's issuer", "not among|wrong", DOC, good(unhashed=sub(ISSUER, stranger.id)))
    add("reject", "critical unknown subpacket", "", DOC, good(hashed=sub(60, b"x", True)))
    add("reject", "critical unknown notation", "", DOC, good(hashed=notation(True)))
    add("reject", "expired an hour after", "expired", DOC, good(hashed=sub(EXPIRES, number(3600))))
    add("strict", "of the day after tomorrow", "future", DOC, good(when=NOW + 2 * DAY))
    add("strict", "of ten years hence", "future", DOC, good(when=NOW + 10 * YEAR))
    add("reject", "older than its key", "wrong", DOC, good(when=BORN - DAY))


def algorithms(cases):
    add = cases.add
    for name, how in {"md5": "reject", "sha1": "strict", "ripemd160": "strict", "sha224": "strict"}.items():
        add(how, f"hash {name}", "weak hash|wrong", DOC, good(hash_name=name))
    add("strict", "hash sha1, of 2016", "weak hash", DOC, good(hash_name="sha1", when=BORN + YEAR))
    old = Key(strong, 1262304000)
    add("reject", "hash md5, of 2011", "weak hash|wrong", DOC,
        signature(old, 0, DOC, 1262304000 + YEAR, "md5"), certificate(old, [CERTIFY, SIGN]), old)
    small = Key(weak, BORN)
    add("strict", "RSA of 1024 bits", "1024 bits", DOC, signature(small, 0, DOC, DATED),
        certificate(small, [CERTIFY, SIGN]), small)
    add("strict", "version 3", "version 3", DOC, good(version=3))
    for version in (5, 6):
        other = good(version=version)
        add("reject", f"version {version}", "", DOC, other)


def other_keys(cases):
    add = cases.add
    strangers = signature(stranger, 0, DOC, DATED)
    add("reject", "by a stranger", "not among", DOC, strangers)
    add("reject", "by a stranger whose key is there", "not accepted for this", DOC, strangers, MAIN + STRANGER)
    twin = Key(strong, BORN + 1)
    add("reject", "by the same numbers of another date", "not accepted|not among", DOC,
        signature(twin, 0, DOC, DATED), MAIN + certificate(twin, [CERTIFY, SIGN]))
    add("reject", "by a stranger who says it is the key", "wrong", DOC,
        signature(stranger, 0, DOC, DATED, unhashed=sub(ISSUER, main.id)))

    signing, crypting = Key(second, BORN + DAY), Key(second, BORN + 2 * DAY)
    by_subkey = signature(signing, 0, DOC, DATED)
    with_subkey = certificate(main, [CERTIFY], subkeys=subkey(main, signing, [SIGN]))
    add("accept", "by a signing subkey", "", DOC, by_subkey, with_subkey)
    add("accept", "by a signing subkey that is pinned itself", "", DOC, by_subkey, with_subkey, signing)
    add("reject", "by the primary where only the subkey is pinned", "not accepted", DOC, good(),
        certificate(main, [CERTIFY, SIGN], subkeys=subkey(main, signing, [SIGN])), signing)
    add("reject", "by a primary that only certifies", "not for signing|wrong", DOC, good(), with_subkey)
    add("reject", "by a subkey that only encrypts", "not for signing|wrong", DOC,
        signature(crypting, 0, DOC, DATED),
        certificate(main, [CERTIFY, SIGN], subkeys=subkey(main, crypting, [ENCRYPT], back=False)))
    add("reject", "by a subkey that did not agree", "", DOC, by_subkey,
        certificate(main, [CERTIFY, SIGN], subkeys=subkey(main, signing, [SIGN], back=False)))
    add("reject", "by a subkey that a stranger attached", "", DOC, by_subkey,
        certificate(main, [CERTIFY, SIGN], subkeys=subkey(main, signing, [SIGN], signer=stranger)))
    add("reject", "by a subkey that nobody attached", "", DOC, by_subkey, MAIN + packet(14, signing.body))
    add("reject", "by a revoked subkey", "revoked|wrong", DOC, by_subkey,
        certificate(main, [CERTIFY], subkeys=subkey(main, signing, [SIGN], revoked=BORN + YEAR)))


def validity(cases):
    add = cases.add
    for name, reason in {"compromised": 2, "superseded": 1, "retired": 3, "without a reason": None}.items():
        add("reject", f"key revoked before, {name}", "revoked|wrong", DOC, good(),
            certificate(main, [CERTIFY, SIGN], before_uid=revocation(main, BORN + YEAR, reason)))
        add("reject", f"key revoked since, {name}", "revoked|wrong", DOC, good(),
            certificate(main, [CERTIFY, SIGN], before_uid=revocation(main, NOW - DAY, reason)))
    expiry = certificate(main, [CERTIFY, SIGN], extra=sub(KEY_EXPIRES, number(YEAR)))
    add("reject", "made after the key's expiry", "wrong", DOC, good(), expiry)
    add("genuine", "made before the key's expiry", "", DOC, good(when=BORN + DAY), expiry)


def shapes(cases):
    add = cases.add
    one_pass = packet(4, bytes([3, 0, 8, RSA]) + main.id + b"\1")
    literal = packet(11, b"b\0" + number(0) + DOC)
    message = one_pass + literal + good()
    squeezed = packet(8, b"\1" + zlib.compress(message)[2:-4])
    add("reject", "17 signatures", "more than 16", DOC, signature(stranger, 0, DOC, DATED) * 17)
    add("strict", "17 signatures, a genuine one last", "more than 16", DOC,
        signature(stranger, 0, DOC, DATED) * 16 + good())
    add("strict", "a signature of 70 kB", "larger than 64", DOC,
        good() + packet(2, b"\4" + bytes(70000)))
    add("reject", "a signature beside a literal packet", "something else", DOC, good() + literal)
    add("strict", "compressed signature", "something else", DOC,
        packet(8, b"\1" + zlib.compress(good())[2:-4]))
    add("reject", "a whole message as the signature", "something else", DOC, message)
    add("strict", "a marker packet before it", "something else", DOC, packet(10, b"PGP") + good())
    add("reject", "partial lengths", "damaged", DOC, b"\xc2\xe8" + good()[6:262] + bytes([len(good()) - 262]) + good()[262:])
    add("reject", "indeterminate length", "damaged", DOC, b"\x8b" + good()[6:])
    add("strict", "length beyond the end", "damaged", DOC, packet(2, good()[6:], 5000))
    # Messages in place of the document: none is a clearsigned text.
    not_signed = "it is not signed"
    add("reject", "message that nobody signed", not_signed, literal)
    add("strict", "signed message", not_signed, message)
    add("strict", "signed message, compressed", not_signed, squeezed)
    add("strict", "signed message, armoured", not_signed, armor(message, "PGP MESSAGE"))
    bomb = packet(11, b"b\0" + number(0) + bytes(32 << 20))
    add("reject", "message that grows a thousandfold", not_signed,
        packet(8, b"\1" + zlib.compress(bomb, 9)[2:-4]))


def clear(cases):
    add = cases.add
    whole = clearsigned(TEXT, text_signature())
    changed = "is wrong: what was signed has been changed"
    begin = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
    for name, doc in {
            "a digit changed": whole.replace(b"44298", b"44299"),
            "a line more": whole.replace(b"\n\ne3b0", b"\n\nHASH  evil\ne3b0"),
            "a line more at the end": whole.replace(b"\n-----BEGIN PGP SIG", b"\nx\n-----BEGIN PGP SIG"),
            "an empty line more": whole.replace(b"\n\ne3b0", b"\n\n\ne3b0"),
            "a line less": whole.replace(b"\n" + TEXT.split(b"\n")[1], b""),
            "no text": clearsigned(b"", text_signature()),
            "another document": clearsigned(OTHER_DOC.rstrip(b"\n"), text_signature()),
            "form feed": whole.replace(b"root.tar.xz", b"root.tar.xz\f"),
            "vertical tab": whole.replace(b"root.tar.xz", b"root.tar.xz\v"),
            "a blank in a line": whole.replace(b"  root", b"   root"),
            "a blank before a line": whole.replace(b"\n\ne3b0", b"\n\n e3b0"),
            "dashes not taken away": clearsigned(b"- " + TEXT, text_signature()),
    }.items():
        add("reject", f"clearsigned: {name}", changed, doc)
    for name, doc, words, how in (
            ("text before it", b"evil\n" + whole, "it is not signed", "strict"),
            ("empty line before it", b"\n" + whole, "it is not signed", "strict"),
            ("byte order mark", b"\xef\xbb\xbf" + whole, "it is not signed", "any"),
            ("blank behind BEGIN", whole.replace(begin, begin[:-1] + b" \n"), "begin", "any"),
            ("text in the head", whole.replace(b"SHA256\n", b"SHA256\nevil\n"), "head", "any"),
            ("comment in the head", whole.replace(b"SHA256\n", b"SHA256\nComment: evil\n"), "head", "any"),
            ("list in the head", whole.replace(b"SHA256\n", b"SHA256\n" + OTHER_DOC), "head", "any"),
            ("Hash: with more", whole.replace(b"SHA256\n", b"SHA256 = evil\n"), "head", "any"),
            ("blanks for the empty line", whole.replace(b"SHA256\n\n", b"SHA256\n  \n"), "head", "any"),
            ("text behind it", whole + b"evil\n", "behind the end", "any"),
            ("list behind it", whole + OTHER_DOC, "behind the end", "any"),
            ("twice", whole + whole, "behind the end", "any"),
            ("another one behind it",
             whole + clearsigned(b"evil", text_signature(b"evil", stranger)), "behind the end", "any"),
            ("one within the other", whole.replace(b"\n\n", b"\n\n" + begin + b"\n", 1),
             "another block", "reject"),
            ("a NUL", whole.replace(b"root", b"ro\0ot"), "NUL", "any"),
            ("a NUL behind it", whole + b"\0", "NUL", "any"),
            ("dash not escaped", clearsigned(b"-x\n" + TEXT, text_signature(b"-x\n" + TEXT), escape=False),
             "another block", "any"),
            ("no signature", whole[:whole.index(b"-----BEGIN PGP SIGNATURE")], "cut short", "reject"),
            ("empty signature", whole[:whole.index(b"\n\n", 60) + 2] + b"-----END PGP SIGNATURE-----\n",
             "", "reject"),
            ("signed by a stranger", clearsigned(TEXT, text_signature(key=stranger)), "not among", "reject"),
            ("version 3", clearsigned(TEXT, text_signature(version=3)), "version 3", "any"),
            ("hash sha1", clearsigned(TEXT, text_signature(hash_name="sha1"), b"Hash: SHA1\n"),
             "weak hash", "strict"),
            ("hash md5", clearsigned(TEXT, text_signature(hash_name="md5"), b"Hash: MD5\n"),
             "weak hash|wrong", "reject"),
            ("of ten years hence", clearsigned(TEXT, text_signature(when=NOW + 10 * YEAR)), "future", "strict"),
            ("type 0x02", clearsigned(TEXT, text_signature(kind=2)), "", "reject"),
            ("type 0x10", clearsigned(TEXT, text_signature(kind=0x10)), "", "reject"),
            ("17 signatures", clearsigned(TEXT, text_signature(key=stranger) * 16 + text_signature()),
             "more than 16", "strict"),
            ("a literal packet in the signature", clearsigned(TEXT, text_signature() + packet(11, b"b\0\0\0\0\0x")),
             "something else", "any"),
            ("a key in the signature", clearsigned(TEXT, STRANGER + text_signature()), "something else", "any")):
        add(how, f"clearsigned: {name}", words, doc)
    for i in range(1, 10):
        add("reject", f"clearsigned: cut after {i} tenths", "", whole[:len(whole) * i // 10])
    add("reject", "clearsigned: larger than 4 MiB", "not signed", clearsigned(DOC * 30000, b"\xc2\0"))


def mutations(cases, n):
    """Random changes of a genuine signature and text: nobody may take what gpgv does not."""
    chance = random.Random(20261125)
    for i in range(n):
        whole = bytearray(clearsigned(TEXT, text_signature()) if i % 2 else good())
        for _ in range(chance.randint(1, 3)):
            whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        if i % 2:
            cases.add("mutation", f"mutation {i} of a clearsigned text", "", bytes(whole))
        else:
            cases.add("mutation", f"mutation {i} of a signature", "", DOC, bytes(whole))


def make(directory, n_mutations):
    cases = Cases(directory)
    for group in (genuine, content, signature_bytes, kinds, subpackets, algorithms, other_keys, validity,
                  shapes, clear):
        group(cases)
    mutations(cases, n_mutations)
    cases.write()


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
