const WIDTH = 120;
const HEIGHT = 28;

/** A small line of the latest values. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  if (values.length < 2) {
    return null;
  }
  const most = Math.max(...values, 1e-9);
  const points = values
    .map((value, index) => `${((index / (values.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`)
    .join(' ');
  return (
    <svg role="img" aria-label={label} width={WIDTH} height={HEIGHT} className="sparkline">
      <polyline points={points} />
    </svg>
  );
}
