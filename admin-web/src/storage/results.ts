import type { ScrubResult } from '../api/types';
import { count, plural } from '../ui/format';

type Counts = Pick<ScrubResult, 'badBlobs' | 'repairedBlobs' | 'endedAt'>;

/** How a scrub or check ended, in a word. */
export function stateOf(of: Counts): string {
  if (of.badBlobs > of.repairedBlobs) {
    return 'damaged';
  }
  if (of.badBlobs > 0) {
    return 'repaired';
  }
  return of.endedAt ? 'whole' : 'not finished';
}

/** The same in numbers; nothing where there is nothing to say. */
export function found(of: Counts): string {
  if (of.badBlobs === 0) {
    return '';
  }
  return of.repairedBlobs > 0 ? `${plural(of.badBlobs, 'blob')}, ${count(of.repairedBlobs)} fetched anew` : plural(of.badBlobs, 'blob');
}
