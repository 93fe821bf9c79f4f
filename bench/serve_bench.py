"""Calls of `detoy serve` per second over HTTP, beside Redis and PostgreSQL on the same machine in the same run.

    python3 bench/serve_bench.py DETOY [SECONDS] [CONNECTIONS] [ROUNDS]

All are measured in turns, SECONDS (2) each, for ROUNDS (5), and a line has the best round: the one that the machine's
other work disturbed least.

All of them acknowledge a write when it is synced to the disk (Redis: appendfsync always, PostgreSQL: its default); Redis
and detoy are called over TCP on this machine. No connection sends a request before the last one was answered. Needs wrk,
redis-server, redis-benchmark, pgbench and PostgreSQL's server programs; what is missing is left out. In a line for `half`
the same callers pause between their requests, so long that about half of the most comes that the line above it gave.
pgbench tells the mean of its latencies only; it stands in the first column of them.
"""

import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DETOY = os.path.abspath(sys.argv[1])
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
CONNECTIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 64
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 5

# Requests are made before the clock runs: the callers shall take as little of the machine as they can.
WRK = """
local requests = {}
local next = 0
function init()
  for count = 1, %(different)d do
    requests[count] = wrk.format("POST", "%(path)s",
      {["Authorization"] = "Bearer %(key)s", ["Content-Type"] = "application/json"},
      (([==[%(body)s]==]):gsub("NUMBER", count)))
  end
end
function request()
  next = next %% %(different)d + 1
  return requests[next]
end
%(delay)s
function done(summary, latency)
  io.write(string.format("rate %%f p50 %%f p95 %%f p99 %%f errors %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
DIFFERENT = 20000
RULE = {"name": "r", "algorithm": "token_bucket", "limit": 1000000000, "period_ms": 1000}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Redis:
    def __init__(self, folder):
        self.port = str(free_port())
        command = ["redis-server", "--bind", "127.0.0.1", "--port", self.port, "--dir", folder, "--save", ""]
        self.process = subprocess.Popen(
            command + ["--appendonly", "yes", "--appendfsync", "always"], stdout=subprocess.DEVNULL
        )
        while subprocess.run(["redis-cli", "-p", self.port, "ping"], capture_output=True, check=False).returncode != 0:
            time.sleep(0.01)
        self.rate = self.load(20000)["rate"]

    def load(self, count=None):
        command = ["redis-benchmark", "-p", self.port, "-c", str(CONNECTIONS), "-t", "incr", "--csv", "-r", str(DIFFERENT)]
        count = count or int(self.rate * SECONDS)
        told = subprocess.run(command + ["-n", str(count)], capture_output=True, text=True, check=True).stdout
        cells = [float(cell) for cell in told.splitlines()[1].replace('"', "").split(",")[1:]]
        return {"rate": cells[0], "p50": cells[3], "p95": cells[4], "p99": cells[5]}

    def stop(self):
        self.process.terminate()
        self.process.wait()


def as_server_user(folder, command):
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--"] + command
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout


class Postgres:
    def __init__(self, folder, programs):
        data = os.path.join(folder, "postgres")
        as_server_user(folder, [programs + "/initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"])
        self.folder = folder
        self.control = [programs + "/pg_ctl", "-D", data, "-w", "-l", data + ".log"]
        started = ["-o", f"-c listen_addresses='' -k {folder} -c max_connections=300", "start"]
        as_server_user(folder, self.control + started)
        self.bench = [shutil.which("pgbench") or programs + "/pgbench", "-h", folder, "-U", "bench", "postgres"]
        subprocess.run(self.bench + ["-i", "-q"], capture_output=True, check=True)
        self.script = os.path.join(folder, "update.sql")
        with open(self.script, "w") as file:
            file.write("\\set id random(1, 100000)\nUPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :id;\n")

    def load(self):
        run = ["-n", "-f", self.script, "-c", str(CONNECTIONS), "-j", "2", "-T", str(SECONDS), "-M", "prepared"]
        told = subprocess.run(self.bench + run, capture_output=True, text=True, check=True).stdout
        rate = float(re.search(r"tps = ([0-9.]+) \(without", told).group(1))
        return {"rate": rate, "p50": float(re.search(r"latency average = ([0-9.]+)", told).group(1))}

    def stop(self):
        as_server_user(self.folder, self.control + ["-m", "immediate", "stop"])


class Serve:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [DETOY, "serve", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.port = int(re.search(r":(\d+),", self.process.stdout.readline()).group(1))
        for line in self.process.stdout:
            found = re.search(r"^ +(detoy_[0-9a-f]{40})$", line.rstrip())
            if found:
                self.key = found.group(1)
                break

    # Each caller pauses so many milliseconds before its next request.
    def load(self, path, body, pause=0, different=DIFFERENT):
        delay = f"function delay() return {pause} end" if pause else ""
        script = os.path.join(self.folder, "call.lua")
        with open(script, "w") as file:
            file.write(
                WRK
                % {
                    "path": "/v1/" + path,
                    "key": self.key,
                    "body": json.dumps(body),
                    "different": different,
                    "delay": delay,
                }
            )
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{self.port}"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        cells = re.search(r"rate (\S+) p50 (\S+) p95 (\S+) p99 (\S+) errors (\d+)", told).groups()
        assert cells[4] == "0", told
        return dict(zip(("rate", "p50", "p95", "p99"), map(float, cells)))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


def line(name, measured, beside=None):
    cells = [f"{measured[what]:8.2f}" if what in measured else " " * 8 for what in ("p50", "p95", "p99")]
    ratio = f"{measured['rate'] / beside['rate']:9.2f}" if beside else ""
    print(f"{name:36}{measured['rate']:10.0f}  {'  '.join(cells)}{ratio}", flush=True)


def at_half(serve, path, body, most):
    between = 1000 * CONNECTIONS / (most["rate"] / 2)  # milliseconds from one request of a caller to its next
    answered = most["p50"] / 4  # in about so long, when there is nobody to wait for
    return serve.load(path, body, max(1, round(between - answered)))


CALLS = [
    ("rate_limit/take", {"checks": [{"key": "user-NUMBER", "rule": RULE}]}),
    ("job/enqueue", {"queue": "mail", "payload": "{}"}),
    ("cache/set", {"key": "user-NUMBER", "value": "Ann", "keep_ms": 600000}),
    ("cache/get", {"key": "user-NUMBER"}),
]


def main():
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    servers = []
    with tempfile.TemporaryDirectory(prefix="detoy-bench-") as folder:
        os.chmod(folder, 0o777)
        try:
            loads = []
            best = {}
            if shutil.which("redis-benchmark"):
                servers.append(Redis(folder))
                loads.append(("Redis: INCR, appendfsync always", servers[-1].load))
            if programs:
                servers.append(Postgres(folder, programs[-1]))
                loads.append(("PostgreSQL: pgbench, one UPDATE", servers[-1].load))
            serve = Serve(folder)
            servers.append(serve)
            for path, body in CALLS:
                loads.append((f"detoy serve: {path}", lambda path=path, body=body: serve.load(path, body)))
                most = len(loads) - 1
                loads.append(("        half", lambda path=path, body=body, most=most: at_half(serve, path, body, best[most])))
            for _ in range(ROUNDS):
                for at, (_, load) in enumerate(loads):
                    measured = load()
                    if at not in best or measured["rate"] > best[at]["rate"]:
                        best[at] = measured
        finally:
            for server in servers:
                server.stop()
    print(f"{'':36}{'per second':>10}  {'p50 ms':>8}  {'p95 ms':>8}  {'p99 ms':>8}{'to Redis':>9}")
    beside = best[0] if shutil.which("redis-benchmark") else None
    for at, (name, _) in enumerate(loads):
        line(name, best[at], beside if at > 0 else None)


if __name__ == "__main__":
    main()
