import { found, stateOf } from './results';

const ENDED = '2026-03-01T06:00:00Z';

test('a result is what an operator has to know of it', () => {
  expect(stateOf({ badBlobs: 0, repairedBlobs: 0, endedAt: ENDED })).toBe('whole');
  expect(stateOf({ badBlobs: 0, repairedBlobs: 0 })).toBe('not finished');
  expect(stateOf({ badBlobs: 3, repairedBlobs: 3, endedAt: ENDED })).toBe('repaired');
  expect(stateOf({ badBlobs: 3, repairedBlobs: 2, endedAt: ENDED })).toBe('damaged');
  expect(stateOf({ badBlobs: 1, repairedBlobs: 0 })).toBe('damaged');
});

test('numbers are said where there are any', () => {
  expect(found({ badBlobs: 0, repairedBlobs: 0, endedAt: ENDED })).toBe('');
  expect(found({ badBlobs: 1, repairedBlobs: 0, endedAt: ENDED })).toBe('1 blob');
  expect(found({ badBlobs: 3, repairedBlobs: 2, endedAt: ENDED })).toBe('3 blobs, 2 fetched anew');
});
