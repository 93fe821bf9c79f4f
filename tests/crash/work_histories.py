"""Histories (see histories.py) of what is delivered to somebody: jobs, timers, recurring jobs, events; and of records."""

import time

from histories import History, all_of, require
from server_client import Conflict, Unknown

# Seconds without anything new after which all has come: a claim whose answer was lost comes back when its lease of a
# second has ended.
PATIENCE = 1.5

# ---- job


class Job(History):
    def step(self, client):
        self.count += 1
        try:
            answer = client.call("job/enqueue", queue="work", payload=f"{self.name}-{self.count}")
            self.note("queued", answer["id"])
        except Unknown:
            pass


class Worker(History):
    """Claims and completes the jobs of one queue."""

    queue = "work"

    def step(self, client):
        if self.work(client) == 0:
            time.sleep(0.005)

    def work(self, client):
        try:
            jobs = client.call("job/claim", queue=self.queue, worker=self.name, lease_ms=1000, most=5)["jobs"]
        except Unknown:
            return 0
        for job in jobs:
            self.note("claimed", [job["id"], job["payload"], job["token"]])
            try:
                client.call("job/complete", id=job["id"], token=job["token"], result=self.name)
                self.note("completed", job["id"])
            except (Unknown, Conflict):
                pass
        return len(jobs)


class TimerWorker(Worker):
    queue = "timers"


class TickWorker(Worker):
    queue = "ticks"


def drain(client, queue, patience):
    """What a worker at the end is told: all that was left."""
    worker = Worker("judge")
    worker.queue = queue
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < patience:
        if worker.work(client) > 0:
            quiet_since = time.monotonic()
    return worker.told


def check_job(client, histories, workers, patience=PATIENCE):
    workers = workers + [drain(client, "work", patience)]
    queued, completed = all_of(histories, "queued"), all_of(workers, "completed")
    require(len(set(queued)) == len(queued), "an id was given out twice")
    require(len(set(completed)) == len(completed), "a job was completed twice")
    tokens = [tuple(claim) for claim in all_of(workers, "claimed")]
    require(len(set(tokens)) == len(tokens), "a claim was given out twice")
    for job in queued:
        answer = client.until_answered("job/get", id=job)
        require(answer["found"] and answer["job"]["state"] == "done", job, answer)
    return f"{len(queued)} jobs, {len(completed)} completions"


# ---- timer


class Timer(History):
    def step(self, client):
        self.count += 1
        name = f"{self.name}-{self.count}"
        try:
            client.call("timer/schedule", name=name, queue="timers", payload=name, after_ms=self.count % 40)
            self.note("scheduled", name)
        except Unknown:
            pass
        time.sleep(0.01)


def check_timer(client, histories, workers, patience=PATIENCE):
    scheduled = all_of(histories, "scheduled")
    for name in scheduled[-20:] if patience else []:
        while client.until_answered("timer/get", name=name)["timer"]["state"] != "done":
            time.sleep(0.02)
    workers = workers + [drain(client, "timers", patience)]
    jobs = {}
    for job, payload, _token in all_of(workers, "claimed"):
        jobs.setdefault(payload, set()).add(job)
    for name in scheduled:
        require(name in jobs, "never fired", name)
    for name, fired in jobs.items():
        require(len(fired) == 1, "fired more than once", name, fired)
    return f"{len(scheduled)} timers"


# ---- recurring_job


class RecurringJob(History):
    """One with a tick each minute, and one that is paused and resumed."""

    def step(self, client):
        if "tries" not in self.told:
            self.told["tries"] = time.time()
            client.until_answered("recurring_job/set", name=self.name, cron="* * * * *", queue="ticks", payload=self.name)
            client.until_answered("recurring_job/set", name=self.name + "!", cron="0 0 1 1 *", queue="never")
            self.told.update(set=time.time(), name=self.name, call="resume", trying="resume")
        self.told["trying"] = "pause" if self.told["call"] == "resume" else "resume"
        try:
            client.call("recurring_job/" + self.told["trying"], name=self.name + "!")
            self.told["call"] = self.told["trying"]
        except Unknown:
            pass
        time.sleep(0.005)


