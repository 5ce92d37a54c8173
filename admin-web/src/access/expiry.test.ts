import { expiry, keyState } from './expiry';

const NOW = Date.parse('2026-05-01T00:00:00Z');

test('days become a time, nothing means never, nonsense is refused', () => {
  expect(expiry('90', NOW)).toEqual({ at: '2026-07-30T00:00:00.000Z' });
  expect(expiry(' ', NOW)).toEqual({ at: null });
  for (const wrong of ['0', '-1', '1.5', '4000', 'x', '1e9']) {
    expect(expiry(wrong, NOW), wrong).toBeNull();
  }
});

test('a key is what matters most about it', () => {
  expect(keyState({}, NOW)).toBe('active');
  expect(keyState({ expiresAt: '2026-08-01T00:00:00Z' }, NOW)).toBe('active');
  expect(keyState({ expiresAt: '2026-05-03T00:00:00Z' }, NOW)).toBe('expires soon');
  expect(keyState({ expiresAt: '2026-05-01T00:00:00Z' }, NOW)).toBe('expired');
  expect(keyState({ expiresAt: '2026-05-02T00:00:00Z', replacedBy: 'x' }, NOW)).toBe('replaced');
  expect(keyState({ expiresAt: '2026-04-01T00:00:00Z', revokedAt: '2026-04-02T00:00:00Z' }, NOW)).toBe('revoked');
});
