"""A running `detoy serve` under what strangers send: malformed HTTP, malformed JSON, well-formed calls that are wrong.

Whatever comes, the process lives and answers, with the statuses of docs/serve.md and never 500, and no answer tells of
another tenant, of files or of the store. Cases follow from DETOY_FUZZ_SEED and their number alone, so that one that fails can
be made again, as far as it does not depend on those before. DETOY_FUZZ_SECONDS says how long to go on in all (8),
DETOY_FUZZ_MEMORY_MB how much memory the server may use (600). Half of the time is for PostgreSQL if DETOY_TEST_POSTGRES is there.
"""

import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import postgres_store
import serve_bodies
import serve_http

DETOY = os.environ["DETOY"]
SEED = int(os.environ.get("DETOY_FUZZ_SEED", "1"))
SECONDS = float(os.environ.get("DETOY_FUZZ_SECONDS", "8"))
ENGINES = ["sqlite", "postgres"] if postgres_store.server() else ["sqlite"]
MEMORY_MB = int(os.environ.get("DETOY_FUZZ_MEMORY_MB", "600"))

REQUEST_TIME_MS = 1500
BODY_BYTES = 65536
# For an answer, on a machine that does other things too. Longer is a hang.
PATIENCE = 60
STATUSES = {200, 400, 401, 403, 404, 405, 409, 413, 415, 431, 503}
CANARY = "canary-7f3a9c51"
# Of files that a path could reach, and of messages of SQLite and PostgreSQL. No case sends any of these.
NEVER = [b"root:x:0", b"SQLSTATE", b"sqlite_", b"no such table", b"no such column", b"syntax error", b"UNIQUE constraint",
         b"constraint failed", b"unrecognized token", b"detoy_schema", b"INSERT INTO", b"pg_catalog", b"invalid byte sequence",
         b"SELECT ", b"violates", b"libpq", CANARY.encode()]


class Failure(Exception):
    pass


def require(good, what):
    if not good:
        raise Failure(what)


class Server:
    def __init__(self, folder, store):
        self.folder = folder
        self.store = store
        self.log = folder / "log"
        suffix = str(os.getpid())
        self.tenants = {"victim": "victim" + suffix, "attacker": "attacker" + suffix, "limited": "attacker" + suffix}
        self.keys = {name: self.add_key(name, tenant) for name, tenant in self.tenants.items()}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [DETOY, "serve", "--store", self.store, "--port", "0", "--threads", "8", "--connections", "200", "--request-time-ms",
                 str(REQUEST_TIME_MS), "--body-bytes", str(BODY_BYTES), "--upkeep-every-ms", "100"],
                cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline()).group(1))

    def add_key(self, name, tenant):
        only = ["--primitive", "lock"] if name == "limited" else []
        done = subprocess.run([DETOY, "keys", "--store", self.store, "add", f"{name}-{tenant}", "--tenant", tenant, *only],
                              cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
        require(done.returncode == 0, f"no key could be made: {done.stderr}")
        return done.stdout.strip()

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=PATIENCE)
        finally:
            self.process.kill()
            self.process.stdout.close()


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def receive_all(connection):
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


def responses(received):
    """(status, body) of each, in order; all that came must be whole responses."""
    found = []
    while received:
        head, separator, rest = received.partition(b"\r\n\r\n")
        line = re.match(rb"HTTP/1\.1 (\d{3}) [A-Za-z ]+(\r\n|$)", head)
        require(separator and line, f"no whole response: {received[:300]}")
        if line.group(1) == b"100":
            received = rest
            continue
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        require(length, f"no length: {head}")
        length = int(length.group(1))
        # What answers a HEAD has no body, whatever its length says.
        headless = rest == b"" or (len(rest) >= 5 and rest.startswith(b"HTTP/"))
        require(headless or len(rest) >= length, f"a body that is not whole: {received[:300]}")
        body, received = (b"", rest) if headless else (rest[:length], rest[length:])
        found.append((int(line.group(1)), head, body))
    return found


