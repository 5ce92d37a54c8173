import type { Key } from '../api/types';

const DAY_MILLIS = 24 * 3600 * 1000;
const SOON_DAYS = 14;

/** When a key ends that is good for so many days, as they are written; never where nothing is; null for no number of days. */
export function expiry(days: string, now: number): { at: string | null } | null {
  if (days.trim() === '') {
    return { at: null };
  }
  const value = Number(days);
  return Number.isInteger(value) && value >= 1 && value <= 3650 ? { at: new Date(now + value * DAY_MILLIS).toISOString() } : null;
}

export type KeyState = 'active' | 'expires soon' | 'replaced' | 'expired' | 'revoked';

/** How a key stands: one that was rotated is good for the overlap alone. */
export function keyState(key: Pick<Key, 'expiresAt' | 'replacedBy' | 'revokedAt'>, now: number): KeyState {
  if (key.revokedAt) {
    return 'revoked';
  }
  const left = key.expiresAt ? Date.parse(key.expiresAt) - now : Number.POSITIVE_INFINITY;
  if (left <= 0) {
    return 'expired';
  }
  if (key.replacedBy) {
    return 'replaced';
  }
  return left < SOON_DAYS * DAY_MILLIS ? 'expires soon' : 'active';
}
