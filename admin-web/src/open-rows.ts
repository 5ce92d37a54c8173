import { useSearchParams } from 'react-router';

const OPEN = 'open';

/** Which rows are open; kept in the address (`?open=a&open=b`), so that a reload or a link shows the same. */
export function useOpenRows(): [ReadonlySet<string>, (name: string, isOpen: boolean) => void] {
  const [search, setSearch] = useSearchParams();
  const open = new Set(search.getAll(OPEN));

  function change(name: string, isOpen: boolean) {
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.delete(OPEN, name);
        if (isOpen) {
          after.append(OPEN, name);
        }
        return after;
      },
      { replace: true, preventScrollReset: true },
    );
  }

  return [open, change];
}