class Fuzz:
    def __init__(self, server):
        self.server = server
        self.statuses = {}
        self.connection = None
        self.slow = []
        self.routes = self.read_routes()
        self.plant()

    def look_at(self, answers, whose="attacker"):
        for status, head, body in answers:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            require(status in STATUSES, f"status {status}: {body[:500]}")
            for never in NEVER:
                require(whose == "victim" or (never not in body and never not in head), f"the answer has {never}: {body[:500]}")
            if body and b"Content-Type: text/plain" not in head:
                answer = json.loads(body)
                if status != 200 and b"problem+json" in head:
                    require(answer["status"] == status and len(answer["detail"]) < 1000, f"no good problem: {body[:500]}")

    def exchange(self, data, half_close=True):
        """All that is answered to these bytes on a connection of their own."""
        with connect(self.server) as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # It has closed already, with an answer.
            return responses(receive_all(connection))

    def call(self, path, body, key="attacker", authorization=None, content_type="application/json"):
        authorization = authorization if authorization is not None else "Bearer " + self.server.keys[key]
        head = (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Type: {content_type}\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        answers = self.exchange(head.encode() + body, half_close=False)
        require(len(answers) == 1, f"{len(answers)} answers to one call")
        self.look_at(answers, key)
        return answers[0][0], answers[0][2]

    def get(self, path):
        answers = self.exchange(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        require(len(answers) == 1, f"{path}: {len(answers)} answers")
        return answers[0][0], answers[0][2]

    def read_routes(self):
        described = json.loads(self.get("/openapi.json")[1])
        return [(path, of["post"]["requestBody"]["content"]["application/json"]["example"])
                for path, of in described["paths"].items() if "post" in of]

    def plant(self):
        """Gives the victim data under the names that the attacker will use, with the canary wherever text may stand."""
        for path, example in self.routes:
            for body in [example] + [serve_bodies.changed(example, at, CANARY) for at in serve_bodies.strings(example)]:
                for wait in serve_bodies.WAITS:
                    body = dict(body, **({wait: 0} if wait in body else {}))
                self.call(path, json.dumps(body).encode(), "victim")
        self.kept = json.dumps({"key": "kept", "value": CANARY, "keep_ms": 3_600_000_000}).encode()
        status, body = self.call("/v1/cache/set", self.kept, "victim")
        if status == 400:
            self.kept = json.dumps({"key": "kept", "value": CANARY, "keep_ms": 3_600_000}).encode()
            status, body = self.call("/v1/cache/set", self.kept, "victim")
        require(status == 200, f"the canary cannot be planted: {body}")

    def malformed_http(self, rng):
        data, most = rng.choice(serve_http.SHAPES)(rng)
        self.case = data
        answers = self.exchange(data)
        require(len(answers) <= most, f"{len(answers)} answers: one request was taken for several")
        self.look_at(answers)

    def wrong_call(self, rng):
        path, example = rng.choice(self.routes)
        make = rng.choice([serve_bodies.confused] * 4 + [serve_bodies.broken])
        body = make(rng, example)
        self.case = (path, body)
        status, answer = self.call(path, body)
        require(status != 503 or "wait_ms" in example or not self.server.store.startswith("sqlite:"), f"too busy for one caller: {answer}")
        if len(body) > BODY_BYTES:
            require(status == 413, f"a body of {len(body)} bytes got {status}")

    def oversized_call(self, rng):
        path, _ = rng.choice(self.routes)
        body = b" " * (BODY_BYTES + rng.choice([1, 1000, 3_000_000]))
        self.case = (path, len(body))
        require(self.call(path, body)[0] == 413, "a body beyond the bound was read")

    def stranger(self, rng):
        path, example = rng.choice(self.routes)
        keys = self.server.keys
        authorization = rng.choice(["", "Bearer", "Bearer ", "Bearer detoy_" + "0" * 40, "bearer", "Basic eDp5", "Bearer " + "a" * 3000,
                                    "Bearer " + keys["attacker"][:-1], "Bearer " + keys["attacker"] + "0", keys["attacker"],
                                    "Bearer " + keys["victim"].upper(), "Bearer ' OR '1'='1", "Bearer *", "Bearer \xff\xfe"])
        self.case = (path, authorization)
        require(self.call(path, json.dumps(example).encode(), authorization=authorization)[0] == 401, "a wrong key was taken")
        if not path.startswith("/v1/lock/"):
            # What a unit is for, its calls tell: it is refused for one of them.
            body, status = (json.dumps(example).encode(), 400) if path == "/v1/unit/run" else (b"{}", 403)
            require(self.call(path, body, "limited")[0] == status, "a key was taken for a primitive that it is not for")
        content_type = rng.choice(["", "text/plain", "multipart/form-data; boundary=x", "application/xml", "application/json5"])
        require(self.call(path, b"{}", content_type=content_type)[0] == 415, "another type was taken for JSON")

    def half_closed(self, rng):
        """Goes away in the middle, without waiting for what comes."""
        path, example = rng.choice(self.routes)
        body = serve_bodies.confused(rng, example)
        data = (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.server.keys['attacker']}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        self.case = data
        with connect(self.server) as connection:
            try:
                connection.sendall(data[:rng.randrange(len(data) + 1)])
            except OSError:
                return
            if rng.random() < 0.5:
                # A reset instead of an end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    def slow_loris(self, rng):
        """Keeps some connections that say a little now and then; the server ends each."""
        while len(self.slow) < 20:
            connection = connect(self.server)
            connection.sendall(b"POST /v1/cache/get HTTP/1.1\r\nHost: x\r\n")
            self.slow.append(connection)
        for connection in self.slow:
            try:
                connection.sendall(rng.choice([b"X: y\r\n", b"X", b"Content-Length: 5\r\n"]))
            except OSError:
                connection.close()
        self.slow = [connection for connection in self.slow if connection.fileno() >= 0]

    def run(self):
        self.case = None
        number = 0
        ends = time.monotonic() + SECONDS / len(ENGINES)
        while time.monotonic() < ends:
            number += 1
            rng = random.Random(f"{SEED}:{number}")
            kind = rng.choices([self.malformed_http, self.wrong_call, self.oversized_call, self.stranger, self.half_closed,
                                self.slow_loris], [30, 60, 1, 3, 5, 1])[0]
            try:
                kind(rng)
                if number % 100 == 0:
                    self.look_at_server()
            except (Failure, OSError, ValueError) as problem:
                raise Failure(f"seed {SEED}, case {number} ({kind.__name__}): {problem!r}\n{str(self.case)[:3000]}") from problem
        self.look_at_end()
        return number

    def look_at_server(self):
        require(self.server.process.poll() is None, "the server is gone")
        require(self.get("/livez")[0] == 200, "not alive")
        require(self.server.memory_mb() < MEMORY_MB, f"the server uses {self.server.memory_mb()} MB")

    def look_at_end(self):
        self.look_at_server()
        for connection in self.slow:
            receive_all(connection)
            connection.close()
        require(self.get("/readyz")[0] == 200, f"not ready: {self.get('/readyz')[1]}")
        status, body = self.call("/v1/cache/get", b'{"key": "kept"}', "victim")
        require(status == 200 and json.loads(body).get("value") == CANARY, f"the victim has lost its data: {body}")

    def look_at_log(self):
        log = self.server.log.read_text(errors="replace")
        for key in [*self.server.keys.values(), CANARY]:
            require(key not in log, "the log has a secret")
        for line in log.splitlines():
            entry = json.loads(line)
            require(entry["level"] != "error", f"the log has an error: {line}")


def fuzz_on(engine, store, folder):
    """Whether all held."""
    server = Server(pathlib.Path(folder), store)
    try:
        strangers = Fuzz(server)
        cases = strangers.run()
        print(f"{engine}, seed {SEED}: {cases} cases, {server.memory_mb()} MB, answers by status: {dict(sorted(strangers.statuses.items()))}")
        require(server.stop() == 0, "the server did not end well")
        strangers.look_at_log()
    except (Failure, OSError, ValueError) as failure:
        print(f"FAILED with DETOY_FUZZ_SEED={SEED}: {failure}\nthe server's status: {server.process.poll()}\nits log:")
        print(server.log.read_text(errors="replace")[-5000:])
        return False
    finally:
        server.stop()
    return True


def fuzz(engine):
    with tempfile.TemporaryDirectory(prefix="detoy-fuzz-") as folder:
        if engine == "sqlite":
            return fuzz_on(engine, "sqlite:fuzz.db", folder)
        with postgres_store.store_in_own_schema(folder) as store:
            return fuzz_on(engine, store, folder)


if __name__ == "__main__":
    sys.exit(0 if all([fuzz(engine) for engine in ENGINES]) else 1)
