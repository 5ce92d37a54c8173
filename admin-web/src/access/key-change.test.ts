import { ENDS, keyChange } from './key-change';

const NOW = Date.parse('2026-05-01T00:00:00Z');
const KEY = { name: 'pipeline', scope: 'viewer' } as const;

test('only what is changed is sent', () => {
  expect(keyChange(KEY, 'pipeline', 'same', NOW)).toEqual({});
  expect(keyChange(KEY, 'other', 'same', NOW)).toEqual({ name: 'other' });
  expect(keyChange(KEY, 'pipeline', '30', NOW)).toEqual({ expiresAt: '2026-05-31T00:00:00.000Z' });
  expect(keyChange(KEY, 'other', 'never', NOW)).toEqual({ name: 'other', neverExpires: true });
});

test('every end that is offered can be sent', () => {
  for (const [end] of ENDS) {
    expect(keyChange(KEY, 'pipeline', end, NOW)).not.toBeNull();
  }
});

test('names that keys may not have are not sent, and the name of a node’s key never is', () => {
  for (const wrong of ['', 'A', '../x', '*', 'x'.repeat(64)]) {
    expect(keyChange(KEY, wrong, 'same', NOW), wrong).toBeNull();
  }
  expect(keyChange({ name: '*', scope: 'node' }, 'other', 'same', NOW)).toEqual({});
});
