"""What callers of each primitive do while servers are killed, what they were told, and what must then be true.

A history has `step(client)`, called again and again by one thread, and `told`, which is plain data. The function
`check_...` of a primitive gets what all of its callers were told, after all servers run again.
"""

import time

from server_client import Conflict, Unknown

YEAR_MS = 366 * 86_400_000
HOUR_MS = 3_600_000


def require(truth, *what):
    if not truth:
        raise AssertionError(" ".join(str(part) for part in what))


class History:
    def __init__(self, name):
        self.name = name
        self.count = 0
        self.told = {}

    def note(self, what, value):
        self.told.setdefault(what, []).append(value)


def all_of(histories, what):
    return [value for told in histories for value in told.get(what, [])]


# ---- rate_limit

BUDGET = {"name": "budget", "algorithm": "sliding_window", "limit": 1_000_000_000, "period_ms": YEAR_MS}


class RateLimit(History):
    def step(self, client):
        try:
            answer = client.call("rate_limit/take", checks=[{"key": "all", "rule": BUDGET}])
            require(answer["allowed"], "denied")
            self.note("taken", 1)
        except Unknown:
            self.note("perhaps", 1)


def check_rate_limit(client, histories):
    answer = client.until_answered("rate_limit/peek", checks=[{"key": "all", "rule": BUDGET}])
    used = BUDGET["limit"] - answer["verdicts"][0]["remaining"] - 1
    taken, perhaps = len(all_of(histories, "taken")), len(all_of(histories, "perhaps"))
    require(taken <= used <= taken + perhaps, f"{taken} permits were taken, {perhaps} perhaps, and {used} are gone")
    return f"{taken} permits"


# ---- cache


class Cache(History):
    def step(self, client):
        self.told["tried"] = self.count
        try:
            answer = client.call("cache/set", key=self.name, value=str(self.count), keep_ms=HOUR_MS)
            require(answer["version"] > self.told.get("version", 0), "version", answer, self.told)
            self.told.update(version=answer["version"], set=self.count, name=self.name)
            self.count += 1
        except Unknown:
            pass


def check_cache(client, histories):
    for told in histories:
        answer = client.until_answered("cache/get", key=told["name"])
        require(answer["found"] and answer["version"] >= told["version"], answer, told)
        require(int(answer["value"]) in (told["set"], told["tried"]), "another value", answer, told)
    return f"{sum(told['set'] for told in histories)} values"


# ---- lock


class Lock(History):
    """Several locks: one whose waiter was killed is given to nobody for two seconds.

    Times are of the monotonic clock, which is the same in all processes of a machine.
    """

    def step(self, client):
        self.count += 1
        name, owner = f"lock {self.count % 16}", f"{self.name}-{self.count}"
        asked = time.monotonic()
        try:
            answer = client.call("lock/acquire", name=name, owner=owner, lease_ms=300, wait_ms=self.count % 2 * 100)
        except Unknown:
            return
        if not answer["granted"]:
            return
        granted = time.monotonic()
        time.sleep(0.001)
        held = time.monotonic()
        try:
            client.call("lock/release", name=name, token=answer["token"])
        except Unknown:
            pass
        # It was surely held until it was given back, or until its end as counted from before it was asked for.
        self.note("leases", [name, answer["token"], granted, min(held, asked + 0.3)])


def check_lock(client, histories):
    leases = sorted(all_of(histories, "leases"))
    last = {}
    held_until = {}
    for name, token, granted, sure_until in leases:
        require(token != last.get(name), "the same token twice", name, token)
        require(granted >= held_until.get(name, 0), "a lease while another held, or a token that went back", token)
        last[name] = token
        held_until[name] = max(held_until.get(name, 0), sure_until)
    for name, token in last.items():
        answer = client.until_answered("lock/acquire", name=name, owner="judge", lease_ms=1000, wait_ms=5000)
        require(answer["token"] > token, "the token went back", name, token, answer)
    return f"{len(leases)} leases"


# ---- idempotency


class Idempotency(History):
    """All callers go through the same keys."""

    def step(self, client):
        request = {"key": f"key-{self.count}", "fingerprint": "POST /", "lease_ms": 500, "keep_ms": YEAR_MS}
        try:
            answer = client.call("idempotency/begin", **request)
            if answer["outcome"] == "in_progress":
                return
            if answer["outcome"] == "replay":
                self.note("seen", [self.count, answer["response"]])
            else:
                require(answer["outcome"] == "begun", answer)
                response = f"{self.name} {answer['token']}"
                client.call("idempotency/complete", token=answer["token"], response=response, **request)
                self.note("completed", [self.count, response])
            self.count += 1
        except (Unknown, Conflict):
            pass


def check_idempotency(client, histories):
    completed = {}
    for key, response in all_of(histories, "completed"):
        require(completed.setdefault(key, response) == response, "completed twice", key, completed[key], response)
    seen = {}
    for key, response in all_of(histories, "seen") + list(completed.items()):
        require(seen.setdefault(key, response) == response, "two responses", key, seen[key], response)
    for key, response in seen.items():
        answer = client.until_answered(
            "idempotency/begin", key=f"key-{key}", fingerprint="POST /", lease_ms=500, keep_ms=YEAR_MS
        )
        require(answer["outcome"] == "replay" and answer["response"] == response, key, answer, response)
    return f"{len(seen)} keys"


# ---- breaker

TRIPS = {"window_ms": HOUR_MS, "minimum_calls": 3, "failure_percent": 50, "open_for_ms": HOUR_MS, "probes": 1}


class Breaker(History):
    """Trips one breaker after another, and holds one open and closed in turn."""

    def step(self, client):
        try:
            if self.count % 4 == 3:
                self.told["trying"] = "open" if self.count % 8 == 3 else "closed"
                client.call("breaker/force", name=self.name, to=self.told["trying"])
                self.told["forced"] = self.told["trying"]
                self.told["name"] = self.name
                self.count += 1
                return
            peer = f"{self.name} {self.count}"
            answer = client.call("breaker/ask", name=peer, settings=TRIPS)
            if answer["allowed"]:
                answer = client.call(
                    "breaker/report", name=peer, settings=TRIPS, generation=answer["generation"], success=False
                )
            if answer["phase"] == "open":
                self.note("opened", peer)
                self.count += 1
        except Unknown:
            pass


def check_breaker(client, histories):
    for peer in all_of(histories, "opened"):
        answer = client.until_answered("breaker/peek", name=peer, settings=TRIPS)
        require(not answer["allowed"] and answer["phase"] == "open", peer, answer)
    for told in histories:
        answer = client.until_answered("breaker/peek", name=told["name"])
        require(answer["forced"] in (told["forced"], told["trying"]), answer, told)
    return f"{len(all_of(histories, 'opened'))} trips"
