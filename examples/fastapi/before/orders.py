"""Orders that were accepted, and the worker that has them shipped."""

import asyncio
import logging
import uuid

from warehouse import ship

AT_A_TIME = 4

logger = logging.getLogger("uvicorn.error")
orders: dict[str, dict] = {}
queue: asyncio.Queue[str] = asyncio.Queue()


def accept(order: dict) -> str:
    id = str(uuid.uuid4())
    orders[id] = {"state": "queued", "shipment": None, **order}
    queue.put_nowait(id)
    return id


def find(client: str, id: str) -> dict | None:
    """What the client may know of its order; None if it has none with this id."""
    order = orders.get(id)
    if order is None or order["client"] != client:
        return None
    return {"id": id, "reference": order["reference"], "state": order["state"], "shipment": order["shipment"]}


async def work() -> None:
    while True:
        id = await queue.get()
        order = orders[id]
        order["state"] = "running"
        try:
            order["shipment"] = await ship(order)
            order["state"] = "done"
        except Exception as error:  # whatever it was, the order must not be forgotten
            logger.error("order %s will be tried again: %r", id, error)
            order["state"] = "queued"
            queue.put_nowait(id)


def start_worker():
    """Returns what stops it."""
    tasks = [asyncio.create_task(work()) for _ in range(AT_A_TIME)]

    async def stop():
        for task in tasks:
            task.cancel()

    return stop
