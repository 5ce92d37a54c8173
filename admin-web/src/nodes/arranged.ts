import type { Node } from '../api/types';

/** The nodes grouped by the value of a label; all in one group without a label. */
export function grouped(nodes: Node[], label: string): [string, Node[]][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = label === '' ? '' : (node.labels?.[label] ?? `without ${label}`);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

const BY = {
  name: () => 0,
  budget: (node: Node) => node.budgetBytes,
  held: (node: Node) => node.heldBytes,
  bpw: (node: Node) => node.bpw ?? 0,
  rate: (node: Node) => node.tokensPerSecond ?? 0,
  requests: (node: Node) => node.activeRequests + node.queuedRequests,
};

export type Column = keyof typeof BY;

/** What nodes can be sorted by. */
export const COLUMNS = Object.keys(BY) as Column[];

/** The nodes sorted by a column, downwards after a minus; those that are alike there, and all where there is no such column, by name. */
export function sorted(nodes: Node[], sort: string): Node[] {
  const sign = sort.startsWith('-') ? -1 : 1;
  const column = COLUMNS.find((name) => name === sort.replace(/^-/, '')) ?? 'name';
  const of = BY[column];
  return [...nodes].sort((a, b) => sign * (of(a) - of(b) || a.name.localeCompare(b.name)));
}
