import { bytes, duration, number, parseBytes, percent, plural, range, shortDigest, significant } from './format';

test('bytes have IEC units and three digits', () => {
  expect([0, 999, 1024, 1536, 61.4 * 1024 ** 2, 5 * 1024 ** 3, null].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.00 KiB',
    '1.50 KiB',
    '61.4 MiB',
    '5.00 GiB',
    '–',
  ]);
  expect(bytes(1023.6 * 1024)).toBe('1.00 MiB');
});

test('sizes are read as people write them', () => {
  expect(parseBytes('900 MB')).toBe(900_000_000);
  expect(parseBytes('1.5GiB')).toBe(1.5 * 1024 ** 3);
  expect(parseBytes('600,000,000')).toBe(600_000_000);
  expect(parseBytes('512 m')).toBe(512 * 1024 ** 2);
  for (const wrong of ['', 'many', '-5 MB', '1e9', '5 XB', '1.2.3', '99999999999 TB', 'constructor']) {
    expect(parseBytes(wrong), wrong).toBeNull();
  }
});

test('what bytes writes, parseBytes reads', () => {
  for (const value of [17, 4096, 12_900_000, 7 * 1024 ** 3]) {
    expect(Math.abs((parseBytes(bytes(value)) ?? 0) - value)).toBeLessThanOrEqual(value * 0.005);
  }
});

test('numbers', () => {
  expect(number(undefined, 2)).toBe('–');
  expect(significant(0.000012345)).toBe('1.23e-5');
  expect(significant(59.19)).toBe('59.2');
  expect(significant(0)).toBe('0');
  expect(percent(1, 0)).toBe(0);
  expect(percent(3, 2)).toBe(100);
  expect(duration(3900)).toBe('1 h 5 min');
  expect(duration(200)).toBe('3 min 20 s');
  expect(plural(1, 'node')).toBe('1 node');
  expect(range('a', 'a')).toBe('a');
  expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('sha256:abababababab');
});
