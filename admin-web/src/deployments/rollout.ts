import type { Node } from '../api/types';
import { bytes, parseBytes } from '../ui/format';

/** What a rollout gives nodes instead of what they had: a version, or a size. */
export interface Target {
  version?: number | null;
  sizing?: { budgetBytes?: number; budgetShare?: number; floorBpw?: number; ceilingBpw?: number } | null;
}

/** A rollout as docs/api-registry.md describes it. */
export interface Rollout {
  id: number;
  deployment: number;
  model: string;
  state: 'running' | 'paused' | 'completed' | 'rolled-back' | 'aborted';
  reason?: string | null;
  from: Target;
  to: Target;
  step: number;
  steps: { share?: number; labels?: Record<string, string> }[];
  createdAt: string;
  createdBy: string;
  finishedAt?: string | null;
  nodes?: { node: string; step: number }[];
  history?: { at: string; what: string; detail?: string | null; by?: string | null }[];
}

/** What is still going on can be held, taken up again and taken back. */
export function isOpen(rollout: Rollout): boolean {
  return rollout.state === 'running' || rollout.state === 'paused';
}

/** A target in words. */
export function words({ version, sizing }: Target): string {
  if (version != null) {
    return `version ${version}`;
  }
  const parts = [
    sizing?.budgetBytes == null ? '' : bytes(sizing.budgetBytes),
    sizing?.budgetShare == null ? '' : `${Math.round(sizing.budgetShare * 100)} % of the memory`,
    sizing?.floorBpw == null ? '' : `at least ${sizing.floorBpw} bits per weight`,
    sizing?.ceilingBpw == null ? '' : `at most ${sizing.ceilingBpw} bits per weight`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'as before' : parts.join(', ');
}

/** A size as the form has it: bytes or a share of each node's memory, and bounds of bits per weight; empty for none. */
export interface SizeWish {
  budget: string;
  floorBpw: string;
  ceilingBpw: string;
}

/** What is sent for a size; null where it is none. A budget is bytes such as `900 MB`, or a share of the memory such as `50 %`. */
export function sizingOf({ budget, floorBpw, ceilingBpw }: SizeWish): NonNullable<Target['sizing']> | null {
  const share = /^\s*(\d{1,3}(?:\.\d+)?)\s*%\s*$/.exec(budget);
  const found: NonNullable<Target['sizing']> = {};
  if (share) {
    found.budgetShare = Number(share[1]) / 100;
  } else if (budget.trim() !== '') {
    const parsed = parseBytes(budget);
    if (parsed === null) {
      return null;
    }
    found.budgetBytes = parsed;
  }
  for (const [member, text] of [['floorBpw', floorBpw], ['ceilingBpw', ceilingBpw]] as const) {
    if (text.trim() !== '') {
      found[member] = Number(text);
    }
  }
  const isGood =
    Object.values(found).every((value) => value > 0) &&
    (found.budgetShare ?? 1) <= 1 &&
    (found.floorBpw ?? 0) <= (found.ceilingBpw ?? Number.POSITIVE_INFINITY);
  return isGood && Object.keys(found).length > 0 ? found : null;
}

/** The budget that a node would have under a size; one that was given to the node itself stays. */
export function budgetUnder(node: Pick<Node, 'budgetBytes' | 'desiredBudgetBytes' | 'memory'>, sizing: Target['sizing']): number {
  if (node.desiredBudgetBytes != null) {
    return node.budgetBytes;
  }
  const limitBytes = node.memory?.limitBytes;
  const shared = sizing?.budgetShare != null && limitBytes != null ? Math.floor(sizing.budgetShare * limitBytes) : null;
  return sizing?.budgetBytes ?? shared ?? node.budgetBytes;
}

/** Shares of the nodes as people write them, `10, 50`, in percent; null where one is no share or they do not grow. */
export function parseShares(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim().replace(/\s*%$/, ''));
  const shares = parts.filter((part) => part !== '').map(Number);
  const isGood = shares.every((share, index) => share > 0 && share < 100 && share > (shares[index - 1] ?? 0));
  return isGood ? shares.map((share) => share / 100) : null;
}

/** The step that a rollout is at, in words: which nodes are changed so far. */
export function stepWords({ step, steps }: Pick<Rollout, 'step' | 'steps'>): string {
  const at = steps[step];
  if (at?.labels) {
    return Object.entries(at.labels).map(([label, value]) => `${label}: ${value}`).join(', ');
  }
  return at?.share === undefined || at.share >= 1 ? 'all nodes' : `${Math.round(at.share * 100)} % of the nodes`;
}
