"""Calls of `detoy serve` per second over HTTP, beside Redis and PostgreSQL on the same machine in the same run.

    python3 bench/serve_bench.py DETOY [SECONDS] [CONNECTIONS]     default: 4 seconds for each line, 64 connections

All of them acknowledge a write when it is synced to the disk (Redis: appendfsync always, PostgreSQL: its default), and
no connection sends a request before the last one was answered. Needs wrk, redis-server, redis-benchmark, pgbench and
PostgreSQL's server programs; what is missing is left out. A line for `half` has as many callers as give about half of
the most that the line above it gave.
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DETOY = os.path.abspath(sys.argv[1])
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
CONNECTIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 64

WRK = """
local thread = 0
local count = 0
function setup(t) t:set("id", thread); thread = thread + 1 end
function request()
  count = count + 1
  return wrk.format("POST", "%(path)s",
    {["Authorization"] = "Bearer %(key)s", ["Content-Type"] = "application/json"},
    (([==[%(body)s]==]):gsub("NUMBER", id .. "-" .. count %% %(different)d)))
end
function done(summary, latency)
  io.write(string.format("rate %%f p50 %%f p95 %%f p99 %%f errors %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
RULE = {"name": "r", "algorithm": "token_bucket", "limit": 1000000000, "period_ms": 1000}


def redis(folder):
    socket = os.path.join(folder, "redis.sock")
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--appendonly", "yes"]
        + ["--appendfsync", "always"],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not os.path.exists(socket):
            time.sleep(0.01)
        command = ["redis-benchmark", "-s", socket, "-c", str(CONNECTIONS), "-t", "incr", "--csv", "-r", "100000"]
        quick = subprocess.run(command + ["-n", "20000"], capture_output=True, text=True, check=True).stdout
        count = int(float(quick.splitlines()[1].split('"')[3]) * SECONDS)
        told = subprocess.run(command + ["-n", str(count)], capture_output=True, text=True, check=True).stdout
        cells = [float(cell) for cell in told.splitlines()[1].replace('"', "").split(",")[1:]]
        return {"rate": cells[0], "p50": cells[3], "p95": cells[4], "p99": cells[5]}
    finally:
        server.terminate()
        server.wait()


def as_server_user(folder, command):
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--"] + command
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout


def postgres(folder, programs):
    data = os.path.join(folder, "postgres")
    as_server_user(folder, [programs + "/initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"])
    control = [programs + "/pg_ctl", "-D", data, "-w", "-l", data + ".log"]
    as_server_user(folder, control + ["-o", f"-c listen_addresses='' -k {folder} -c max_connections=300", "start"])
    try:
        bench = [shutil.which("pgbench") or programs + "/pgbench", "-h", folder, "-U", "bench", "postgres"]
        subprocess.run(bench + ["-i", "-q"], capture_output=True, check=True)
        script = os.path.join(folder, "update.sql")
        with open(script, "w") as file:
            file.write("\\set id random(1, 100000)\nUPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :id;\n")
        run = ["-n", "-f", script, "-c", str(CONNECTIONS), "-j", "2", "-T", str(SECONDS), "-M", "prepared"]
        told = subprocess.run(bench + run, capture_output=True, text=True, check=True).stdout
        rate = float(re.search(r"tps = ([0-9.]+) \(without", told).group(1))
        return {"rate": rate, "p50": float(re.search(r"latency average = ([0-9.]+)", told).group(1))}
    finally:
        as_server_user(folder, control + ["-m", "immediate", "stop"])


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

    def load(self, path, body, connections=CONNECTIONS, different=100000):
        script = os.path.join(self.folder, "call.lua")
        with open(script, "w") as file:
            file.write(
                WRK % {"path": "/v1/" + path, "key": self.key, "body": json.dumps(body), "different": different}
            )
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{self.port}"]
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
    ratio = f"{measured['rate'] / beside['rate']:8.2f}" if beside else ""
    print(f"{name:44}{measured['rate']:10.0f}  {'  '.join(cells)}{ratio}", flush=True)
    return measured


def main():
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    with tempfile.TemporaryDirectory(prefix="detoy-bench-") as folder:
        os.chmod(folder, 0o777)
        print(f"{'':44}{'per second':>10}  {'p50 ms':>8}  {'p95 ms':>8}  {'p99 ms':>8}{'to Redis':>8}")
        beside = None
        if shutil.which("redis-benchmark"):
            beside = line("Redis: INCR, appendfsync always", redis(folder))
        if programs:
            line("PostgreSQL: pgbench, one UPDATE", postgres(folder, programs[-1]), beside)
        serve = Serve(folder)
        try:
            calls = [
                ("rate_limit/take", {"checks": [{"key": "user-NUMBER", "rule": RULE}]}),
                ("job/enqueue", {"queue": "mail", "payload": "{}"}),
                ("cache/set", {"key": "user-NUMBER", "value": "Ann", "keep_ms": 600000}),
                ("cache/get", {"key": "user-NUMBER"}),
            ]
            for path, body in calls:
                line(f"detoy serve: {path}", serve.load(path, body), beside)
                line("        half", serve.load(path, body, max(1, CONNECTIONS // 16)), beside)
        finally:
            serve.stop()


if __name__ == "__main__":
    main()
