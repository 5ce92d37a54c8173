// @vitest-environment jsdom
import type { Node } from '../api/types';
import { parts, usedBytes } from '../nodes/ledger';
import { darkness } from './heat-map';
import { said } from '../storage/scrub-section';
import { matrixErrors, place, stepAt } from './job';

test('errors of matrices are read from the log, the later one of two', () => {
  const line = (sequence: number, message: string) => ({ sequence, at: '', message });
  expect(
    matrixErrors([
      line(1, 'encoding, after 0.1 s of calibrating'),
      line(2, 'matrix 1 of 46, model.layers.0.mlp.down_proj.weight: error 0.186'),
      line(3, 'matrix 2 of 46, model.layers.0.self_attn.o_proj.weight: error 4.75e-06'),
      line(4, 'matrix 1 of 46, model.layers.0.mlp.down_proj.weight: error 0.2'),
    ]),
  ).toEqual([
    { name: 'model.layers.0.mlp.down_proj.weight', error: 0.2 },
    { name: 'model.layers.0.self_attn.o_proj.weight', error: 4.75e-6 },
  ]);
});

test('a job that ended early shows at which step', () => {
  expect(stepAt({ state: 'queued' })).toBe(-1);
  expect(stepAt({ state: 'encoding', step: 'encode' })).toBe(2);
  expect(stepAt({ state: 'done', step: 'publish' })).toBe(6);
  expect(stepAt({ state: 'failed', step: 'evaluate' })).toBe(4);
  expect(stepAt({ state: 'cancelled', step: 'validate' })).toBe(0);
  expect(stepAt({ state: 'cancelled', step: null })).toBe(-1);
});

test('matrices have a place by decoder layer and role', () => {
  expect(place('model.layers.12.mlp.down_proj.weight')).toEqual({ layer: '12', role: 'mlp.down_proj' });
  expect(place('model.embed_tokens.weight[0:512]')).toEqual({ layer: '', role: 'embed_tokens[0:512]' });
});

test('darkness goes by the logarithm', () => {
  const shade = darkness([
    { name: 'a', error: 0.001 },
    { name: 'b', error: 0.1 },
  ]);
  expect([shade(0.001), shade(0.01), shade(0.1), shade(0)].map((value) => Number(value.toFixed(3)))).toEqual([0, 0.5, 1, 0]);
});

test('a budget is its parts and what is free', () => {
  const node = { budgetBytes: 100, heldBytes: 5, ledger: { baseBytes: 8, tablesBytes: 2, blocksBytes: 20, kvCacheBytes: 30, scratchBytes: 5 } } as Node;
  expect(usedBytes(node)).toBe(65);
  expect(parts(node).at(-1)).toEqual({ name: 'free', bytes: 35 });
  expect(parts(node).map((part) => part.name)).toEqual(['base', 'tables', 'blocks', 'KV cache', 'scratch', 'free']);
  expect(parts({ ...node, ledger: null }).map((part) => part.name)).toEqual(['model', 'free']);
});

test('scrubs in a sentence', () => {
  expect(said([{ corruptBlobs: 0 }, { corruptBlobs: 0 }])).toContain('No node');
  expect(said([{ corruptBlobs: 2 }, { corruptBlobs: 0 }])).toContain('1 of 2 nodes have found 2 damaged blobs');
});
