"""The order intakes of examples/ as they run in production: two instances, load, kills."""

import collections
import concurrent.futures
import pathlib
import signal
import subprocess
import tempfile
import unittest

from servers import BOUND_S, DETOY, Process, Warehouse, until

LIMIT = 20


class IntakeTest(unittest.TestCase):
    """Two instances, `a` and `b`, of one version of an example, and what its callers do."""

    example = None  # Express or FastApi
    version = None  # "before" or "after"

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.warehouse = Warehouse()
        self.addCleanup(self.warehouse.close)
        self.environment = {"PORT": "0", "ORDERS_PER_HOUR": str(LIMIT), "NO_PROXY": "127.0.0.1"}
        self.accepted = {}  # number of the order, by its path and client
        self.prepare()
        with concurrent.futures.ThreadPoolExecutor(2) as starting:
            self.a, self.b = starting.map(self.start, "ab")

    def prepare(self):
        pass

    def process(self, command, name, cwd, environment=None):
        process = Process(command, self.folder / f"{name}.log", cwd, environment)
        self.addCleanup(process.kill)
        return process

    def start(self, name):
        environment = dict(self.environment, WAREHOUSE_URL=self.warehouse.url_for(name))
        return self.process(self.example.command(), name, self.example.folder / self.version, environment)

    def place(self, instance, client, reference):
        """Status and path of an order."""
        order = {"reference": reference, "item": "lamp", "quantity": 1}
        status, headers, _ = instance.call("POST", "/orders", order, {"X-Client": client})
        if status == 202:
            self.accepted[headers["Location"], client] = f"{client}/{reference}"
        elif status in (429, 503):
            self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        return status, headers["Location"]

    def place_many(self, instances, count, client_of):
        """How many were answered with each status; at each instance in turn, several at a time."""
        with concurrent.futures.ThreadPoolExecutor(8) as callers:
            placed = [callers.submit(self.place, instances[i % 2], client_of(i), f"r-{i}") for i in range(count)]
        return collections.Counter(one.result()[0] for one in placed)

    def outcome(self, instances, path, client):
        """The shipment of an order that is done, "lost" if no instance knows the order, or else None."""
        answers = [instance.call("GET", path, headers={"X-Client": client}) for instance in instances]
        for status, _, order in answers:
            if status == 200 and order["state"] == "done":
                return order["shipment"]
        return "lost" if all(status == 404 for status, _, _ in answers) else None

    def outcomes(self, instances, wanted=lambda order: True):
        """By order, when all are done or lost."""
        return {
            order: until(lambda path=path, client=client: self.outcome(instances, path, client))
            for (path, client), order in self.accepted.items()
            if wanted(order)
        }

    def both_at_work(self):
        """When the worker of each instance has four orders in hand, which the warehouse makes wait."""
        for name in "ab":
            until(lambda name=name: len(self.warehouse.asked_by(name)) >= 4)

    # What is done to both versions.

    def orders_of_one_client(self):
        """How many of three times its limit get through."""
        self.warehouse.open_for("a", "b")
        answered = self.place_many([self.a, self.b], 3 * LIMIT, lambda i: "ann")
        self.assertEqual(answered[202] + answered[429], 3 * LIMIT, answered)
        return answered[202]

    def an_instance_is_killed_at_work(self):
        """The outcome of each order, which orders `a` had in hand, and how often the warehouse was asked for those
        that `b` had in hand meanwhile."""
        answered = self.place_many([self.a, self.b], 24, lambda i: f"client-{i % 4}")
        self.assertEqual(answered, {202: 24})
        self.both_at_work()
        held = set(self.warehouse.asked_by("b"))
        self.a.kill()
        in_hand = set(self.warehouse.asked_by("a"))
        self.warehouse.open_for("again")
        instances = [self.b, self.start("again")]
        # `b` still waits for the warehouse when this is over, which may take longer than a lease.
        self.outcomes(instances, lambda order: order in in_hand)
        asked = [self.warehouse.times_asked()[order] for order in held]
        self.warehouse.open_for("b")
        return self.outcomes(instances), in_hand, asked


class BeforeTest(IntakeTest):
    version = "before"

    def test_each_instance_has_a_limit_of_its_own(self):
        self.assertEqual(self.orders_of_one_client(), 2 * LIMIT)

    def test_a_kill_loses_orders_that_were_accepted(self):
        outcomes, in_hand, _ = self.an_instance_is_killed_at_work()
        lost = {order for order, outcome in outcomes.items() if outcome == "lost"}
        self.assertLessEqual(in_hand, lost)
        self.assertEqual(len(lost), 12)


