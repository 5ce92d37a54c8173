import type { Key } from '../api/types';

/** What the platform writes as "ID;role" in words; the ID is that of a key, the name of a service, or a person at a provider. */
export function whose(principal: string | null | undefined, keys: Pick<Key, 'id' | 'name'>[]): string {
  if (!principal) {
    return '–';
  }
  const at = principal.lastIndexOf(';');
  if (at < 1) {
    return principal;
  }
  const id = principal.slice(0, at);
  const name = keys.find((key) => key.id === id)?.name;
  return `${name ?? id} (${principal.slice(at + 1)})`;
}
