"""Webhooks and server-sent events of `detoy serve` across processes that are killed."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import pathlib
import tempfile
import threading
import time
import unittest

from serve_test import Server

PRIVATE = "--webhooks-to-private-addresses=yes"
PATIENCE = 60


class Receiver:
    """Keeps the events it is sent; says 204 to all, or 500 to the first few."""

    def __init__(self, failures=0):
        self.events = []
        self.requests = []
        self.failures = failures
        self.came = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.came:
                    failing = receiver.failures > 0
                    receiver.failures -= failing
                self.send_response(500 if failing else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
                with receiver.came:
                    receiver.requests.append((dict(self.headers), body))
                    if not failing:
                        receiver.events.append(json.loads(body)["id"])
                    receiver.came.notify_all()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"

    def wait_for(self, are_there):
        with self.came:
            assert self.came.wait_for(lambda: are_there(self.events), PATIENCE), self.events
            return list(self.events)

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def once_each(events):
    """In the order in which they came first."""
    return list(dict.fromkeys(events))


class OnServers(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, *arguments):
        server = Server(self.folder, *arguments)
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver

    def call(self, server, path, body):
        status, answer = server.call(self.key, path, body)
        self.assertEqual(status, 200, answer)
        return answer

    def publish(self, server, ids):
        events = [{"source": "/shop", "type": "order.placed", "id": str(i)} for i in ids]
        self.call(server, "event/publish", {"topic": "orders", "events": events})

    def create(self, server, receiver, **more):
        endpoint = {"name": "billing", "topic": "orders", "url": receiver.url, "timeout_ms": 1000, "backoff_ms": 10}
        return self.call(server, "webhook/create", dict(endpoint, **more))["secret"]


class Webhooks(OnServers):
    def test_events_arrive_signed_as_standard_webhooks_has_it(self):
        server = self.start(PRIVATE)
        self.key = server.new_key()
        receiver = self.receiver(failures=2)
        secret = self.create(server, receiver)
        self.publish(server, range(3))
        self.assertEqual(receiver.wait_for(lambda events: len(events) == 3), ["0", "1", "2"])
        key = base64.b64decode(secret.removeprefix("whsec_"))
        for headers, body in receiver.requests:
            message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
            self.assertEqual(headers["webhook-signature"], "v1," + signature)
            self.assertLess(abs(time.time() - int(headers["webhook-timestamp"])), 300)
        self.assertEqual(len({headers["webhook-id"] for headers, _ in receiver.requests}), 3)
        self.assertEqual(server.stop(), 0)

    def test_when_one_server_is_killed_the_other_goes_on(self):
        servers = [self.start(PRIVATE)]
        self.key = servers[0].new_key()
        receiver = self.receiver()
        self.create(servers[0], receiver)
        servers.append(self.start(PRIVATE))
        ids = [str(i) for i in range(300)]
        # The other one publishes: the first has the endpoint, or gets it, in the middle of all.
        self.publish(servers[1], ids)
        receiver.wait_for(lambda events: len(events) >= 20)
        servers[0].kill()
        events = receiver.wait_for(lambda events: set(ids) <= set(events))
        self.assertEqual(once_each(events), ids)
        # What was under way may come twice, nothing else.
        self.assertLessEqual(len(events), len(ids) + 1)
        self.assertEqual(servers[1].stop(), 0)

    def test_two_servers_deliver_each_event_once(self):
        servers = [self.start(PRIVATE)]
        self.key = servers[0].new_key()
        receiver = self.receiver()
        self.create(servers[0], receiver)
        servers.append(self.start(PRIVATE))
        for i in range(0, 40, 2):
            self.publish(servers[0], [i])
            self.publish(servers[1], [i + 1])
        receiver.wait_for(lambda events: len(events) >= 40)
        for server in servers:
            self.assertEqual(server.stop(), 0)
        self.assertEqual(receiver.events, [str(i) for i in range(40)])

    def test_private_addresses_are_refused_unless_they_are_allowed(self):
        server = self.start()
        self.key = server.new_key()
        receiver = self.receiver()
        secret = self.create(server, receiver)
        self.publish(server, [1])
        until = time.monotonic() + PATIENCE
        endpoint = {"failures": 0}
        while endpoint["failures"] == 0:
            self.assertLess(time.monotonic(), until)
            endpoint = self.call(server, "webhook/get", {"name": "billing"})["endpoint"]
        self.assertEqual(endpoint["last_error"], "the address of the host is not public")
        self.assertEqual(receiver.requests, [])
        server.process.terminate()
        logged = server.process.stderr.read()
        server.close()
        self.assertNotIn(secret, logged)
        self.assertNotIn(receiver.url, logged)
        again = self.start(PRIVATE)
        receiver.wait_for(lambda events: events == ["1"])
        self.assertEqual(again.stop(), 0)


class Stream:
    """Server-sent events, as far as they are read."""

    def __init__(self, server, key, last_id=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        headers = {"Authorization": "Bearer " + key}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        self.connection.request("GET", "/v1/event/stream?topic=orders", headers=headers)
        self.response = self.connection.getresponse()
        self.last_id = last_id

    def next(self):
        """The id of the next event; None: the server has closed."""
        while True:
            try:
                line = self.response.readline().decode()
            except OSError:
                return None
            if not line:
                return None
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "id":
                self.last_id = value
            if name == "data":
                return json.loads(value)["id"]


class Streams(OnServers):
    def test_a_stream_goes_on_where_it_was_when_the_server_was_killed(self):
        server = self.start()
        self.key = server.new_key()
        self.publish(server, ["before"])
        stream = Stream(server, self.key)
        self.assertEqual(stream.response.status, 200)
        # The first line comes when the position is known: what is published then is heard.
        stream.response.readline()
        self.publish(server, ["a", "b"])
        self.assertEqual([stream.next(), stream.next()], ["a", "b"])
        server.kill()
        self.assertIsNone(stream.next())
        stream.connection.close()
        again = self.start()
        self.publish(again, ["c"])
        resumed = Stream(again, self.key, stream.last_id)
        self.publish(again, ["d"])
        self.assertEqual([resumed.next(), resumed.next()], ["c", "d"])
        # It is open, and does not keep the server from stopping.
        self.assertEqual(again.stop(), 0)
        self.assertIsNone(resumed.next())
        resumed.connection.close()


if __name__ == "__main__":
    unittest.main()
