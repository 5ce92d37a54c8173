import { useEffect, useState } from 'react';
import type { Node } from '../api/types';

const MOST = 60;

/** The tokens a second of each node that were seen while the page was open, the oldest first. */
export function useRates(nodes: Node[] | Node | undefined): ReadonlyMap<string, number[]> {
  const [rates, setRates] = useState<ReadonlyMap<string, number[]>>(new Map());
  useEffect(() => {
    if (nodes) {
      const all = Array.isArray(nodes) ? nodes : [nodes];
      setRates((before) => new Map(all.map((node) => [node.name, [...(before.get(node.name) ?? []), node.tokensPerSecond ?? 0].slice(-MOST)])));
    }
  }, [nodes]);
  return rates;
}
