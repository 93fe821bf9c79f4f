"""Orders that were accepted, and the worker that has them shipped."""

import asyncio
import json
import logging
import os
import re
import socket

import detoy
from warehouse import ship

QUEUE = "orders"
WORKER = f"{socket.gethostname()}:{os.getpid()}"
AT_A_TIME = 4
EVERY = 0.25
LEASE_MS = 5_000  # after so long without a heartbeat, another instance takes the order over

logger = logging.getLogger("uvicorn.error")


async def accept(order: dict) -> str:
    """An order that is sent again is the same one."""
    unique_key = f"{order['client']}/{order['reference']}"
    job = {"queue": QUEUE, "unique_key": unique_key, "payload": json.dumps(order)}
    return str((await detoy.call("job/enqueue", job))["id"])


async def find(client: str, id: str) -> dict | None:
    """What the client may know of its order; None if it has none with this id."""
    if not re.fullmatch("[1-9][0-9]{0,14}", id):
        return None
    job = (await detoy.call("job/get", {"id": int(id)})).get("job")
    order = json.loads(job["payload"]) if job and job["queue"] == QUEUE else None
    if order is None or order["client"] != client:
        return None
    shipment = job["result"] if job["state"] == "done" else None
    return {"id": id, "reference": order["reference"], "state": job["state"], "shipment": shipment}


async def heartbeat(claim: dict) -> None:
    while True:
        await asyncio.sleep(LEASE_MS / 3000)
        try:
            await detoy.call("job/heartbeat", {**claim, "lease_ms": LEASE_MS})
        except detoy.Failed as error:
            logger.error("worker: %s", error)


async def work(job: dict) -> None:
    claim = {"id": job["id"], "token": job["token"]}
    beating = asyncio.create_task(heartbeat(claim))
    try:
        call, outcome = "job/complete", {"result": await ship(json.loads(job["payload"]))}
    except Exception as error:  # whatever it was, the order is tried again later
        call, outcome = "job/fail", {"error": repr(error)}
    try:
        await detoy.call(call, {**claim, **outcome})
    except detoy.Failed as error:
        logger.error("worker: %s", error)  # the lease ends, and the order is taken up again
    finally:
        beating.cancel()


async def work_until(stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            claim = {"queue": QUEUE, "worker": WORKER, "lease_ms": LEASE_MS}
            jobs = (await detoy.call("job/claim", claim))["jobs"]
        except detoy.Failed as error:
            logger.error("worker: %s", error)
            jobs = []
        if jobs:
            await work(jobs[0])
        else:
            await asyncio.sleep(EVERY)


def start_worker():
    """Returns what stops it, when the orders at hand are done."""
    stopping = asyncio.Event()
    workers = [asyncio.create_task(work_until(stopping)) for _ in range(AT_A_TIME)]

    async def stop():
        stopping.set()
        await asyncio.gather(*workers)

    return stop
