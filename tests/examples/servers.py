"""Servers for the tests of examples/: the examples, detoy serve, and a warehouse that can be made to wait."""

import collections
import http.client
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

DETOY = os.environ["DETOY"]
EXAMPLES = pathlib.Path(os.environ["DETOY_SOURCE"]) / "examples"
BOUND_S = 60  # for whatever is waited for


def until(condition):
    """Asks again until the answer is true, and gives it back."""
    end = time.monotonic() + BOUND_S
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen within a minute")


class Warehouse:
    """Ships each order once. Whoever asks does so below a path of its own, and can be made to wait."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked = collections.defaultdict(list)  # the orders, by who asked
        self.shipments = {}  # number by order
        self.gates = collections.defaultdict(threading.Event)
        warehouse = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                number = warehouse.ship(self.path.split("/")[1], self.headers["Idempotency-Key"])
                body = json.dumps({"shipment": number}).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # who asked was killed

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url_for(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def ship(self, name, order):
        with self.lock:
            self.asked[name].append(order)
            gate = self.gates[name]
        gate.wait(BOUND_S)
        with self.lock:
            return self.shipments.setdefault(order, f"S-{len(self.shipments) + 1}")

    def open_for(self, *names):
        with self.lock:
            for name in names:
                self.gates[name].set()

    def asked_by(self, name):
        with self.lock:
            return list(self.asked[name])

    def times_asked(self):
        with self.lock:
            return collections.Counter(order for orders in self.asked.values() for order in orders)

    def close(self):
        self.open_for(*list(self.gates))
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Process:
    """A server that tells its port, in a log that is kept in a folder."""

    def __init__(self, command, log, cwd, environment=None):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command, cwd=cwd, stdout=output, stderr=output, env=dict(os.environ, **(environment or {}))
            )
        try:
            self.port = int(until(self.told_port).group(1))
        except AssertionError:
            self.kill()
            raise AssertionError(f"{command} does not serve: {self.log.read_text()}") from None

    def told_port(self):
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())
        if not found and self.process.poll() is not None:
            raise AssertionError
        return found

    def call(self, method, path, body=None, headers=None):
        """Status, headers and text of the answer, or its JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_S)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, dict({"Content-Type": "application/json"}, **(headers or {})))
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, response.headers, json.loads(text) if text.startswith("{") else text
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait(BOUND_S)


class Express:
    @staticmethod
    def command():
        if not (EXAMPLES / "express" / "node_modules").exists():
            raise AssertionError("run `npm ci --ignore-scripts` in examples/express")
        return ["node", "server.js"]

    folder = EXAMPLES / "express"


class FastApi:
    @staticmethod
    def command():
        ask = "import fastapi, httpx, uvicorn"
        for python in (sys.executable, "/usr/bin/python3"):
            if subprocess.run([python, "-c", ask], capture_output=True, check=False).returncode == 0:
                return [python, "-B", "-m", "uvicorn", "main:app", "--port", "0"]
        raise AssertionError("fastapi, uvicorn and httpx are needed")

    folder = EXAMPLES / "fastapi"
