import type { Deployment, Node } from '../api/types';

/** Whether a node has all of these labels. */
export function hasLabels(node: Pick<Node, 'labels'>, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([label, value]) => node.labels?.[label] === value);
}

/** Labels as people write them, `pool=edge, region=eu`; null where one is no label or there is none. */
export function parseLabels(text: string): Record<string, string> | null {
  const pairs = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => /^\s*([^=\s]+)\s*=\s*([^=]*?)\s*$/.exec(part));
  if (pairs.length === 0 || pairs.includes(null)) {
    return null;
  }
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** Whether a deployment is meant for a node: for those that it names, for those that have its labels, or for every one. */
function isFor(deployment: Deployment & { selector?: Record<string, string> | null }, node: Node): boolean {
  if (deployment.nodes) {
    return deployment.nodes.includes(node.name);
  }
  return hasLabels(node, deployment.selector ?? {});
}

/** The deployment that a node follows: of several that are for it the newest counts. */
export function deploymentOf(node: Node, deployments: Deployment[]): Deployment | undefined {
  return deployments.reduce<Deployment | undefined>(
    (newest, item) => (isFor(item, node) && (!newest || item.id > newest.id) ? item : newest),
    undefined,
  );
}
