import type { Job, Key, Node, ScrubResult } from '../api/types';
import type { Rollout } from '../deployments/rollout';
import { troubles, type Sources } from './troubles';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const NONE: Sources = { nodes: [], jobs: [], rollouts: [], keys: [], scrubs: [] };

function titles(some: Partial<Record<keyof Sources, unknown[]>>): string[] {
  return troubles({ ...NONE, ...some } as Sources, NOW).map((trouble) => trouble.title);
}

test('lost nodes, and nodes with a problem', () => {
  const nodes: Partial<Node>[] = [
    { name: 'a', state: 'lost', lastSeenAt: '2026-01-01T00:00:00Z' },
    { name: 'b', state: 'ready', problem: 'no room' },
    { name: 'c', state: 'ready' },
  ];
  expect(titles({ nodes })).toEqual(['Node a is lost', 'Node b has a problem']);
});

test('jobs that failed of late, unless they were begun once more', () => {
  const jobs: Partial<Job>[] = [
    { id: '4', model: 'm', state: 'encoding', retryOf: '3' },
    { id: '3', model: 'm', state: 'failed', createdAt: '2026-01-01T23:00:00Z' },
    { id: '1', model: 'm', state: 'failed', finishedAt: '2026-01-01T23:00:00Z', error: { code: 'WEIGHTS_INVALID', detail: 'x' } },
    { id: '2', model: 'm', state: 'failed', finishedAt: '2025-12-01T23:00:00Z' },
  ];
  expect(titles({ jobs })).toEqual(['A job of m failed: WEIGHTS_INVALID']);
});

test('rollouts that stand still or were taken back of late', () => {
  const rollout = { model: 'm', to: { version: 2 }, createdAt: '2025-01-01T00:00:00Z' };
  const rollouts: Partial<Rollout>[] = [
    { ...rollout, id: 1, state: 'paused' },
    { ...rollout, id: 2, state: 'rolled-back', finishedAt: '2026-01-01T23:00:00Z' },
    { ...rollout, id: 3, state: 'rolled-back', finishedAt: '2025-06-01T23:00:00Z' },
    { ...rollout, id: 4, state: 'running' },
    { ...rollout, id: 5, state: 'completed' },
  ];
  expect(titles({ rollouts })).toEqual(['The rollout of m to version 2 stands still', 'The rollout of m to version 2 was taken back']);
});

test('what the last look at something has found damaged', () => {
  const scrub = (id: number, kind: string, subject: string | null, badBlobs: number, repairedBlobs: number) => ({ id, kind, subject, badBlobs, repairedBlobs, endedAt: 'x', versions: ['m/1'] });
  const scrubs: Partial<ScrubResult>[] = [
    scrub(5, 'node', 'a', 0, 0),
    scrub(4, 'node', 'a', 2, 0),
    scrub(3, 'store', null, 1, 0),
    scrub(2, 'node', 'b', 1, 1),
    scrub(1, 'stack', 'sha256:0', 1, 0),
  ] as Partial<ScrubResult>[];
  expect(titles({ scrubs })).toEqual(['The store is damaged', 'A stack, that of m/1, is damaged']);
});

test('keys that expire soon', () => {
  const keys: Partial<Key>[] = [
    { id: '1', name: 'ci', expiresAt: '2026-01-05T00:00:00Z' },
    { id: '2', name: 'gone', expiresAt: '2026-01-01T00:00:00Z' },
    { id: '3', name: 'rotated', expiresAt: '2026-01-05T00:00:00Z', replacedBy: '1' },
    { id: '4', name: 'endless' },
  ];
  expect(titles({ keys })).toEqual(['The key ci expires soon']);
});
