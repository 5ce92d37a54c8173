import { whose } from './whose';

test('who did something is said in words', () => {
  const keys = [{ id: '931bb5d43094607c', name: 'pipeline' }];
  expect(whose('931bb5d43094607c;publisher', keys)).toBe('pipeline (publisher)');
  expect(whose('931bb5d43094607c;publisher', [])).toBe('931bb5d43094607c (publisher)');
  expect(whose('compression-service;service', keys)).toBe('compression-service (service)');
  expect(whose('a;b@example.org;viewer', keys)).toBe('a;b@example.org (viewer)');
  expect(whose('nobody', keys)).toBe('nobody');
  expect(whose(';admin', keys)).toBe(';admin');
  expect(whose(null, keys)).toBe('–');
});
