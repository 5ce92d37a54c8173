// @vitest-environment jsdom
import type { Deployment, Model, Node } from '../api/types';
import { arrange } from './model-list';
import { followers } from './move-preview';

function model(name: string, sizeBytes: number, tags: Record<string, string> = {}): Model {
  return { name, description: '', createdAt: '', updatedAt: '', aliases: [], tags, newest: { sizeBytes, createdAt: name } } as unknown as Model;
}

test('models are found by name, description and tag, and sorted both ways', () => {
  const models = [model('b', 2), model('a', 3, { team: 'NLP' }), model('c', 1)];
  expect(arrange(models, '', 'name').map((item) => item.name)).toEqual(['a', 'b', 'c']);
  expect(arrange(models, '', '-size').map((item) => item.name)).toEqual(['a', 'b', 'c']);
  expect(arrange(models, 'nlp', 'name').map((item) => item.name)).toEqual(['a']);
});

test('the newest deployment that names a node decides what it follows', () => {
  const node = (name: string) => ({ name }) as Node;
  const deployment = (id: number, alias: string, nodes?: string[]) => ({ id, model: 'm', alias, nodes }) as unknown as Deployment;
  const all = [deployment(1, 'stable'), deployment(2, 'canary', ['a'])];
  expect(followers([node('a'), node('b')], all, 'm', 'stable').map(([item]) => item.name)).toEqual(['b']);
  expect(followers([node('a'), node('b')], all, 'm', 'canary').map(([item]) => item.name)).toEqual(['a']);
  expect(followers([node('a')], all, 'other', 'stable')).toEqual([]);
});
