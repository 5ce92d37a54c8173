import type { Deployment, Node } from '../api/types';

/** Whether a deployment is meant for a node: for those that it names, for those that have its labels, or for every one. */
function isFor(deployment: Deployment & { selector?: Record<string, string> | null }, node: Node): boolean {
  if (deployment.nodes) {
    return deployment.nodes.includes(node.name);
  }
  return Object.entries(deployment.selector ?? {}).every(([label, value]) => node.labels?.[label] === value);
}

/** The deployment that a node follows: of several that are for it the newest counts. */
export function deploymentOf(node: Node, deployments: Deployment[]): Deployment | undefined {
  return deployments.reduce<Deployment | undefined>(
    (newest, item) => (isFor(item, node) && (!newest || item.id > newest.id) ? item : newest),
    undefined,
  );
}
