// How many orders a client may place in an hour.
import { detoy } from "./detoy.js";

const LIMIT = Number(process.env.ORDERS_PER_HOUR ?? 20);
const HOUR_MS = 3_600_000;

const RULE = { name: "orders", algorithm: "sliding_window", limit: LIMIT, period_ms: HOUR_MS };

// 0 if the client may place an order, or else the seconds until it may.
export async function take(client) {
  const answer = await detoy("rate_limit/take", { checks: [{ key: client, rule: RULE }] });
  return answer.allowed ? 0 : Math.ceil(answer.verdicts[0].retry_after_ms / 1000);
}
