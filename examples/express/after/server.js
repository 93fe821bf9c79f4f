// Takes orders over HTTP.
import express from "express";
import { isReady, Unavailable } from "./detoy.js";
import { take } from "./limiter.js";
import { accept, find, startWorker } from "./orders.js";

const isName = (text) => typeof text === "string" && /^[\w-]{1,64}$/.test(text);

const app = express();
app.use(express.json());

app.get("/readyz", async (_req, res) => res.sendStatus((await isReady()) ? 200 : 503));

// The gateway in front knows who calls, and tells it.
app.use((req, res, next) => {
  req.client = req.get("X-Client");
  if (isName(req.client)) next();
  else res.status(401).json({ error: "X-Client is missing" });
});

app.post("/orders", async (req, res) => {
  const { reference, item, quantity } = req.body ?? {};
  if (!isName(reference) || !isName(item) || !Number.isInteger(quantity) || quantity < 1) {
    return res.status(400).json({ error: "an order has a reference, an item and a quantity" });
  }
  const wait = await take(req.client);
  if (wait > 0) return res.set("Retry-After", String(wait)).status(429).json({ error: "too many orders" });
  const id = await accept({ client: req.client, reference, item, quantity });
  return res.status(202).location(`/orders/${id}`).json({ id });
});

app.get("/orders/:id", async (req, res) => {
  const order = await find(req.client, req.params.id);
  if (!order) return res.status(404).json({ error: "there is no such order" });
  return res.json(order);
});

// Express knows an error handler by its four parameters.
app.use((error, _req, res, next) => {
  if (!(error instanceof Unavailable)) return next(error);
  console.error(error.message);
  return res.set("Retry-After", "1").status(503).json({ error: "orders cannot be taken now: try again" });
});

const stopWorker = startWorker();
const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`orders: http://127.0.0.1:${server.address().port}`);
});

process.once("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
  stopWorker();
});
