import { describe, expect, it } from 'vitest';
import { bytes, duration, number, percent, range, secondsBetween, shortDigest } from './format';

describe('format', () => {
  it('writes bytes with three digits', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(999)).toBe('999 B');
    expect(bytes(1000)).toBe('1.00 KB');
    expect(bytes(61_432_000)).toBe('61.4 MB');
    expect(bytes(999_600)).toBe('1.00 MB');
    expect(bytes(6e9)).toBe('6.00 GB');
  });

  it('writes durations as people say them', () => {
    expect(duration(null)).toBe('–');
    expect(duration(0.4)).toBe('0 s');
    expect(duration(200)).toBe('3 min 20 s');
    expect(duration(3900)).toBe('1 h 5 min');
  });

  it('keeps percentages in bounds', () => {
    expect(percent(1, 0)).toBe(0);
    expect(percent(3, 4)).toBe(75);
    expect(percent(5, 4)).toBe(100);
  });

  it('writes a dash for what is not there', () => {
    expect(number(undefined, 2)).toBe('–');
    expect(number(27.918, 2)).toBe('27.92');
  });

  it('shortens digests and joins ranges', () => {
    expect(shortDigest('sha256:0123456789abcdef')).toBe('sha256:0123456789ab');
    expect(range('1 B', '2 B')).toBe('1 B – 2 B');
    expect(range('1 B', '1 B')).toBe('1 B');
  });

  it('takes times apart', () => {
    expect(secondsBetween('2026-01-01T00:00:00Z', '2026-01-01T00:01:30Z')).toBe(90);
    expect(secondsBetween('2026-01-01T00:00:00Z', undefined)).toBeNull();
  });
});
