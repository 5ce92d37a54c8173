import type { Key } from '../api/types';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const DAY_MILLIS = 24 * 3600 * 1000;

/** When a changed key may end, and in words. */
export const ENDS: [string, string][] = [
  ['same', 'when it does now'],
  ['7', 'in 7 days'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
  ['never', 'never'],
];

/** What is sent to change a key; null where the name is none that a key may have. */
export function keyChange(key: Pick<Key, 'name' | 'scope'>, name: string, end: string, now: number): { name?: string; expiresAt?: string; neverExpires?: true } | null {
  const isRenamed = key.scope !== 'node' && name !== key.name;
  if (isRenamed && !NAME.test(name)) {
    return null;
  }
  return {
    ...(isRenamed ? { name } : {}),
    ...(end === 'never' ? { neverExpires: true as const } : end === 'same' ? {} : { expiresAt: new Date(now + Number(end) * DAY_MILLIS).toISOString() }),
  };
}
