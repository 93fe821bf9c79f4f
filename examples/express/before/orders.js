// Orders that were accepted, and the worker that has them shipped.
import { randomUUID } from "node:crypto";
import { ship } from "./warehouse.js";

const EVERY_MS = 100;

const orders = new Map();
const queue = [];

export function accept(order) {
  const id = randomUUID();
  orders.set(id, { id, state: "queued", ...order });
  queue.push(id);
  return id;
}

// What the client may know of its order; undefined if it has none with this id.
export function find(client, id) {
  const order = orders.get(id);
  if (order?.client !== client) return undefined;
  return { id, reference: order.reference, state: order.state, shipment: order.shipment };
}

async function work() {
  const order = orders.get(queue.shift());
  if (!order) return;
  order.state = "running";
  try {
    order.shipment = await ship(order);
    order.state = "done";
  } catch (error) {
    console.error(`order ${order.id} will be tried again: ${error.message}`);
    order.state = "queued";
    queue.push(order.id);
  }
}

// Returns what stops it.
export function startWorker() {
  const timer = setInterval(work, EVERY_MS);
  return () => clearInterval(timer);
}
