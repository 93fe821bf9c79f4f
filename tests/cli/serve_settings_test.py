"""Settings of `detoy serve` as users give them, and TLS: real processes, real certificates."""

import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

from serve_test import Server, detoy


def make_certificate(folder, name):
    """A self-signed certificate for 127.0.0.1 and its key, in the files certificate.pem and key.pem."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out",
         "certificate.pem"],
        cwd=folder, check=True, capture_output=True, timeout=60)


def name_of_server(port, trusted):
    """Whom a client that trusts only this certificate file meets."""
    context = ssl.create_default_context(cafile=str(trusted))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            return dict(part[0] for part in secure.getpeercert()["subject"])["commonName"]


class InFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, *arguments, scheme="http", environment=None):
        server = Server(self.folder, *arguments, scheme=scheme, environment=environment)
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server

    def one_line(self, done, status):
        self.assertEqual(done.returncode, status, done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("detoy: "), lines)
        return lines[0]


class Settings(InFolder):
    def test_the_file_is_used_by_serve_and_keys(self):
        (self.folder / "serve.yaml").write_text("store: sqlite:other.db\nport: 7777\nbody_bytes: 2048\n")
        server = self.start("--config", "serve.yaml")
        key = detoy("keys", "--config", "serve.yaml", "add", "shop", folder=self.folder).stdout.strip()
        self.assertTrue((self.folder / "other.db").exists())
        self.assertFalse((self.folder / "detoy.db").exists())
        self.assertEqual(server.call(key, "cache/get", {"key": "a"})[0], 200)
        self.assertEqual(server.call(key, "cache/get", {"key": "a" * 3000})[0], 413)
        self.assertEqual(server.stop(), 0)

    def test_check_tells_the_settings_and_touches_nothing(self):
        (self.folder / "serve.yaml").write_text("port: 7777\nthreads: 3\n")
        done = detoy("serve", "--check", "--config", "serve.yaml", "--port", "0", folder=self.folder,
                     environment={"DETOY_STORE": "postgres://shop:hunter2@nowhere/shop"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("port: 0  # --port\n", done.stdout)
        self.assertIn("threads: 3  # serve.yaml:2\n", done.stdout)
        self.assertIn("# DETOY_STORE\n", done.stdout)
        self.assertIn("connections: 1024  # default\n", done.stdout)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["serve.yaml"])

    def test_what_check_prints_is_a_configuration_file(self):
        first = detoy("serve", "--check", "--threads", "3", folder=self.folder)
        (self.folder / "printed.yaml").write_text(first.stdout)
        again = detoy("serve", "--check", "--config", "printed.yaml", folder=self.folder)
        values = [[line.split("  #")[0] for line in done.stdout.splitlines()] for done in (first, again)]
        self.assertEqual(values[0], values[1])

    def test_wrong_settings_end_with_status_2_and_one_line(self):
        (self.folder / "serve.yaml").write_text("store: sqlite:a.db\nprot: 1\n")
        cases = [
            (("--config", "serve.yaml"), {}, ["serve.yaml:2", "prot", "port"]),
            (("--config", "nowhere.yaml"), {}, ["nowhere.yaml"]),
            (("--threads", "0"), {}, ["--threads", "'0'", "1024"]),
            ((), {"DETOY_BODY_BYTES": "many"}, ["DETOY_BODY_BYTES", "'many'", "1073741824"]),
            (("--tls-key", "k.pem"), {}, ["--tls-key", "tls_certificate"]),
            (("--tls-key", "k.pem", "--tls-certificate", "c.pem"), {}, ["c.pem", "No such file"]),
        ]
        for check in ((), ("--check",)):
            for arguments, environment, told in cases:
                done = detoy("serve", *check, *arguments, folder=self.folder, environment=environment)
                line = self.one_line(done, 2)
                for part in told:
                    self.assertIn(part, line)

    def test_an_address_that_others_reach_is_warned_of_without_tls(self):
        make_certificate(self.folder, "first")
        for arguments, warned in ((("--address", "0.0.0.0"), True), ((), False),
                                  (("--address", "0.0.0.0", "--tls-certificate", "certificate.pem", "--tls-key",
                                    "key.pem"), False)):
            server = self.start(*arguments, scheme="https" if "--tls-key" in arguments else "http")
            server.process.send_signal(signal.SIGTERM)
            log = server.process.stderr.read()
            self.assertEqual('"level":"warning"' in log, warned, log)
            server.close()


class Tls(InFolder):
    def setUp(self):
        super().setUp()
        make_certificate(self.folder, "first")

    def start_tls(self):
        return self.start("--tls-certificate", "certificate.pem", "--tls-key", "key.pem", scheme="https")

    def test_calls_are_made_over_tls(self):
        server = self.start_tls()
        key = server.new_key()
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=30, context=context)
        for _ in range(3):
            connection.request("POST", "/v1/cache/get", json.dumps({"key": "a"}),
                               {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
            response = connection.getresponse()
            self.assertEqual((response.status, json.loads(response.read())["found"]), (200, False))
        connection.close()
        self.assertEqual(server.stop(), 0)

    def log_line(self, server, message):
        for line in server.process.stderr:
            entry = json.loads(line)
            if entry["message"] == message:
                return entry
        self.fail(f"the log ended without: {message}")

    def test_a_hangup_signal_reads_the_certificate_again(self):
        server = self.start_tls()
        certificate = self.folder / "certificate.pem"
        self.assertEqual(name_of_server(server.port, certificate), "first")
        make_certificate(self.folder, "second")
        server.process.send_signal(signal.SIGHUP)
        self.log_line(server, "the certificate was read again")
        self.assertEqual(name_of_server(server.port, certificate), "second")
        good = certificate.read_bytes()
        certificate.write_text("nonsense")
        server.process.send_signal(signal.SIGHUP)
        told = self.log_line(server, "the certificate was not replaced")
        self.assertEqual(told["error"], "certificate.pem: is no certificate in PEM")
        certificate.write_bytes(good)
        self.assertEqual(name_of_server(server.port, certificate), "second")
        self.assertEqual(server.stop(), 0)

    def test_a_key_of_another_certificate_is_refused(self):
        (self.folder / "certificate.pem").rename(self.folder / "old.pem")
        make_certificate(self.folder, "second")
        done = detoy("serve", "--tls-certificate", "old.pem", "--tls-key", "key.pem", "--port", "0",
                     folder=self.folder)
        self.assertEqual(self.one_line(done, 2), "detoy: key.pem: is not the key of the certificate in old.pem")


if __name__ == "__main__":
    unittest.main()
