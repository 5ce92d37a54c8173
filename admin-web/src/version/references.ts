import type { CurvePoint } from '../api/types';
import { significant } from '../ui/format';
import { bestWithin } from './curve';

/** Tags of this kind hold what another format makes of the same model: `reference.Q4_K_M`. */
export const REFERENCE = 'reference.';

/** Another format of the same model at one size, measured by whoever wrote the tag. */
export interface Reference {
  name: string;
  sizeBytes: number;
  klDivergence: number | null;
  perplexity: number | null;
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** The references that tags hold, the smallest first; tags that cannot be read are left out. */
export function referencesOf(tags: Record<string, string> | null | undefined): Reference[] {
  const found: Reference[] = [];
  for (const [key, text] of Object.entries(tags ?? {})) {
    const reference = key.startsWith(REFERENCE) ? read(key.slice(REFERENCE.length), text) : null;
    if (reference) {
      found.push(reference);
    }
  }
  return found.sort((a, b) => a.sizeBytes - b.sizeBytes);
}

function read(name: string, text: string): Reference | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || name === '') {
    return null;
  }
  const { sizeBytes, klDivergence, perplexity } = value as Record<string, unknown>;
  const reference = { name, sizeBytes: positive(sizeBytes) ?? 0, klDivergence: positive(klDivergence), perplexity: positive(perplexity) };
  return reference.sizeBytes > 0 && (reference.klDivergence !== null || reference.perplexity !== null) ? reference : null;
}

/** The tag's value for a reference. */
export function tagOf({ sizeBytes, klDivergence, perplexity }: Reference): string {
  return JSON.stringify({
    sizeBytes,
    ...(klDivergence === null ? {} : { klDivergence }),
    ...(perplexity === null ? {} : { perplexity }),
  });
}

/** How this version does with no more bytes than a reference, in words. */
export function against(reference: Reference, curve: CurvePoint[]): string {
  const ours = bestWithin(curve, reference.sizeBytes);
  if (!ours) {
    return 'no size as small was measured';
  }
  const kl = reference.klDivergence === null ? '' : `KL divergence ${significant(ours.klDivergence)}`;
  return kl || `perplexity ${ours.perplexity.toFixed(2)}`;
}
