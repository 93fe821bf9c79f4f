// Prices come from the catalogue service and are kept for a minute.
const prices = new Map<string, { price: number; expiresAt: number }>();

export async function priceOf(item: string): Promise<number> {
  const known = prices.get(item);
  if (known && known.expiresAt > Date.now()) return known.price;
  const answer = await fetch(`https://catalogue.example/prices/${item}`);
  const { price } = (await answer.json()) as { price: number };
  prices.set(item, { price, expiresAt: Date.now() + 60_000 });
  return price;
}
