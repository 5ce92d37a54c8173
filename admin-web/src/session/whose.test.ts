import { idsOf, named, whose } from './whose';

const KEYS = [
  { id: '931bb5d43094607c', name: 'pipeline' },
  { id: '0f1bb5d430946000', name: 'rotated' },
  { id: '1f1bb5d430946001', name: 'rotated' },
];

test('who did something is said in words', () => {
  expect(whose('931bb5d43094607c;publisher', KEYS)).toBe('pipeline (publisher)');
  expect(whose('key:931bb5d43094607c;publisher', KEYS)).toBe('pipeline (publisher)');
  expect(whose('931bb5d43094607c;publisher', [])).toBe('931bb5d43094607c (publisher)');
  expect(whose('compression-service;service', KEYS)).toBe('compression-service (service)');
  expect(whose('a;b@example.org;viewer', KEYS)).toBe('a;b@example.org (viewer)');
  expect(whose('nobody', KEYS)).toBe('nobody');
  expect(whose(';admin', KEYS)).toBe(';admin');
  expect(whose(null, KEYS)).toBe('–');
});

test('keys in a text are named, all else stays', () => {
  expect(named('0f1bb5d430946000 by 1f1bb5d430946001', KEYS)).toBe('rotated by rotated');
  expect(named('931bb5d43094607c, endless', KEYS)).toBe('pipeline, endless');
  expect(named('931bb5d43094607c publisher pipeline', KEYS)).toBe('publisher pipeline');
  expect(named('931bb5d43094607c pipeline, endless', KEYS)).toBe('pipeline, endless');
  expect(named('prose@stable to 2', KEYS)).toBe('prose@stable to 2');
});

test('a name stands for all keys that have it', () => {
  expect(idsOf('931bb5d43094607c', KEYS)).toEqual(['931bb5d43094607c']);
  expect(idsOf('pipeline', KEYS)).toEqual(['931bb5d43094607c']);
  expect(idsOf('rotated', KEYS)).toEqual(['0f1bb5d430946000', '1f1bb5d430946001']);
  expect(idsOf('somebody@example.org', KEYS)).toEqual(['somebody@example.org']);
});
