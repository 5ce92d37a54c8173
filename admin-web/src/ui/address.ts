import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

type Change = Readonly<Record<string, string | null>>;

/** Changes parts of the page's state in its address; null leaves a part out. */
export function useChangeAddress(): (change: Change) => void {
  const [, setSearch] = useSearchParams();
  return useCallback(
    (change) =>
      setSearch(
        () => {
          // The window's own address: what the router hands over is that of the last rendering, so of two changes in a row the first would be lost.
          const after = new URLSearchParams(window.location.search);
          for (const [name, value] of Object.entries(change)) {
            if (value === null) {
              after.delete(name);
            } else {
              after.set(name, value);
            }
          }
          return after;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
}

/** One part of the page's state that lives in its address, so that a link or a reload shows the same. */
export function useAddress(name: string, otherwise = ''): [string, (value: string) => void] {
  const [search] = useSearchParams();
  const changeAddress = useChangeAddress();
  const value = search.get(name) ?? otherwise;
  const change = useCallback((next: string) => changeAddress({ [name]: next === otherwise ? null : next }), [name, otherwise, changeAddress]);
  return [value, change];
}
