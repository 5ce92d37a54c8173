import type { Blob } from '../api/types';
import { shades } from './stack';
import { neighbour } from './stack-picture';

function block(position: number, matrix: number, level: number, gain: number, sizeBytes = 10): Blob {
  return { position, matrix, level, gain, sizeBytes } as Blob;
}

const BLOCKS = [block(0, 0, 3, 0), block(1, 1, 3, 0), block(2, 1, 4, 8, 10), block(3, 0, 4, 8, 40), block(4, 0, 5, 9, 10)];

test('shades go by importance for each byte, and first blocks are the most important', () => {
  const [first, second, third, fourth, fifth] = shades(BLOCKS, 'importance');
  expect(Math.min(first ?? 0, second ?? 0)).toBeGreaterThan(fifth ?? 1);
  expect(fifth).toBeGreaterThan(third ?? 1);
  expect(third).toBeGreaterThan(fourth ?? 1);
  expect(fourth).toBe(0);
  expect(shades(BLOCKS, 'order')).toEqual([1, 0.75, 0.5, 0.25, 0]);
});

test('arrow keys go from block to block and stay at the border', () => {
  expect(neighbour(BLOCKS, null, 'ArrowDown')?.position).toBe(0);
  expect(neighbour(BLOCKS, BLOCKS[0] ?? null, 'ArrowDown')?.position).toBe(1);
  expect(neighbour(BLOCKS, BLOCKS[0] ?? null, 'ArrowRight')?.position).toBe(3);
  expect(neighbour(BLOCKS, BLOCKS[4] ?? null, 'ArrowLeft')?.position).toBe(3);
  expect(neighbour(BLOCKS, BLOCKS[4] ?? null, 'ArrowRight')).toBeUndefined();
  expect(neighbour(BLOCKS, BLOCKS[0] ?? null, 'ArrowUp')).toBeUndefined();
  expect(neighbour(BLOCKS, BLOCKS[0] ?? null, 'x')).toBeUndefined();
});
