import type { Key } from '../api/types';

type Named = Pick<Key, 'id' | 'name'>;

/** What the platform writes as "ID;role" in words; the ID is that of a key, the name of a service, or a person at a provider. */
export function whose(principal: string | null | undefined, keys: Named[]): string {
  if (!principal) {
    return '–';
  }
  const at = principal.lastIndexOf(';');
  if (at < 1) {
    return principal;
  }
  // Logins were once written down under the name that sessions have for a key.
  const id = principal.slice(0, at).replace(/^key:/, '');
  const name = keys.find((key) => key.id === id)?.name;
  return `${name ?? id} (${principal.slice(at + 1)})`;
}

/** A text that names keys by their ids, with their names instead, once where the name stands beside the id; other ids stay. */
export function named(text: string, keys: Named[]): string {
  const words = text.split(' ').map((word) => ({ bare: word.replace(/,$/, ''), end: word.endsWith(',') ? ',' : '' }));
  return words
    .flatMap(({ bare, end }) => {
      const name = keys.find((key) => key.id === bare)?.name;
      return name !== undefined && words.some((other) => other.bare === name) ? [] : [(name ?? bare) + end];
    })
    .join(' ');
}

/** The ids of those that are meant by a text: the one that has this id, or all that have this name; the text itself where it is none of a key's. */
export function idsOf(text: string, keys: Named[]): string[] {
  if (keys.some((key) => key.id === text)) {
    return [text];
  }
  const ids = keys.filter((key) => key.name === text).map((key) => key.id);
  return ids.length === 0 ? [text] : ids;
}
