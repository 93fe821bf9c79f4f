// Calls of detoy serve.
const DETOY_URL = process.env.DETOY_URL ?? "http://127.0.0.1:7420";
const DETOY_KEY = process.env.DETOY_KEY;
const TIMEOUT_MS = 2_000;

// detoy serve was too busy, or could not be reached: what was asked may have been done or not.
export class Unavailable extends Error {}

// The answer of detoy("job/get", { id: 1 }), and the like.
export async function detoy(call, body) {
  let response, answer;
  try {
    response = await fetch(`${DETOY_URL}/v1/${call}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${DETOY_KEY}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = await response.json();
  } catch (error) {
    throw new Unavailable(`${call}: ${error.cause?.message ?? error.message}`);
  }
  if (response.status === 503) throw new Unavailable(`${call}: ${answer.detail}`);
  if (!response.ok) throw new Error(`${call}: ${response.status} ${answer.detail}`);
  return answer;
}

// Whether detoy serve can do now what it is asked.
export async function isReady() {
  try {
    return (await fetch(`${DETOY_URL}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}
