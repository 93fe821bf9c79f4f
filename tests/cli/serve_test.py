"""`detoy serve` and `detoy keys` as users run them: real processes, real sockets."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

DETOY = os.environ["DETOY"]
TAKE = {
    "checks": [
        {"key": "user-7", "rule": {"name": "login", "algorithm": "token_bucket", "limit": 5, "period_ms": 3600000}}
    ]
}


class Server:
    """A running `detoy serve` in a folder, on a free port."""

    def __init__(self, folder, *arguments, scheme="http", environment=None):
        self.process = subprocess.Popen(
            [DETOY, "serve", "--port", "0", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ, **(environment or {})),
        )
        self.told = self.process.stdout.readline()
        found = re.search(scheme + r"://[0-9.]+:(\d+)", self.told)
        assert found, self.told + self.process.stderr.read()
        self.port = int(found.group(1))

    def new_key(self):
        """The key that the first start tells; reads on until it comes."""
        for line in self.process.stdout:
            found = re.search(r"^ +(detoy_[0-9a-f]{40})$", line.rstrip())
            if found:
                return found.group(1)
        return None

    def call(self, key, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
            connection.request("POST", "/v1/" + path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.close()
        return status

    def close(self):
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()


def detoy(*arguments, folder, environment=None):
    return subprocess.run(
        [DETOY, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=dict(os.environ, **(environment or {})),
    )


class Serve(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, *arguments):
        server = Server(self.folder, *arguments)
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server

    def test_the_first_start_tells_a_key_and_how_to_use_it(self):
        server = self.start()
        key = server.new_key()
        self.assertTrue((self.folder / "detoy.db").exists())
        command = ""
        for line in server.process.stdout:
            command += line.rstrip().rstrip("\\") + " "
            if "-d '" in line:
                break
        self.assertIn(f"127.0.0.1:{server.port}/v1/rate_limit/take", command)
        self.assertIn(f"Authorization: Bearer {key}", command)
        body = json.loads(re.search(r"-d '(.*)'", command).group(1))
        status, answer = server.call(key, "rate_limit/take", body)
        self.assertEqual(status, 200)
        self.assertTrue(answer["allowed"])
        self.assertEqual(server.stop(), 0)

    def test_what_was_acknowledged_survives_a_kill(self):
        server = self.start()
        key = server.new_key()
        remaining = None
        for _ in range(3):
            remaining = server.call(key, "rate_limit/take", TAKE)[1]["verdicts"][0]["remaining"]
        job = server.call(key, "job/enqueue", {"queue": "mail", "payload": "hello"})[1]["id"]
        server.kill()
        again = self.start()
        status, answer = again.call(key, "rate_limit/peek", dict(TAKE, cost=1))
        self.assertEqual(status, 200)
        self.assertEqual(answer["verdicts"][0]["remaining"], remaining - 1)
        claim = again.call(key, "job/claim", {"queue": "mail", "worker": "w", "lease_ms": 1000})[1]
        self.assertEqual([(j["id"], j["payload"]) for j in claim["jobs"]], [(job, "hello")])
        self.assertEqual(again.stop(), 0)

    def test_two_instances_on_one_store_are_one(self):
        first = self.start()
        key = first.new_key()
        second = self.start()
        ask = {"name": "invoices", "lease_ms": 60000}
        self.assertTrue(first.call(key, "lock/acquire", dict(ask, owner="a"))[1]["granted"])
        self.assertFalse(second.call(key, "lock/acquire", dict(ask, owner="b"))[1]["granted"])
        left = [s.call(key, "rate_limit/take", TAKE)[1]["verdicts"][0]["remaining"] for s in (first, second, first)]
        self.assertEqual(left, [4, 3, 2])
        for server in (first, second):
            self.assertEqual(server.stop(), 0)

    def test_without_its_redis_it_serves_and_says_so(self):
        server = self.start("--redis", "unix:" + str(self.folder / "nowhere"), "--when-redis-gone", "rate_limit=allow")
        self.assertIn(", Redis", server.told)
        key = server.new_key()
        left = [server.call(key, "rate_limit/take", TAKE)[1]["verdicts"][0]["remaining"] for _ in range(2)]
        self.assertEqual(left, [4, 4])
        self.assertEqual(server.call(key, "lock/acquire", {"name": "a", "owner": "b", "lease_ms": 1000})[0], 503)
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(timeout=30), 0)
        self.assertIn("Redis cannot be reached", server.process.stderr.read())
        server.close()

    def test_what_cannot_be_is_one_line_and_a_status(self):
        server = self.start()
        cases = [
            (("serve", "--store", "mysql://x"), 2, "sqlite:PATH or postgres://"),
            (("serve", "--store", "sqlite:/no/such/folder/detoy.db"), 3, "/no/such/folder/detoy.db"),
            (("serve", "--port", str(server.port)), 3, f"127.0.0.1:{server.port}"),
            (("serve", "--address", "nowhere", "--port", "0"), 2, "nowhere"),
            (("serve", "--redis", "http://:secret@h"), 2, "redis://USER:PASSWORD@HOST"),
            (("serve", "--redis", "redis://h", "--when-redis-gone", "lock=allow"), 2, "lock can refuse"),
            (("serve", "--redis", "redis://h", "--redis-keeps", "job"), 2, "job: Redis may keep rate_limit"),
            (("serve", "--when-redis-gone", "cache=allow"), 2, "need redis"),
            (("keys", "remove", "nobody"), 2, "nobody"),
            (("keys", "add", "k", "--primitive", "teapot"), 2, "teapot"),
        ]
        for arguments, status, told in cases:
            done = detoy(*arguments, folder=self.folder)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            lines = done.stderr.strip().splitlines()
            self.assertEqual(len(lines), 1, done.stderr)
            self.assertTrue(lines[0].startswith("detoy: "), lines)
            self.assertIn(told, lines[0])
            self.assertNotIn("secret", lines[0])
        bounds = detoy("serve", folder=self.folder, environment={"DETOY_PORT": "70000"})
        self.assertEqual(bounds.returncode, 2)
        self.assertIn("65535", bounds.stderr)

    def test_keys_are_made_listed_and_removed(self):
        made = detoy("keys", "add", "shop", "--tenant", "acme", "--primitive", "lock", folder=self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        key = made.stdout.strip()
        self.assertRegex(key, r"^detoy_[0-9a-f]{40}$")
        # The store may be named before or behind what is to be done.
        twice = detoy("keys", "add", "shop", "--store", "sqlite:detoy.db", folder=self.folder)
        self.assertEqual((twice.returncode, twice.stdout), (2, ""))
        server = self.start()
        self.assertEqual(server.call(key, "lock/release", {"name": "a", "token": 1})[0], 200)
        self.assertEqual(server.call(key, "cache/get", {"key": "a"})[0], 403)
        self.assertEqual(detoy("keys", "list", folder=self.folder).stdout, "shop  tenant acme  lock\n")
        self.assertEqual(detoy("keys", "remove", "shop", folder=self.folder).returncode, 0)
        self.assertEqual(detoy("keys", "list", folder=self.folder).stdout, "")
        self.assertEqual(server.stop(), 0)
        # The key is nowhere in the file.
        for path in self.folder.iterdir():
            self.assertNotIn(key.encode(), path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main()
