import type { Blob } from '../api/types';

/** What the page reads of a manifest; docs/FORMAT.md has all of it. */
export interface Manifest {
  matrices: { name: string; rows: number; columns: number; levels: number; startLevel: number; sizeBytes: number }[];
  files: { path: string; sizeBytes: number; digest: string }[];
  codec: { name: string; parameters: Record<string, string> };
  model: Record<string, string | number>;
}

/** Gain in quality for each byte. */
export function importance(block: Blob): number {
  return block.sizeBytes > 0 ? block.gain / block.sizeBytes : 0;
}

/**
 * For each block a shade from 0 (least) to 1 (most): by where it stands in the order, or by the rank of its importance. First
 * blocks have no gain of their own, since every prefix needs them, and are shaded as the most important ones.
 */
export function shades(blocks: Blob[], by: 'order' | 'importance'): number[] {
  const last = Math.max(1, blocks.length - 1);
  if (by === 'order') {
    return blocks.map((block) => 1 - block.position / last);
  }
  const ranked = blocks.map((_block, index) => index).sort((a, b) => rank(blocks[a]) - rank(blocks[b]));
  const result = new Array<number>(blocks.length).fill(0);
  ranked.forEach((index, place) => {
    result[index] = place / last;
  });
  return result;
}

function rank(block: Blob | undefined): number {
  if (!block) {
    return 0;
  }
  return block.gain === 0 ? Number.POSITIVE_INFINITY : importance(block);
}
