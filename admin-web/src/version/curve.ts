import type { CurvePoint, PlanRow } from '../api/types';

/** What is asked of the planner to know how far budgets reach: one that holds nothing and one that holds everything. */
export const EXTREMES = [1, 2 ** 50];

/** The budgets between which a choice changes anything, for a context. */
export interface Reach {
  minimalBytes: number;
  fullBytes: number;
}

/**
 * The reach, from the planner's answers to {@link EXTREMES}.
 *
 * @param minimalPrefixBytes what the minimal prefix takes
 */
export function reach(rows: PlanRow[], minimalPrefixBytes: number): Reach | null {
  const [nothing, everything] = rows;
  if (!nothing?.missingBytes || !everything?.heldBytes) {
    return null;
  }
  const minimalBytes = nothing.missingBytes + 1;
  const besides = Math.max(0, minimalBytes - minimalPrefixBytes);
  return { minimalBytes, fullBytes: Math.max(minimalBytes, everything.heldBytes + besides) };
}

/** The point of a curve with the most quality that needs no more than so many bytes. */
export function bestWithin(curve: CurvePoint[], sizeBytes: number): CurvePoint | null {
  return curve.filter((point) => point.sizeBytes <= sizeBytes).reduce<CurvePoint | null>((best, point) => (best && best.sizeBytes > point.sizeBytes ? best : point), null);
}

/** The lines of a measure over bytes; points that a logarithmic axis has no place for are left out. */
export function linePoints(curve: CurvePoint[], measure: 'perplexity' | 'klDivergence'): [number, number][] {
  return curve
    .filter((point) => point[measure] > 0)
    .map((point): [number, number] => [point.sizeBytes, point[measure]])
    .sort((a, b) => a[0] - b[0]);
}

/** As many other versions as can be told apart by colour. */
export const MOST_BESIDE = 4;

/** The other versions that an address wants drawn, `2,3`: each once, and what is no version left out. */
export function besides(text: string, version: number): number[] {
  const numbers = text
    .split(',')
    .filter((part) => /^[1-9]\d{0,8}$/.test(part))
    .map(Number);
  return [...new Set(numbers)].filter((number) => number !== version).slice(0, MOST_BESIDE);
}
