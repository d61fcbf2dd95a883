"""A time-stamp authority of one machine, made with openssl: certificates, replies, and a server on the loopback interface."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test Stamp Root
[ca_ext]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa_ext]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {place}/serial
crypto_device = builtin
signer_cert = {place}/tsa.pem
signer_key = {place}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha512
accuracy = secs:1
clock_precision_digits = 0
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers queries; `ca` is the certificate to trust."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        self.ca = place / "ca.pem"
        self.config = place / "openssl.cnf"
        self.config.write_text(CONFIG.format(place=place.as_posix()))
        (place / "serial").write_text("01\n")
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                      "-config", "openssl.cnf", "-extensions", "ca_ext")  # fmt: skip
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj",
                      "/CN=Test Stamp Authority", "-config", "openssl.cnf")  # fmt: skip
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7", "-days", "3650",
                      "-extfile", "openssl.cnf", "-extensions", "tsa_ext", "-out", "tsa.pem")  # fmt: skip

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.place, check=True, capture_output=True)

    def reply(self, query: bytes, *more: str) -> bytes:
        """The reply to a query, as openssl makes it."""
        (self.place / "in.tsq").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "openssl.cnf", "-queryfile", "in.tsq", "-out", "out.tsr", *more)
        return (self.place / "out.tsr").read_bytes()

    def verifies(self, reply: Path, data: Path) -> bool:
        """What `openssl ts -verify` says of a reply about a file."""
        command = ["openssl", "ts", "-verify", "-in", str(reply), "-data", str(data), "-CAfile", str(self.ca)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    @contextmanager
    def serving(self, *, instead: tuple[int, bytes] | None = None) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
        """Its address on the loopback interface, and what it was asked (type, body). `instead` is said to everybody."""
        asked: list[tuple[str, bytes]] = []
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.headers["Content-Type"], body))
                status, answer = instead or (200, authority.reply(body))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", answer.decode())
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_said: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa", asked
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
