"""How many orders a client may place in an hour."""

import math
import os

import detoy

LIMIT = int(os.environ.get("ORDERS_PER_HOUR", "20"))
HOUR = 3600

RULE = {"name": "orders", "algorithm": "sliding_window", "limit": LIMIT, "period_ms": HOUR * 1000}


async def take(client: str) -> int:
    """0 if the client may place an order, or else the seconds until it may."""
    answer = await detoy.call("rate_limit/take", {"checks": [{"key": client, "rule": RULE}]})
    return 0 if answer["allowed"] else math.ceil(answer["verdicts"][0]["retry_after_ms"] / 1000)
