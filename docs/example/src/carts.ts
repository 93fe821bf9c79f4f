import { Pool } from "pg";

export interface Cart {
  id: string;
  items: string[];
}

export interface Carts {
  save(cart: Cart): Promise<void>;
}

export function createCart(id: string, items: string[]): Cart {
  return { id, items: [...items] };
}

export class MemoryCarts implements Carts {
  private readonly carts = new Map<string, Cart>();

  async save(cart: Cart): Promise<void> {
    this.carts.set(cart.id, cart);
  }
}

export class PostgresCarts implements Carts {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url });
  }

  async save(cart: Cart): Promise<void> {
    await this.pool.query("INSERT INTO carts (id, items) VALUES ($1, $2)", [cart.id, JSON.stringify(cart.items)]);
  }
}
