/** What the event sample's snippets use and leave to their reader. */
import { SynapClient } from "@hivellm/synap-client";
import express from "express";

export let synap: SynapClient;

/** Has the snippets talk to a server. */
export function connect(url: string): void {
  synap = new SynapClient(url);
}

export const app = express();
app.use(express.json());

export async function createUser(email: string, _password: string) {
  return { id: `id-of-${email}`, email };
}

/** What the snippets print. */
export const printed: string[] = [];
export const console = { log: (line: string) => printed.push(line) };

interface Item {
  readonly name: string;
  readonly price: number;
}

export function generateId(): string {
  return "order-1";
}

export async function saveOrder(_orderId: string, _userId: string, _items: Item[]): Promise<void> {}

export function calculateTotal(items: readonly Item[]): number {
  return items.reduce((sum, { price }) => sum + price, 0);
}

export async function reserveItems(items: readonly Item[]): Promise<void> {
  for (const { name } of items) if (name === "piano") throw new Error("piano is sold out");
}

export async function chargeCustomer(orderId: string): Promise<string> {
  return `payment-of-${orderId}`;
}
