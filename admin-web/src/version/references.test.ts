import type { CurvePoint } from '../api/types';
import { against, referencesOf, tagOf } from './references';

test('references are read from tags, and what is none is left out', () => {
  const found = referencesOf({
    team: 'nlp',
    'reference.Q4_K_M': '{"sizeBytes":105500000,"klDivergence":0.03,"perplexity":31.5}',
    'reference.Q2_K': '{"sizeBytes":88200000,"klDivergence":0.29}',
    'reference.broken': '{',
    'reference.null': 'null',
    'reference.none': '{"sizeBytes":5}',
    'reference.text': '{"sizeBytes":"5","perplexity":1}',
    'reference.negative': '{"sizeBytes":-5,"perplexity":1}',
    'reference.': '{"sizeBytes":5,"perplexity":1}',
  });
  expect(found.map((item) => item.name)).toEqual(['Q2_K', 'Q4_K_M']);
  expect(found[0]).toEqual({ name: 'Q2_K', sizeBytes: 88_200_000, klDivergence: 0.29, perplexity: null });
  expect(referencesOf({ 'reference.again': tagOf({ name: 'again', sizeBytes: 7, klDivergence: null, perplexity: 2 }) })).toEqual([
    { name: 'again', sizeBytes: 7, klDivergence: null, perplexity: 2 },
  ]);
  expect(referencesOf(null)).toEqual([]);
});

test('a reference is compared with what is no larger', () => {
  const curve = [
    { sizeBytes: 60, klDivergence: 0.3, perplexity: 40 },
    { sizeBytes: 100, klDivergence: 0.02, perplexity: 31 },
  ] as CurvePoint[];
  const reference = { name: 'x', sizeBytes: 90, klDivergence: 0.1, perplexity: null };
  expect(against(reference, curve)).toBe('KL divergence 0.3');
  expect(against({ ...reference, sizeBytes: 50 }, curve)).toContain('no size');
  expect(against({ ...reference, klDivergence: null, perplexity: 35 }, curve)).toBe('perplexity 40.00');
});
