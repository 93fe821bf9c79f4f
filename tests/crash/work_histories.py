"""Histories (see histories.py) of what is delivered to somebody: jobs, timers, recurring jobs, events; and of records."""

import time
from datetime import datetime, timezone

from histories import History, all_of, require
from server_client import Conflict, Unknown

# Seconds without anything new after which all has come: a claim whose answer was lost comes back when its lease of a
# second has ended.
PATIENCE = 1.5
MINUTE = 60_000_000  # in microseconds


def what_is_left(client, told):
    """What workers and consumers are told at the end, when nobody is killed any more: all that was left."""
    timers, recurring = all_histories(told, "Timer"), all_histories(told, "RecurringJob")
    for name in all_of(timers, "scheduled")[-20:]:
        while client.until_answered("timer/get", name=name)["timer"]["state"] != "done":
            time.sleep(0.02)
    set_back = all_histories(told, "SetBack")
    wait_for_ticks(client, dict(all_of(recurring, "set") + all_of(set_back, "first")))
    for consumer in all_histories(told, "Consumer"):
        client.until_answered("event/release", topic="orders", group="mail", member=consumer["name"])
    judges = [Worker("judge"), TimerWorker("judge"), TickWorker("judge"), Consumer("judge")]
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < PATIENCE:
        if sum([judge.work(client) for judge in judges]) > 0:
            quiet_since = time.monotonic()
    return {type(judge).__name__: judge.told for judge in judges}


def all_histories(told, name):
    """What the callers were told that have a history of this name."""
    return [one[name] for one in told if one.get(name)]


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


def jobs_by_payload(workers):
    """The numbers of the jobs that were claimed."""
    jobs = {}
    for job, payload, _token in all_of(workers, "claimed"):
        jobs.setdefault(payload, set()).add(job)
    return jobs


def check_job(client, histories, workers):
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


def check_timer(client, histories, workers):
    scheduled, jobs = all_of(histories, "scheduled"), jobs_by_payload(workers)
    for name in scheduled:
        require(name in jobs, "never fired", name)
    for name, fired in jobs.items():
        require(len(fired) == 1, "fired more than once", name, fired)
    return f"{len(scheduled)} timers"


# ---- recurring_job


class RecurringJob(History):
    """One after another with a tick each minute, and one that is paused and resumed. See ticks.py for the minutes."""

    def step(self, client):
        never = self.name + "!"
        if self.count == 0:
            client.until_answered("recurring_job/set", name=never, cron="0 0 1 1 *", queue="never")
            self.told.update(name=never, call="resume", trying="resume")
        self.count += 1
        try:
            if self.count % 20 == 1:
                name = f"{self.name}-{self.count}"
                schedule = {"cron": "* * * * *", "queue": "ticks", "payload": name, "catch_up": "each"}
                answer = client.call("recurring_job/set", name=name, **schedule)
                self.note("set", [name, micros_of(answer["next_at"])])
            self.told["trying"] = "pause" if self.told["call"] == "resume" else "resume"
            client.call("recurring_job/" + self.told["trying"], name=never)
            self.told["call"] = self.told["trying"]
        except Unknown:
            pass
        time.sleep(0.005)


def micros_of(text):
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return round(at.timestamp() * 1_000_000)


def wait_for_ticks(client, names):
    """Until all ticks have come that are due now. Then none comes any more."""
    now = time.time() * 1_000_000
    for name in names:
        while micros_of(client.until_answered("recurring_job/get", name=name)["recurring_job"]["next_at"]) <= now:
            time.sleep(0.02)
        client.until_answered("recurring_job/pause", name=name)


def check_recurring_job(client, histories, workers, set_back):
    for told in histories:
        answer = client.until_answered("recurring_job/get", name=told["name"])
        state = "pause" if answer["recurring_job"]["paused"] else "resume"
        require(state in (told["call"], told["trying"]), "a call was undone", answer, told)
    # What ticks.py has set back begins there, and else where it was told.
    first_ticks = dict(all_of(histories, "set") + all_of(set_back, "first"))
    require(all_of(set_back, "first"), "no tick fell due")
    jobs, all_ticks = jobs_by_payload(workers), 0
    for name, first in first_ticks.items():
        job = client.until_answered("recurring_job/get", name=name)["recurring_job"]
        ticks = (micros_of(job["last_at"]) - first) // MINUTE + 1 if "last_at" in job else 0
        require(len(jobs.get(name, [])) == ticks, name, "made", jobs.get(name), "for", ticks, "ticks", job)
        all_ticks += ticks
    return f"{all_ticks} ticks"


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
            self.note("published", [self.name, event["id"], event["partitionkey"], published["position"]])


class Consumer(History):
    def step(self, client):
        if self.work(client) == 0:
            time.sleep(0.005)

    def work(self, client):
        group = {"topic": "orders", "group": "mail"}
        self.told["name"] = self.name
        asked = time.monotonic()
        try:
            answer = client.call("event/poll", member=self.name, lease_ms=1000, most=50, **group)
        except Unknown:
            return 0
        answered = time.monotonic()
        last = {}
        for place, delivery in enumerate(answer["deliveries"]):
            event = delivery["event"]
            times = {"asked": asked, "answered": answered, "place": place}
            self.note("seen", times | {what: event[what] for what in SEEN})
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


SEEN = ["partition", "position", "source", "id", "partitionkey"]


def check_event(client, histories, consumers):
    published, seen = all_of(histories, "published"), all_of(consumers, "seen")
    check_places(published, seen)
    check_order(published, seen)
    commits = all_of(consumers, "committed")
    check_commits(commits, seen)
    return f"{len(published)} events, {len(commits)} commits"


def check_places(published, seen):
    """Each event is at one position, and was delivered."""
    places = {}
    for source, event, _key, position in published:
        require(places.setdefault(position, (source, event)) == (source, event), "one position, two events", position)
    positions = {}
    for one in seen:
        event = one["source"], one["id"]
        require(positions.setdefault(event, one["position"]) == one["position"], "published twice", one)
    for source, event, _key, position in published:
        require(positions.get((source, event)) == position, "lost, or at another position", source, event, position)


def check_order(published, seen):
    """A key's events are in the order in which its only publisher published them, and first delivered in that order.

    Who got an event commits it only when it has the answer, and only then another is asked for what comes behind it.
    """
    highest = {}
    for _source, event, key, position in published:
        require(position > highest.get(key, 0), "at a position before one that was published earlier", key, event)
        highest[key] = position
    partitions, highest, delivered = {}, {}, set()
    for one in sorted(seen, key=lambda one: (one["answered"], one["place"], one["position"])):
        key, partition, position = one["partitionkey"], one["partition"], one["position"]
        require(partitions.setdefault(key, partition) == partition, "a key in two partitions", one)
        if position not in delivered:
            require(position > highest.get(key, 0), "delivered after a later event of its key", one)
            highest[key] = position
            delivered.add(position)


def check_commits(commits, seen):
    """After a commit was acknowledged, nobody who asks is given what it covers."""
    by_partition = {}
    for done, partition, position in commits:
        by_partition.setdefault(partition, []).append((done, position))
    for partition, made in by_partition.items():
        made.sort()
        highest, at = 0, 0
        deliveries = [one for one in seen if one["partition"] == partition]
        for one in sorted(deliveries, key=lambda one: one["asked"]):
            while at < len(made) and made[at][0] < one["asked"]:
                highest = max(highest, made[at][1])
                at += 1
            require(one["position"] > highest, "delivered after its commit", highest, one)


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
