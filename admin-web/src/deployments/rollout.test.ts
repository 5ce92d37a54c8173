import type { Deployment, Node } from '../api/types';
import { deploymentOf, parseLabels } from './concerned';
import { budgetUnder, parseShares, sizingOf, words } from './rollout';

test('shares of nodes grow and stay below all', () => {
  expect(parseShares('10, 50 %')).toEqual([0.1, 0.5]);
  expect(parseShares('')).toEqual([]);
  for (const wrong of ['50, 10', '0', '100', 'some', '10,,x']) {
    expect(parseShares(wrong), wrong).toBeNull();
  }
});

test('targets in words', () => {
  expect(words({ version: 2 })).toBe('version 2');
  expect(words({ sizing: { budgetShare: 0.5, ceilingBpw: 4 } })).toBe('50 % of the memory, at most 4 bits per weight');
});

test('a node follows the newest deployment that names it, has its labels, or is for all', () => {
  const node = { name: 'a', labels: { pool: 'edge' } } as unknown as Node;
  const all = [
    { id: 1 },
    { id: 2, selector: { pool: 'edge' } },
    { id: 3, selector: { pool: 'server' } },
    { id: 4, nodes: ['b'] },
  ] as unknown as Deployment[];
  expect(deploymentOf(node, all)?.id).toBe(2);
  expect(deploymentOf({ name: 'b' } as Node, all)?.id).toBe(4);
  expect(deploymentOf({ name: 'c' } as Node, [all[3] as Deployment])).toBeUndefined();
});

test('a size is bytes, a share or bounds, and nothing else', () => {
  const none = { budget: '', floorBpw: '', ceilingBpw: '' };
  expect(sizingOf({ ...none, budget: '900 MB' })).toEqual({ budgetBytes: 900_000_000 });
  expect(sizingOf({ ...none, budget: '50 %', ceilingBpw: '4.5' })).toEqual({ budgetShare: 0.5, ceilingBpw: 4.5 });
  expect(sizingOf({ budget: '', floorBpw: '3', ceilingBpw: '5' })).toEqual({ floorBpw: 3, ceilingBpw: 5 });
  for (const wrong of [none, { ...none, budget: 'much' }, { ...none, budget: '0' }, { ...none, budget: '120%' }, { ...none, floorBpw: 'x' }, { budget: '', floorBpw: '6', ceilingBpw: '5' }]) {
    expect(sizingOf(wrong), JSON.stringify(wrong)).toBeNull();
  }
  expect(words({ sizing: { budgetBytes: 900_000_000 } })).toBe('858 MiB');
});

test('labels are pairs', () => {
  expect(parseLabels('pool=edge, region = eu ')).toEqual({ pool: 'edge', region: 'eu' });
  for (const wrong of ['', ' , ', 'pool', 'a=b=c', 'a=b, c']) {
    expect(parseLabels(wrong), wrong).toBeNull();
  }
});

test('a size says what budget a node would have', () => {
  const node = { budgetBytes: 100, desiredBudgetBytes: null, memory: { limitBytes: 1000 } };
  expect(budgetUnder(node, null)).toBe(100);
  expect(budgetUnder(node, { budgetBytes: 70 })).toBe(70);
  expect(budgetUnder(node, { budgetShare: 0.25 })).toBe(250);
  expect(budgetUnder({ ...node, memory: null }, { budgetShare: 0.25 })).toBe(100);
  expect(budgetUnder({ ...node, desiredBudgetBytes: 100 }, { budgetBytes: 70 })).toBe(100);
});
