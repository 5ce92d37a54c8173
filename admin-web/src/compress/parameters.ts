/** A codec parameter as docs/api-compression.md lists it, and what choosing another value costs. */
export interface Parameter {
  name: string;
  standard: string;
  what: string;
  /** Exactly what may be written. */
  pattern: RegExp;
  allowed: string;
}

const TRUTH = /^(true|false)$/;
const WHOLE = /^\d{1,6}$/;

export const CODECS: Record<string, { what: string; parameters: Parameter[] }> = {
  nested: {
    what: 'The platform’s own: one bit per weight and level, better at every size.',
    parameters: [
      { name: 'start', standard: '3', what: 'Planes in the first block of a matrix. 2 allows smaller prefixes, which are of use for large models only.', pattern: /^[1-4]$/, allowed: '1 to 4' },
      { name: 'levels', standard: '8', what: 'The highest level. Fewer levels encode faster and store less, and the largest size is less exact.', pattern: /^([1-9]|1[0-6])$/, allowed: '1 to 16' },
      { name: 'calibrationWindows', standard: '32', what: 'Windows of the calibration text. More are slower and a little better.', pattern: WHOLE, allowed: 'a whole number' },
      { name: 'descentPasses', standard: '2', what: 'How often all codes are chosen anew. More are slower and a little better.', pattern: /^([0-9]|1[0-6])$/, allowed: '0 to 16' },
      { name: 'damping', standard: '4.0', what: 'λ of the error feedback.', pattern: /^\d{1,4}(\.\d{1,6})?$/, allowed: 'a number' },
      { name: 'sideRank', standard: '-1', what: 'Rank of the side branch; -1 takes as many directions as are worth their bytes, 0 leaves it out.', pattern: /^(-1|\d{1,4})$/, allowed: '-1, 0 or more' },
      { name: 'rotation', standard: 'true', what: 'Rotate the columns; without it quality is worse.', pattern: TRUTH, allowed: 'true or false' },
      { name: 'embeddingPartRows', standard: '512', what: 'Rows of the first part of an embedding; 0 for one part.', pattern: WHOLE, allowed: 'a whole number' },
    ],
  },
  iabd: {
    what: 'The published method (arXiv 2410.23918), to compare with; larger and slower.',
    parameters: [
      { name: 'rank', standard: '16', what: 'Rank of the factors of each block. Larger blocks, better quality each.', pattern: WHOLE, allowed: 'a whole number' },
      { name: 'levels', standard: '16', what: 'The highest level.', pattern: /^([1-9]|1[0-6])$/, allowed: '1 to 16' },
      { name: 'calibrationWindows', standard: '32', what: 'Windows of the calibration text. More are slower and a little better.', pattern: WHOLE, allowed: 'a whole number' },
      { name: 'scaleGroupedOutput', standard: 'true', what: 'Scale the output projection under grouped-query attention; the published code does not.', pattern: TRUTH, allowed: 'true or false' },
    ],
  },
};

export const ORDERS: Record<string, string> = {
  kl: 'kl: measured by KL divergence, one evaluation for each matrix',
  proxy: 'proxy: no evaluations, for very large models',
  perplexity: 'perplexity: the published sort, one evaluation for each block (slow)',
  index: 'index: as the manifest lists the matrices',
  random: 'random: shuffled',
};
