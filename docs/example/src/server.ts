// A small shop that works well on one machine, as long as nobody restarts it.
import { randomUUID } from "node:crypto";
import express from "express";
import { type Carts, createCart, MemoryCarts, PostgresCarts } from "./carts";
import { priceOf } from "./prices";

interface Order {
  id: string;
  customer: string;
  total: number;
  currency: string;
  paid: boolean;
}

const currencies = new Map([["EU", "EUR"], ["UK", "GBP"]]);
const orders = new Map<string, Order>();
const loginAttempts = new Map<string, { count: number; windowStart: number }>();
const carts: Carts = process.env.DATABASE_URL ? new PostgresCarts(process.env.DATABASE_URL) : new MemoryCarts();

const app = express();
app.use(express.json());

function tooManyAttempts(ip: string): boolean {
  const now = Date.now();
  const seen = loginAttempts.get(ip);
  if (!seen || now - seen.windowStart > 60_000) {
    loginAttempts.set(ip, { count: 1, windowStart: now });
    return false;
  }
  seen.count += 1;
  return seen.count > 5;
}

app.post("/login", (req, res) => {
  if (tooManyAttempts(req.ip ?? "")) return res.sendStatus(429);
  return res.sendStatus(204);
});

app.post("/carts/:id", async (req, res) => {
  await carts.save(createCart(req.params.id, req.body.items));
  res.sendStatus(204);
});

app.post("/orders", async (req, res) => {
  const total = await priceOf(req.body.item);
  const currency = currencies.get(req.body.country) ?? "USD";
  const order: Order = { id: randomUUID(), customer: req.body.customer, total, currency, paid: false };
  orders.set(order.id, order);
  res.status(201).json(order);
});

app.get("/orders/:id", (req, res) => {
  const order = orders.get(req.params.id);
  if (order) res.json(order);
  else res.sendStatus(404);
});

async function chargeOpenOrders() {
  for (const order of orders.values()) {
    if (order.paid) continue;
    await fetch("https://payments.example/charge", { method: "POST", body: JSON.stringify(order) });
    order.paid = true;
  }
}

setInterval(chargeOpenOrders, 60_000);
app.get("/health", (_req, res) => res.sendStatus(200));
app.listen(3000);
