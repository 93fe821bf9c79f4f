"""Calls of detoy serve."""

import os

import httpx

http = httpx.AsyncClient(
    base_url=os.environ.get("DETOY_URL", "http://127.0.0.1:7420"),
    headers={"Authorization": f"Bearer {os.environ.get('DETOY_KEY', '')}"},
    timeout=2,
)


class Failed(Exception):
    """detoy serve answered with an error."""


class Unavailable(Failed):
    """It was too busy, or could not be reached: what was asked may have been done or not."""


async def call(path: str, body: dict) -> dict:
    """The answer of call("job/get", {"id": 1}), and the like."""
    try:
        response = await http.post(f"/v1/{path}", json=body)
        answer = response.json()
    except (httpx.TransportError, ValueError) as error:
        raise Unavailable(f"{path}: {error!r}") from error
    if response.status_code == 503:
        raise Unavailable(f"{path}: {answer['detail']}")
    if response.status_code != 200:
        raise Failed(f"{path}: {response.status_code} {answer['detail']}")
    return answer


async def is_ready() -> bool:
    """Whether detoy serve can do now what it is asked."""
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
