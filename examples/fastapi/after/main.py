"""Takes orders over HTTP: uvicorn main:app"""

import re

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

import detoy
import orders
import warehouse
from limiter import take

NAME = re.compile("[A-Za-z0-9_-]{1,64}")

app = FastAPI(title="Orders")


class NewOrder(BaseModel):
    reference: str
    item: str
    quantity: int = Field(gt=0, le=1_000_000)


def client_of(x_client: str = Header(default="")) -> str:
    """The gateway in front knows who calls, and tells it."""
    if not NAME.fullmatch(x_client):
        raise HTTPException(401, "X-Client is missing")
    return x_client


@app.post("/orders", status_code=202)
async def place(new: NewOrder, response: Response, client: str = Depends(client_of)):
    if not NAME.fullmatch(new.reference) or not NAME.fullmatch(new.item):
        raise HTTPException(400, "a reference and an item are letters, digits, - and _")
    wait = await take(client)
    if wait > 0:
        raise HTTPException(429, "too many orders", headers={"Retry-After": str(wait)})
    order = {"client": client, "reference": new.reference, "item": new.item, "quantity": new.quantity}
    id = await orders.accept(order)
    response.headers["Location"] = f"/orders/{id}"
    return {"id": id}


@app.get("/orders/{id}")
async def look(id: str, client: str = Depends(client_of)):
    order = await orders.find(client, id)
    if order is None:
        raise HTTPException(404, "there is no such order")
    return order


@app.get("/readyz")
async def ready(response: Response):
    response.status_code = 200 if await detoy.is_ready() else 503
    return {"ready": response.status_code == 200}


@app.exception_handler(detoy.Unavailable)
async def unavailable(_request: Request, error: detoy.Unavailable):
    orders.logger.error("%s", error)
    return JSONResponse({"detail": "orders cannot be taken now: try again"}, 503, {"Retry-After": "1"})


@app.on_event("startup")
async def start():
    app.state.stop_worker = orders.start_worker()


@app.on_event("shutdown")
async def stop():
    await app.state.stop_worker()
    await warehouse.http.aclose()
    await detoy.http.aclose()
