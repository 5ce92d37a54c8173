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
  const id = principal.slice(0, at);
  const name = keys.find((key) => key.id === id)?.name;
  return `${name ?? id} (${principal.slice(at + 1)})`;
}

/** A text that names keys by their ids, with their names instead; other ids stay. */
export function named(text: string, keys: Named[]): string {
  return text
    .split(' ')
    .map((word) => {
      const id = word.replace(/,$/, '');
      const name = keys.find((key) => key.id === id)?.name;
      return name === undefined ? word : name + word.slice(id.length);
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
