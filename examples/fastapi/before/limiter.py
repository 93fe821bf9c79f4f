"""How many orders a client may place in an hour."""

import math
import os
import time

LIMIT = int(os.environ.get("ORDERS_PER_HOUR", "20"))
HOUR = 3600

windows: dict[str, tuple[float, int]] = {}


def take(client: str) -> int:
    """0 if the client may place an order, or else the seconds until it may."""
    now = time.monotonic()
    begun, taken = windows.get(client, (now, 0))
    if now - begun >= HOUR:
        begun, taken = now, 0
    if taken >= LIMIT:
        return math.ceil(begun + HOUR - now)
    windows[client] = (begun, taken + 1)
    return 0
