import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { json, url } from '../api/client';
import type { Page } from '../api/types';
import type { LogLine } from '../api/types';

const REFRESH_MILLIS = 1500;
const LARGEST_PAGE = 1000;

/** The lines of a job's log; while it runs, those that are new are read every now and then. */
export function useLog(id: string, isRunning: boolean) {
  const known = useRef<{ id: string; lines: LogLine[] }>({ id, lines: [] });
  return useQuery({
    queryKey: ['log', id, isRunning],
    queryFn: async ({ signal }) => {
      const lines = known.current.id === id ? [...known.current.lines] : [];
      let after: number | null | undefined = lines.at(-1)?.sequence ?? 0;
      while (after !== null && after !== undefined) {
        const page: Page<LogLine> = await json<Page<LogLine>>(url(['/api/v1/jobs', id, '/log'], { after, limit: LARGEST_PAGE }), { signal });
        lines.push(...page.items);
        after = page.next as number | null | undefined;
      }
      known.current = { id, lines };
      return lines;
    },
    refetchInterval: isRunning ? REFRESH_MILLIS : false,
  });
}
