"""Calls of the warehouse, which ships what was ordered."""

import os

import httpx

http = httpx.AsyncClient(base_url=os.environ.get("WAREHOUSE_URL", "http://127.0.0.1:4000"), timeout=30)


async def ship(order: dict) -> str:
    """The number of the shipment. The warehouse ships an order once, however often it is told of it."""
    response = await http.post(
        "/shipments",
        headers={"Idempotency-Key": f"{order['client']}/{order['reference']}"},
        json={"item": order["item"], "quantity": order["quantity"]},
    )
    response.raise_for_status()
    return response.json()["shipment"]
