import type { Node } from '../api/types';
import { grouped, sorted } from './arranged';

const NODES = [
  { name: 'b', budgetBytes: 2, labels: { pool: 'edge' } },
  { name: 'a', budgetBytes: 2, labels: { pool: 'servers' } },
  { name: 'c', budgetBytes: 1, labels: {} },
] as unknown as Node[];

const names = (nodes: Node[]) => nodes.map((node) => node.name).join('');

test('nodes are sorted by a column and then by name', () => {
  expect(names(sorted(NODES, 'name'))).toBe('abc');
  expect(names(sorted(NODES, '-name'))).toBe('cba');
  expect(names(sorted(NODES, 'budget'))).toBe('cab');
  expect(names(sorted(NODES, '-budget'))).toBe('bac');
  expect(names(sorted(NODES, 'constructor'))).toBe('abc');
});

test('nodes are grouped by the value of a label', () => {
  expect(grouped(NODES, '').map(([group, nodes]) => [group, names(nodes)])).toEqual([['', 'bac']]);
  expect(grouped(NODES, 'pool').map(([group, nodes]) => [group, names(nodes)])).toEqual([
    ['edge', 'b'],
    ['servers', 'a'],
    ['without pool', 'c'],
  ]);
});