def check_recurring_job(client, histories, workers, patience=PATIENCE):
    for told in histories:
        answer = client.until_answered("recurring_job/get", name=told["name"] + "!")
        state = "pause" if answer["recurring_job"]["paused"] else "resume"
        require(state in (told["call"], told["trying"]), answer, told)
    # None comes while we count.
    for told in histories:
        client.until_answered("recurring_job/pause", name=told["name"])
    now = time.time()
    workers = workers + [drain(client, "ticks", patience)]
    for told in histories:
        jobs = {job for job, payload, _token in all_of(workers, "claimed") if payload == told["name"]}
        most = int(now // 60) - int(told["tries"] // 60)
        # An instance fires within a second or two; a tick just before the end may not have come.
        least = int((now - 5) // 60) - int(told["set"] // 60)
        require(least <= len(jobs) <= most, told, jobs, least, most)
    return f"{len(all_of(workers, 'claimed'))} ticks"


# ---- event


class Publisher(History):
    """Repeats what was not answered: an event with the same id is published once."""

    def step(self, client):
        self.count += 1
        events = [
            {"source": self.name, "type": "t", "id": f"{self.count}-{i}", "partitionkey": f"{self.name} {i}"}
            for i in range(3)
        ]
        answer = client.until_answered("event/publish", topic="orders", events=events)
        for event, published in zip(events, answer["published"]):
            self.note("published", [self.name, event["id"], published["position"]])


class Consumer(History):
    def step(self, client):
        if self.consume(client) == 0:
            time.sleep(0.005)

    def consume(self, client):
        group = {"topic": "orders", "group": "mail"}
        self.told["name"] = self.name
        asked = time.monotonic()
        try:
            answer = client.call("event/poll", member=self.name, lease_ms=1000, most=50, **group)
        except Unknown:
            return 0
        last = {}
        for delivery in answer["deliveries"]:
            event = delivery["event"]
            self.note("seen", [asked, event["partition"], event["position"], event["source"], event["id"]])
            last[event["partition"]] = {
                "partition": event["partition"],
                "position": event["position"],
                "token": delivery["token"],
            }
        try:
            if last:
                client.call("event/commit", member=self.name, positions=list(last.values()), **group)
                done = time.monotonic()
                for position in last.values():
                    self.note("committed", [done, position["partition"], position["position"]])
        except (Unknown, Conflict):
            pass
        return len(answer["deliveries"])


def check_event(client, histories, consumers, patience=PATIENCE):
    judge = Consumer("judge")
    for told in consumers:
        client.until_answered("event/release", topic="orders", group="mail", member=told["name"])
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < patience:
        if judge.consume(client) > 0:
            quiet_since = time.monotonic()
    consumers = consumers + [judge.told]

    published = all_of(histories, "published")
    places = {}
    for source, event, position in published:
        require(places.setdefault(position, (source, event)) == (source, event), "one position, two events", position)
    seen = all_of(consumers, "seen")
    positions = {}
    for _asked, _partition, position, source, event in seen:
        require(positions.setdefault((source, event), position) == position, "published twice", source, event)
    for source, event, position in published:
        require(positions.get((source, event)) == position, "lost, or at another position", source, event, position)
    # After a commit was acknowledged, nobody who asks is given what it covers.
    commits = {}
    for done, partition, position in all_of(consumers, "committed"):
        commits.setdefault(partition, []).append((done, position))
    for partition, made in commits.items():
        made.sort()
        highest, at = 0, 0
        for asked, _partition, position, _source, event in sorted(s for s in seen if s[1] == partition):
            while at < len(made) and made[at][0] < asked:
                highest = max(highest, made[at][1])
                at += 1
            require(position > highest, "delivered after its commit", partition, position, highest, event)
    return f"{len(published)} events, {sum(len(made) for made in commits.values())} commits"


# ---- entity


class Entity(History):
    """One record, whose body tells its version."""

    def step(self, client):
        record = {"type": "note", "id": self.name, "actor": self.name}
        try:
            if self.count == 0:
                client.until_answered("entity/define", type="note")
                made = client.call("entity/create", body={"n": 1}, **record)
            else:
                made = client.call("entity/replace", body={"n": self.count + 1}, if_version=self.count, **record)
            require(made["version"] == self.count + 1, made, self.count)
            self.count = made["version"]
        except (Unknown, Conflict):
            found = client.until_answered("entity/get", type="note", id=self.name)
            version = found["record"]["version"] if found["found"] else 0
            require(version in (self.count, self.count + 1), "a version is gone", version, self.count)
            self.count = version
        self.told.update(name=self.name, version=self.count)


def check_entity(client, histories):
    for told in histories:
        versions, cursor = [], None
        while cursor != "":
            page = {"cursor": cursor} if cursor else {}
            answer = client.until_answered("entity/history", type="note", id=told["name"], limit=100, **page)
            versions += [(change["version"], change["after"]["n"]) for change in answer["changes"]]
            cursor = answer.get("cursor", "")
        expected = [(n, n) for n in range(told["version"], 0, -1)]
        require(versions == expected, "the audit trail has gaps", told, versions[:5], len(versions))
    return f"{sum(told['version'] for told in histories)} changes of records"