class AfterTest(IntakeTest):
    version = "after"

    def prepare(self):
        add = [DETOY, "keys", "add", "orders", "--primitive", "rate_limit", "--primitive", "job"]
        key = subprocess.run(add, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()
        self.detoy = self.serve("0")
        self.environment |= {"DETOY_URL": f"http://127.0.0.1:{self.detoy.port}", "DETOY_KEY": key}

    def serve(self, port):
        return self.process([DETOY, "serve", "--port", port], "detoy", self.folder)

    def assert_each_is_shipped_once(self, outcomes):
        """What callers are told is what the warehouse did, and it did nothing else."""
        self.assertEqual(outcomes, self.warehouse.shipments)
        self.assertEqual(set(outcomes), set(self.accepted.values()))
        self.assertEqual(len(set(outcomes.values())), len(outcomes))

    def test_both_instances_have_one_limit(self):
        self.assertEqual(self.orders_of_one_client(), LIMIT)
        self.assert_each_is_shipped_once(self.outcomes([self.a, self.b]))

    def test_a_kill_loses_no_order(self):
        outcomes, in_hand, asked_for_held = self.an_instance_is_killed_at_work()
        self.assert_each_is_shipped_once(outcomes)
        self.assertEqual(len(in_hand), 4)
        self.assertEqual(asked_for_held, [1, 1, 1, 1], "heartbeats keep what is in hand")

    def test_detoy_serve_may_be_killed_too(self):
        self.place_many([self.a, self.b], LIMIT + 2, lambda i: "ann")
        self.both_at_work()
        self.detoy.kill()
        for instance in (self.a, self.b):
            self.assertEqual(self.place(instance, "bob", "late")[0], 503)
            self.assertEqual(instance.call("GET", "/orders/1", headers={"X-Client": "ann"})[0], 503)
            self.assertEqual(instance.call("GET", "/readyz")[0], 503)
        # What is done now cannot be told to detoy serve.
        self.warehouse.open_for("a", "b")
        until(lambda: len(self.warehouse.shipments) >= 8)
        self.detoy = self.serve(str(self.detoy.port))
        for instance in (self.a, self.b):
            until(lambda instance=instance: instance.call("GET", "/readyz")[0] == 200)
            self.assertEqual(self.place(instance, "ann", "more")[0], 429, "the limit is remembered")
        self.assertEqual(self.place(self.a, "bob", "late")[0], 202)
        self.assert_each_is_shipped_once(self.outcomes([self.a, self.b]))

    def test_an_order_that_is_sent_again_is_the_same_one(self):
        first = self.place(self.a, "ann", "r-1")
        self.assertEqual(first[0], 202)
        self.assertEqual(self.place(self.b, "ann", "r-1"), first)
        self.assertNotEqual(self.place(self.b, "bob", "r-1")[1], first[1])
        self.assertEqual(self.a.call("GET", first[1], headers={"X-Client": "bob"})[0], 404)
        self.warehouse.open_for("a", "b")
        done = self.outcomes([self.a, self.b])
        # The warehouse knows it even when detoy serve has ended its job.
        self.assertEqual(self.place(self.a, "ann", "r-1")[0], 202)
        self.assertEqual(self.outcomes([self.a, self.b]), done)
        self.assert_each_is_shipped_once(done)

    def test_an_instance_that_is_stopped_ends_what_it_has_in_hand(self):
        self.place_many([self.a, self.b], 12, lambda i: "ann")
        self.both_at_work()
        self.a.process.send_signal(signal.SIGTERM)
        self.warehouse.open_for("a")
        # uvicorn may end as if the signal had killed it.
        self.assertIn(self.a.process.wait(BOUND_S), (0, -signal.SIGTERM))
        done_by_a = set(self.warehouse.asked_by("a"))
        self.outcomes([self.b], lambda order: order in done_by_a)
        self.warehouse.open_for("b")
        self.assert_each_is_shipped_once(self.outcomes([self.b]))
        self.assertEqual(set(self.warehouse.times_asked().values()), {1})

    def test_what_is_no_order_is_refused(self):
        good = {"reference": "r", "item": "lamp", "quantity": 1}
        spoiled = ({"reference": None}, {"item": "a\nb"}, {"item": "x" * 65}, {"quantity": 0})
        for wrong in ({}, *(good | change for change in spoiled)):
            status = self.a.call("POST", "/orders", wrong, {"X-Client": "ann"})[0]
            self.assertIn(status, (400, 422), wrong)
        self.assertEqual(self.a.call("POST", "/orders", good)[0], 401)
        for path in ("/orders/0", "/orders/99", "/orders/x", "/orders/9999999999999999999"):
            self.assertEqual(self.a.call("GET", path, headers={"X-Client": "ann"})[0], 404, path)
