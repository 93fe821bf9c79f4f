"""A customer of the order intakes: places orders, and looks what became of them.

    python3 examples/customer.py place COUNT URL...     COUNT orders, at each address in turn
    python3 examples/customer.py look URL...            what became of those that were accepted

What was accepted is noted in out/accepted.json.
"""

import collections
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

ACCEPTED = pathlib.Path("out/accepted.json")
HEADERS = {"X-Client": "ann", "Content-Type": "application/json"}
PATIENCE_S = 60


def call(url, body=None):
    """Status, headers and JSON of the answer; status 0 if nobody answers."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, None
    except OSError:
        return 0, {}, None


def place(count, addresses):
    answers = collections.Counter()
    accepted = []
    end = time.monotonic() + PATIENCE_S
    for i in range(count):
        order = {"reference": f"order-{i}", "item": "lamp", "quantity": 1}
        status, headers, _ = call(addresses[i % len(addresses)] + "/orders", order)
        while status in (0, 503) and time.monotonic() < end:  # not there yet, or too busy: the order is sent again
            time.sleep(0.1)
            status, headers, _ = call(addresses[i % len(addresses)] + "/orders", order)
        answers[status] += 1
        if status == 202:
            accepted.append(headers["Location"])
    ACCEPTED.write_text(json.dumps(accepted))
    print(f"{count} orders: {answers.pop(202, 0)} accepted, {answers.pop(429, 0)} over the limit")
    if answers:
        sys.exit(f"others were answered {dict(answers)}")


def state_of(path, addresses):
    """The state of an order; "unknown" if no address knows the order."""
    answers = [call(address + path) for address in addresses]
    known = [order["state"] for status, _, order in answers if status == 200]
    return known[0] if known else "unknown" if all(status == 404 for status, _, _ in answers) else "no answer"


def look(addresses):
    paths = json.loads(ACCEPTED.read_text())
    end = time.monotonic() + PATIENCE_S
    states = {path: state_of(path, addresses) for path in paths}
    while not {"done", "unknown"}.issuperset(states.values()) and time.monotonic() < end:
        time.sleep(0.2)
        states = {path: state_of(path, addresses) for path in paths}
    counts = collections.Counter(states.values())
    print(f"{len(paths)} orders: " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["place"] and len(sys.argv) > 3:
        place(int(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:2] == ["look"] and len(sys.argv) > 2:
        look(sys.argv[2:])
    else:
        sys.exit(__doc__)
