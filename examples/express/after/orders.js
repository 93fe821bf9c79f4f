// Orders that were accepted, and the worker that has them shipped.
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { detoy } from "./detoy.js";
import { ship } from "./warehouse.js";

const QUEUE = "orders";
const WORKER = `${hostname()}:${process.pid}`;
const AT_A_TIME = 4;
const EVERY_MS = 250;
const LEASE_MS = 5_000; // after so long without a heartbeat, another instance takes the order over

// An order that is sent again is the same one.
export async function accept(order) {
  const job = { queue: QUEUE, unique_key: `${order.client}/${order.reference}`, payload: JSON.stringify(order) };
  return (await detoy("job/enqueue", job)).id;
}

// What the client may know of its order; undefined if it has none with this id.
export async function find(client, id) {
  if (!/^[1-9]\d{0,14}$/.test(id)) return undefined;
  const { job } = await detoy("job/get", { id: Number(id) });
  const order = job?.queue === QUEUE ? JSON.parse(job.payload) : undefined;
  if (order?.client !== client) return undefined;
  return { id, reference: order.reference, state: job.state, shipment: job.state === "done" ? job.result : undefined };
}

async function work(job) {
  const claim = { id: job.id, token: job.token };
  const heartbeat = () => detoy("job/heartbeat", { ...claim, lease_ms: LEASE_MS }).catch(report);
  const beating = setInterval(heartbeat, LEASE_MS / 3);
  try {
    const [call, outcome] = await ship(JSON.parse(job.payload)).then(
      (shipment) => ["job/complete", { result: shipment }],
      (error) => ["job/fail", { error: error.message }],
    );
    await detoy(call, { ...claim, ...outcome });
  } catch (error) {
    report(error); // the lease ends, and the order is taken up again
  } finally {
    clearInterval(beating);
  }
}

async function workUntil(stopping) {
  while (!stopping.aborted) {
    try {
      const { jobs } = await detoy("job/claim", { queue: QUEUE, worker: WORKER, lease_ms: LEASE_MS });
      if (jobs.length > 0) await work(jobs[0]);
      else await pause(EVERY_MS);
    } catch (error) {
      report(error);
      await pause(EVERY_MS);
    }
  }
}

function report(error) {
  console.error(`worker: ${error.message}`);
}

// Returns what stops it, when the orders at hand are done.
export function startWorker() {
  const stopping = new AbortController();
  const workers = Array.from({ length: AT_A_TIME }, () => workUntil(stopping.signal));
  return async () => {
    stopping.abort();
    await Promise.all(workers);
  };
}
