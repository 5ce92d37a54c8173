import { instant, localTime } from './times';

test('a time goes to the field and back, whatever the zone of the reader', () => {
  for (const iso of ['2026-03-01T12:05:00.000Z', '2026-12-31T23:59:00.000Z', '2026-07-01T00:00:00.000Z']) {
    expect(localTime(iso)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
    expect(instant(localTime(iso))).toBe(iso);
  }
});

test('the field shows the time of the reader', () => {
  const at = new Date(2026, 2, 1, 7, 5);
  expect(localTime(at.toISOString())).toBe('2026-03-01T07:05');
});

test('nothing and nonsense are nothing', () => {
  for (const text of ['', 'yesterday', '2026-99-99T00:00']) {
    expect(localTime(text)).toBe('');
    expect(instant(text)).toBe('');
  }
});
