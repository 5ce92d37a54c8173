import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useIsDark } from '../shell/theme';

export interface Line {
  label: string;
  points: [number, number][];
}

export interface Mark {
  label: string;
  x: number;
}

/** A point that stands by itself, with its name beside it. */
export interface Dot {
  label: string;
  x: number;
  y: number;
}

interface Props {
  /** What the plot shows, in words; the numbers themselves stand in a table beside it. */
  label: string;
  lines: Line[];
  xLabel: string;
  yLabel: string;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  isLogarithmic?: boolean;
  marks?: Mark[];
  dots?: Dot[];
  /** A height to compare with, drawn across. */
  level?: { label: string; y: number } | null;
  /** Drawn strongly: what the reader chose. */
  chosen?: number | null;
  height?: number;
}

const COLORS = ['--pf-t--chart--color--blue--400', '--pf-t--chart--color--orange--400', '--pf-t--chart--color--green--400', '--pf-t--chart--color--purple--400', '--pf-t--chart--color--teal--400'];
const FALLBACKS = ['#4394e5', '#f5921b', '#87bb62', '#876fd4', '#63bdbd'];

/** Bytes are marked at round numbers of IEC units. */
const POWERS_OF_TWO = Array.from({ length: 50 }, (_unused, power) => 2 ** power);

function color(index: number): string {
  const at = index % COLORS.length;
  const value = getComputedStyle(document.documentElement).getPropertyValue(COLORS[at] ?? '').trim();
  return value || FALLBACKS[at] || '#4394e5';
}

/** Lines over one axis, drawn anew when the data, the theme or the width changes. */
export function Plot(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(props);
  const isDark = useIsDark();
  shown.current = props;
  const { label, lines, isLogarithmic = false, height = 300, chosen } = props;
  const key = JSON.stringify([lines, props.marks, props.dots, props.level, isLogarithmic]);

  useEffect(() => {
    const element = host.current;
    if (!element || lines.length === 0) {
      return;
    }
    const text = isDark ? '#e0e0e0' : '#3c3f42';
    const grid = isDark ? '#45484c' : '#e0e0e0';
    // Axes are written in the page's own letters.
    const family = getComputedStyle(element).fontFamily;
    const axis = { stroke: text, font: `12px ${family}`, labelFont: `600 12px ${family}`, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const made = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height,
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false, range: reaching(shown.current, 'x', false) }, y: { ...(isLogarithmic ? { distr: 3 as const } : {}), range: reaching(shown.current, 'y', isLogarithmic) } },
        axes: [
          { ...axis, space: 90, incrs: POWERS_OF_TWO, label: props.xLabel, values: (_plot, values) => values.map((value) => shown.current.formatX(value)) },
          {
            ...axis,
            label: props.yLabel,
            size: 70,
            values: (_plot, values) => values.map((value) => (value === null ? '' : shown.current.formatY(value))),
          },
        ],
        series: [
          { label: props.xLabel, value: (_plot, value) => (value === null ? '–' : shown.current.formatX(value)) },
          ...lines.map((line, index) => ({
            label: line.label,
            stroke: color(index),
            width: 2,
            spanGaps: true,
            points: { show: true, size: 6 },
            value: (_plot: uPlot, value: number | null) => (value === null ? '–' : shown.current.formatY(value)),
          })),
        ],
        hooks: { draw: [(drawn) => drawMarks(drawn, shown.current, text, color(1)), (drawn) => drawDots(drawn, shown.current, text, color(2))] },
      },
      uPlot.join(lines.map((line) => [line.points.map(([x]) => x), line.points.map(([, y]) => y)])),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The key stands for lines and marks, which are new objects each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, isDark, height]);

  useEffect(() => plot.current?.redraw(false), [chosen]);

  return <div ref={host} className="plot" role="img" aria-label={label} />;
}

function drawMarks(plot: uPlot, { marks = [], chosen }: Props, text: string, strong: string) {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = letters(plot);
  ctx.fillStyle = text;
  const line = (x: number, stroke: string, dash: number[], width: number) => {
    const at = plot.valToPos(x, 'x', true);
    if (at < bbox.left || at > bbox.left + bbox.width) {
      return null;
    }
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    return at;
  };
  marks.forEach((mark, index) => {
    const at = line(mark.x, text, [4, 4], 1);
    if (at !== null) {
      const isRight = at > bbox.left + bbox.width * 0.7;
      ctx.textAlign = isRight ? 'right' : 'left';
      ctx.fillText(mark.label, at + (isRight ? -4 : 4) * ratio, bbox.top + (14 + 16 * (index % 5)) * ratio);
    }
  });
  if (chosen !== null && chosen !== undefined) {
    line(chosen, strong, [], 2);
  }
  ctx.restore();
}

/** The page's own letters, for what is drawn into a plot. */
function letters(plot: uPlot): string {
  return `${12 * uPlot.pxRatio}px ${getComputedStyle(plot.root).fontFamily}`;
}

const ROOM = 0.1;

/** The range of an axis as usual, widened to what is drawn besides the lines. */
function reaching({ dots = [], level }: Props, axis: 'x' | 'y', isLogarithmic: boolean): uPlot.Scale.Range {
  return (_plot, least, most) => {
    if (least === null || most === null) {
      return [null, null];
    }
    const also = [...dots.map((dot) => dot[axis]), ...(axis === 'y' && level ? [level.y] : [])];
    const from = Math.min(least, ...also);
    const to = Math.max(most, ...also);
    if (axis === 'y') {
      return isLogarithmic ? uPlot.rangeLog(from, to, 10, true) : uPlot.rangeNum(from, to, ROOM, true);
    }
    const room = from === to ? Math.max(1, from * ROOM) : 0;
    return [from - room, to + room];
  };
}

function drawDots(plot: uPlot, { dots = [], level }: Props, text: string, fill: string) {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = letters(plot);
  if (level) {
    const y = plot.valToPos(level.y, 'y', true);
    ctx.strokeStyle = text;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = text;
    ctx.textAlign = 'left';
    // Below the line: small sizes, at the left, are worse than the level, so the curve lies above it there.
    ctx.fillText(level.label, bbox.left + 4 * ratio, y + 14 * ratio);
  }
  for (const dot of dots) {
    const x = plot.valToPos(dot.x, 'x', true);
    const y = plot.valToPos(dot.y, 'y', true);
    const size = 5 * ratio;
    ctx.fillStyle = fill;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.fill();
    const isRight = x > bbox.left + bbox.width * 0.8;
    ctx.fillStyle = text;
    ctx.textAlign = isRight ? 'right' : 'left';
    ctx.fillText(dot.label.slice(0, 30), x + (isRight ? -8 : 8) * ratio, y + 4 * ratio);
  }
  ctx.restore();
}
