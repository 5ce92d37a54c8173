import type { Blob, CurvePoint, PlanRow } from '../api/types';
import { bestWithin, besides, linePoints, reach } from './curve';
import { shades } from './stack';

const CURVE: CurvePoint[] = [
  { blocks: 4, sizeBytes: 300, bpw: 4, perplexity: 20, klDivergence: 0.1 },
  { blocks: 1, sizeBytes: 100, bpw: 2, perplexity: 30, klDivergence: 0.5 },
  { blocks: 9, sizeBytes: 900, bpw: 8, perplexity: 15, klDivergence: 0 },
];

test('the best point within a size', () => {
  expect(bestWithin(CURVE, 899)?.blocks).toBe(4);
  expect(bestWithin(CURVE, 99)).toBeNull();
});

test('lines go from small to large, without what a logarithm has no place for', () => {
  expect(linePoints(CURVE, 'klDivergence')).toEqual([
    [100, 0.5],
    [300, 0.1],
  ]);
  expect(linePoints(CURVE, 'perplexity')).toHaveLength(3);
});

test('the reach of budgets counts what is needed besides the model', () => {
  const rows: PlanRow[] = [
    { budgetBytes: 1, missingBytes: 1099 },
    { budgetBytes: 2 ** 50, blocks: 9, heldBytes: 900 },
  ];
  expect(reach(rows, 100)).toEqual({ minimalBytes: 1100, fullBytes: 1900 });
  expect(reach([], 100)).toBeNull();
});

test('first blocks are shaded strongest, then by gain for each byte', () => {
  const block = (position: number, gain: number, sizeBytes: number): Blob => ({ position, matrix: 0, level: position + 1, digest: '', sizeBytes, gain });
  const blocks = [block(0, 0, 10), block(1, 5, 10), block(2, 6, 100)];
  expect(shades(blocks, 'importance')).toEqual([1, 0.5, 0]);
  expect(shades(blocks, 'order')).toEqual([1, 0.5, 0]);
});

test('the versions beside it are those that the address names, each once, as many as colours', () => {
  expect(besides('', 1)).toEqual([]);
  expect(besides('2,3', 1)).toEqual([2, 3]);
  expect(besides('1,2,2,x,-3,0,1e9,9007199254740993', 1)).toEqual([2]);
  expect(besides('2,3,4,5,6,7', 1)).toEqual([2, 3, 4, 5]);
});
