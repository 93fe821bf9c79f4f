// Calls of the warehouse, which ships what was ordered.
const WAREHOUSE_URL = process.env.WAREHOUSE_URL ?? "http://127.0.0.1:4000";
const TIMEOUT_MS = 30_000;

// The number of the shipment. The warehouse ships an order once, however often it is told of it.
export async function ship(order) {
  const response = await fetch(`${WAREHOUSE_URL}/shipments`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": `${order.client}/${order.reference}` },
    body: JSON.stringify({ item: order.item, quantity: order.quantity }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the warehouse answered ${response.status}`);
  return (await response.json()).shipment;
}
