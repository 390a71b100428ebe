"""Holds signatures against public keys with Python's `cryptography`.

Reads lines of `stem algorithm salt`, writes lines of `stem verdict`: ok, wrong, or unknown for what it cannot check.
A signature is ok when the message verifies and the message with one bit changed does not.
"""

import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def arguments(algorithm, salt):
    """What `verify` takes behind signature and message."""
    if not algorithm.startswith(("RSA", "ECDSA")):
        return ()
    digest = HASHES[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(digest),)
    if algorithm.startswith("RSA_PSS"):
        return (padding.PSS(mgf=padding.MGF1(digest), salt_length=int(salt)), digest)
    return (padding.PKCS1v15(), digest)


def verifies(key, signature, message, more):
    try:
        key.verify(signature, message, *more)
        return True
    except InvalidSignature:
        return False


def verdict(folder, message, stem, algorithm, salt):
    try:
        key = load_pem_public_key((folder / f"{stem}.pem").read_bytes())
    except (UnsupportedAlgorithm, ValueError):
        return "unknown"
    signature = (folder / f"{stem}.sig").read_bytes()
    spoilt = bytes([message[0] ^ 1]) + message[1:]
    more = arguments(algorithm, salt)
    right = verifies(key, signature, message, more) and not verifies(key, signature, spoilt, more)
    return "ok" if right else "wrong"


def main():
    folder, message = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
    for line in sys.stdin:
        stem, algorithm, salt = line.split()
        print(stem, verdict(folder, message, stem, algorithm, salt))


main()
