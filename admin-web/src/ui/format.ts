const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const KIBI = 1024;

/** Bytes in IEC units with three digits: `61.4 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < UNITS.length - 1) {
    scaled /= KIBI;
    unit += 1;
  }
  const magnitude = Math.abs(scaled);
  const digits = unit === 0 || magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${UNITS[unit]}`;
}

const FACTORS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: KIBI,
  m: KIBI ** 2,
  g: KIBI ** 3,
  t: KIBI ** 4,
  kib: KIBI,
  mib: KIBI ** 2,
  gib: KIBI ** 3,
  tib: KIBI ** 4,
};

/** Bytes as people write them, such as `900 MB`, `1.5 GiB` or `600000000`; null for anything else. */
export function parseBytes(text: string): number | null {
  const match = /^\s*(\d{1,15}(?:\.\d{1,15})?)\s*([a-z]{0,3})\s*$/i.exec(text.replaceAll(/(\d)[,_ ](?=\d{3})/g, '$1'));
  const factor = FACTORS[match?.[2]?.toLowerCase() ?? 'none'];
  if (!match || factor === undefined) {
    return null;
  }
  const value = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : null;
}

/** A number with a fixed number of digits, or a dash when there is none. */
export function number(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** Three significant digits, also of very small numbers. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
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
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toLocaleString('en-US');
}

/** How much of something is used, 0 to 100; nothing of nothing is 0. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.max(0, (100 * part) / whole)) : 0;
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

/** One or many of something: `1 node`, `3 nodes`. */
export function plural(many: number, one: string): string {
  return `${count(many)} ${one}${many === 1 ? '' : 's'}`;
}
