"""Calls to `detoy serve` whose servers may be killed at any moment."""

import http.client
import json
import time


class Unknown(Exception):
    """No answer came, or the server was too busy: the call may have been done or not."""


class Conflict(Exception):
    """What is stored does not allow it."""


class Client:
    """One connection at a time, to one of several servers over one store. Used by one thread."""

    def __init__(self, ports, key, first=0):
        self.ports = ports
        self.headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
        self.turn = first
        self.connection = None

    def call(self, path, **body):
        """The answer of POST /v1/PATH. Conflict and Unknown are raised; any other status is a failure of the test."""
        try:
            if self.connection is None:
                port = self.ports[self.turn % len(self.ports)]
                self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            self.connection.request("POST", "/v1/" + path, json.dumps(body), self.headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.next_server()
            raise Unknown(path) from error
        if response.status == 503:
            self.next_server()
            raise Unknown(path)
        if response.status == 409:
            raise Conflict(path)
        assert response.status == 200, f"{path}: {response.status} {text[:500]}"
        return json.loads(text)

    def until_answered(self, path, **body):
        """The same for what may be repeated."""
        while True:
            try:
                return self.call(path, **body)
            except Unknown:
                time.sleep(0.002)

    def next_server(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
        self.turn += 1
