"""Kills servers at random moments while several processes call all primitives, and looks whether what they were told
still holds.

    DETOY           the binary
    DETOY_KILLS     how often a server is killed (default 50)
    DETOY_SEED      of the random moments (default: the time, printed)
    DETOY_TEST_POSTGRES   URL of a PostgreSQL server (./test starts one)

Two servers run over one store; each kill ends one of them or both.
"""

import copy
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import histories
import postgres_store
import ticks
import work_histories
from server_client import Client

DETOY = os.environ["DETOY"]
KILLS = int(os.environ.get("DETOY_KILLS", "50"))
CALLERS = [
    histories.RateLimit,
    histories.Cache,
    histories.Lock,
    histories.Idempotency,
    histories.Breaker,
    work_histories.Job,
    work_histories.Worker,
    work_histories.Timer,
    work_histories.TimerWorker,
    work_histories.RecurringJob,
    work_histories.TickWorker,
    work_histories.Publisher,
    work_histories.Consumer,
    work_histories.Entity,
]


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Server:
    def __init__(self, store, log):
        self.store, self.log, self.port = store, log, free_port()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [DETOY, "serve", "--store", self.store, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        told = self.process.stdout.readline()
        assert "http://" in told, f"the server did not start: {told} {open(self.log.name).read()[-2000:]}"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        status = self.process.wait()
        self.process.stdout.close()
        assert status == -signal.SIGKILL, f"the server had ended by itself with {status}"


def call_all(name, ports, key, progress, stop, result):
    """One process of callers: a thread for each history."""
    made = [kind(f"{name}-{kind.__name__}") for kind in CALLERS]
    wrong = []

    def run(history, turn):
        client = Client(ports, key, turn)
        try:
            while not stop.is_set():
                history.step(client)
                progress.value += 1  # hardly ever lost, and only a measure
        except Exception as error:  # the parent tells
            wrong.append(f"{history.name}: {type(error).__name__}: {error}")
            stop.set()

    threads = [threading.Thread(target=run, args=(history, turn)) for turn, history in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.send((wrong, {type(history).__name__: history.told for history in made}))


NEVER = 10**9  # a number that nothing has

# By history: the check, who else's histories it needs, and lies that it must notice: whose history tells it, and words
# with which the check must complain.
CHECKS = [
    (
        "RateLimit",
        histories.check_rate_limit,
        [],
        [("RateLimit", lambda told: told["taken"].extend([1] * 1000), "permits were taken")],
    ),
    ("Cache", histories.check_cache, [], [("Cache", lambda told: told.update(set=-1, tried=-1), "another value")]),
    (
        "Lock",
        histories.check_lock,
        [],
        [("Lock", lambda told: told["leases"].append(["lock 0", NEVER, 1, 2]), "went back")],
    ),
    (
        "Idempotency",
        histories.check_idempotency,
        [],
        [("Idempotency", lambda told: told["completed"].append([0, "another"]), "another")],
    ),
    ("Breaker", histories.check_breaker, [], [("Breaker", lambda told: told["opened"].append("never"), "never")]),
    ("Job", work_histories.check_job, ["Worker"], [("Job", lambda told: told["queued"].append(NEVER), str(NEVER))]),
    (
        "Timer",
        work_histories.check_timer,
        ["TimerWorker"],
        [
            ("Timer", lambda told: told["scheduled"].append("never"), "never fired"),
            ("TimerWorker", lambda told: claim_again(told["claimed"]), "fired more than once"),
        ],
    ),
    (
        "RecurringJob",
        work_histories.check_recurring_job,
        ["TickWorker", "SetBack"],
        [
            ("RecurringJob", lambda told: told.update(call="", trying=""), "a call was undone"),
            ("SetBack", lambda told: one_earlier(told["first"]), "ticks"),
            ("TickWorker", lambda told: claim_again(told["claimed"]), "ticks"),
        ],
    ),
    (
        "Publisher",
        work_histories.check_event,
        ["Consumer"],
        [
            ("Publisher", lambda told: told["published"].append(["x", "1", "k", NEVER]), "lost"),
            ("Publisher", lambda told: told["published"].reverse(), "published earlier"),
            ("Consumer", lambda told: told["seen"][-1].update(answered=0), "after a later event of its key"),
            ("Consumer", lambda told: told["seen"][-1].update(partition=NEVER), "in two partitions"),
            ("Consumer", lambda told: commit_early(told), "after its commit"),
        ],
    ),
    (
        "Entity",
        work_histories.check_entity,
        [],
        [("Entity", lambda told: told.update(version=told["version"] + 1), "has gaps")],
    ),
]


def claim_again(claimed):
    """As another job with the payload of the last one."""
    claimed.append([NEVER, claimed[-1][1], NEVER])


def one_earlier(first_ticks):
    first_ticks[-1][1] -= work_histories.MINUTE


def commit_early(told):
    """What was seen last was committed long before."""
    told["committed"].append([0, told["seen"][-1]["partition"], NEVER])


def run_check(client, told, check):
    name, function, others, _ = check
    return function(client, *[work_histories.all_histories(told, one) for one in [name, *others]])


def judge(client, told):
    """Whether what all callers were told is true; what they found to be there."""
    return [run_check(client, told, check) for check in CHECKS]


def notices_lies(client, told):
    """A check that cannot fail would be worth nothing. Without the lie it has just passed."""
    for check in CHECKS:
        for whose, lie, words in check[3]:
            changed = list(told)
            at = next(i for i, one in enumerate(changed) if one.get(whose))
            changed[at] = changed[at] | {whose: copy.deepcopy(changed[at][whose])}
            lie(changed[at][whose])
            try:
                run_check(client, changed, check)
            except AssertionError as error:
                assert words in str(error), f"the check of {check[0]} noticed something else than {words}: {error}"
                continue
            raise AssertionError(f"the check of {check[0]} did not notice: {words}")


def kill_again_and_again(servers, store, progress, chance, stop):
    """Name and first tick of the recurring jobs whose ticks were made to fall due."""
    set_back = []
    for _ in range(KILLS):
        set_back += ticks.fall_due(store)
        enough = progress.value + chance.randrange(1, 400)
        while progress.value < enough and not stop.is_set():
            time.sleep(0.001)
        if stop.is_set():
            break
        victims = chance.choice([servers[:1], servers[1:], servers])
        for victim in victims:
            victim.kill()
        for victim in victims:
            victim.start()
    return set_back


def run(engine, store, folder):
    seed = int(os.environ.get("DETOY_SEED", time.time_ns() % 1_000_000))
    print(f"{engine}: seed {seed}", flush=True)
    added = subprocess.run([DETOY, "keys", "--store", store, "add", "crash"], capture_output=True, text=True, check=True)
    key = added.stdout.strip()
    context = multiprocessing.get_context("fork")
    progress, stop = context.Value("q", 0, lock=False), context.Event()
    with open(os.path.join(folder, "servers.log"), "w") as log:
        servers = [Server(store, log), Server(store, log)]
        ports = [server.port for server in servers]
        callers = []
        try:
            for name in ("a", "b"):
                receive, send = context.Pipe(duplex=False)
                process = context.Process(target=call_all, args=(name, ports, key, progress, stop, send))
                process.start()
                callers.append((process, receive))
            for server in servers:
                server.start()
            set_back = kill_again_and_again(servers, store, progress, random.Random(seed), stop)
            stop.set()
            told = [receive.recv() for _, receive in callers]
            wrong = [line for lines, _ in told for line in lines]
            assert not wrong, "\n".join(wrong)
            told = [one for _, one in told] + [{"SetBack": {"first": set_back}}]
            client = Client(ports, key)
            told.append(work_histories.what_is_left(client, told))
            found = judge(client, told)
            notices_lies(client, told)
        finally:
            stop.set()
            for process, _ in callers:
                process.kill()
            for server in servers:
                if server.process is not None and server.process.poll() is None:
                    server.kill()
    print(f"{engine}: {KILLS} kills, {progress.value} steps; nothing lost of {', '.join(found)}", flush=True)
    with open(os.path.join(folder, "servers.log")) as log:
        # A server that was killed leaves nothing that another one stumbles over.
        errors = [line for line in log if '"level":"error"' in line]
    assert not errors, errors[:5]


def main():
    engine = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            run(engine, "sqlite:" + os.path.join(folder, "detoy.db"), folder)
            return
        if postgres_store.server() is None:
            print("skipped: DETOY_TEST_POSTGRES is not set")
            return
        with postgres_store.store_in_own_schema(folder) as store:
            run(engine, store, folder)


if __name__ == "__main__":
    main()
