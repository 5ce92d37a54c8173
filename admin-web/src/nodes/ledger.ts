import type { Node } from '../api/types';

/** What counts against a node's budget now. */
export function usedBytes(node: Node): number {
  const ledger = node.ledger;
  return ledger
    ? ledger.blocksBytes + ledger.baseBytes + (ledger.tablesBytes ?? 0) + ledger.kvCacheBytes + ledger.scratchBytes
    : node.heldBytes;
}

/** A part of a budget and what it is used for. */
export interface Part {
  name: string;
  bytes: number;
}

/** The parts of a node's budget in the order in which they are drawn; what is free comes last. */
export function parts(node: Node): Part[] {
  const ledger = node.ledger;
  const used: Part[] = ledger
    ? [
        { name: 'base', bytes: ledger.baseBytes },
        { name: 'tables', bytes: ledger.tablesBytes ?? 0 },
        { name: 'blocks', bytes: ledger.blocksBytes },
        { name: 'KV cache', bytes: ledger.kvCacheBytes },
        { name: 'scratch', bytes: ledger.scratchBytes },
      ]
    : [{ name: 'model', bytes: node.heldBytes }];
  return [...used, { name: 'free', bytes: Math.max(0, node.budgetBytes - usedBytes(node)) }];
}
