import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** One part of the page's state that lives in its address, so that a link or a reload shows the same. */
export function useAddress(name: string, otherwise = ''): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const value = search.get(name) ?? otherwise;
  const change = useCallback(
    (next: string) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === otherwise || next === '') {
            after.delete(name);
          } else {
            after.set(name, next);
          }
          return after;
        },
        { replace: true, preventScrollReset: true },
      ),
    [name, otherwise, setSearch],
  );
  return [value, change];
}
