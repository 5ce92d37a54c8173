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
    sizing?.budgetBytes == null ? '' : `${sizing.budgetBytes} bytes`,
    sizing?.budgetShare == null ? '' : `${Math.round(sizing.budgetShare * 100)} % of the memory`,
    sizing?.floorBpw == null ? '' : `at least ${sizing.floorBpw} bits per weight`,
    sizing?.ceilingBpw == null ? '' : `at most ${sizing.ceilingBpw} bits per weight`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'as before' : parts.join(', ');
}

/** Shares of the nodes as people write them, `10, 50`, in percent; null where one is no share or they do not grow. */
export function parseShares(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim().replace(/\s*%$/, ''));
  const shares = parts.filter((part) => part !== '').map(Number);
  const isGood = shares.every((share, index) => share > 0 && share < 100 && share > (shares[index - 1] ?? 0));
  return isGood ? shares.map((share) => share / 100) : null;
}
