const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units with three digits: `61.4 MB`. */
export function bytes(value: number): string {
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${UNITS[unit]}`;
}

/** A number with a fixed number of digits, or a dash when there is none. */
export function number(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** A duration in seconds as people say it: `1 h 5 min`, `3 min 20 s`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) {
    return '–';
  }
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) {
    return `${hours} h ${minutes} min`;
  }
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** Whole numbers with separators. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** How much of something is used, 0 to 100; nothing of nothing is 0. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.max(0, (100 * part) / whole)) : 0;
}

/** Date and time to the minute in the reader's zone. */
export function time(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

const SHORT_DIGITS = 12;

/** Enough of a digest to tell stacks apart by eye: `sha256:0123456789ab`. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  return digest.slice(0, colon + 1 + SHORT_DIGITS);
}

/** From the smaller to the larger of what can be held; one value where they are the same. */
export function range(smallest: string, largest: string): string {
  return smallest === largest ? smallest : `${smallest} – ${largest}`;
}

/** Seconds between two times, or nothing when one of them is missing. */
export function secondsBetween(from: string | null | undefined, to: string | null | undefined): number | null {
  return from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
}
