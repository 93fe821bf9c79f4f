// How many orders a client may place in an hour.
const LIMIT = Number(process.env.ORDERS_PER_HOUR ?? 20);
const HOUR_MS = 3_600_000;

const windows = new Map();

// 0 if the client may place an order, or else the seconds until it may.
export function take(client) {
  const now = Date.now();
  let window = windows.get(client);
  if (!window || now - window.begun >= HOUR_MS) {
    window = { begun: now, taken: 0 };
    windows.set(client, window);
  }
  if (window.taken >= LIMIT) return Math.ceil((window.begun + HOUR_MS - now) / 1000);
  window.taken += 1;
  return 0;
}
