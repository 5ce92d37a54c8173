import { useMemo, type KeyboardEvent, type MouseEvent } from 'react';
import type { Blob } from '../api/types';
import { place } from '../jobs/job';
import { shades } from './stack';

const ROW = 12;
const CELL = 44;
const NAMES = 230;

interface Props {
  blocks: Blob[];
  names: string[];
  by: 'order' | 'importance';
  label: string;
  /** The block that is pointed at, by the mouse or by the arrow keys. */
  at: Blob | null;
  onHover: (block: Blob | null) => void;
}

/** A row for each matrix, a column for each level; the darker, the more. */
export function StackPicture({ blocks, names, by, label, at, onHover }: Props) {
  const shade = useMemo(() => shades(blocks, by), [blocks, by]);
  const matrices = blocks.reduce((most, block) => Math.max(most, block.matrix + 1), 0);
  const levels = blocks.reduce((most, block) => Math.max(most, block.level), 1);

  function hover(event: MouseEvent<SVGSVGElement>) {
    const index = (event.target as SVGElement).dataset['index'];
    onHover(index === undefined ? null : (blocks[Number(index)] ?? null));
  }

  function onKey(event: KeyboardEvent) {
    const next = neighbour(blocks, at, event.key);
    if (next) {
      event.preventDefault();
      onHover(next);
    }
  }

  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label="Picture of the stack; arrow keys go from block to block" onKeyDown={onKey}>
      <svg
        role="img"
        aria-label={label}
        className="stack-picture"
        width={NAMES + levels * CELL}
        height={(matrices + 1) * ROW + 8}
        onMouseMove={hover}
        onMouseLeave={() => onHover(null)}
      >
        {Array.from({ length: levels }, (_unused, level) => (
          <text key={level} x={NAMES + level * CELL + CELL / 2} y={ROW} textAnchor="middle" className="picture-text">
            {level + 1}
          </text>
        ))}
        {Array.from({ length: matrices }, (_unused, matrix) => (
          <text key={matrix} x={NAMES - 6} y={(matrix + 2) * ROW - 2} textAnchor="end" className="picture-text">
            {short(names[matrix] ?? String(matrix))}
          </text>
        ))}
        {blocks.map((block, index) => (
          <rect
            key={block.position}
            data-index={index}
            x={NAMES + (block.level - 1) * CELL}
            y={(block.matrix + 1) * ROW + 1}
            width={CELL - 1}
            height={ROW - 1}
            className={block === at ? 'block current' : 'block'}
            fillOpacity={0.12 + 0.88 * (shade[index] ?? 0)}
          />
        ))}
      </svg>
    </div>
  );
}

const STEPS: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The block beside the one that is pointed at, in the direction of an arrow key; the first one when none is. */
export function neighbour(blocks: Blob[], at: Blob | null, key: string): Blob | undefined {
  const step = STEPS[key];
  if (!step) {
    return undefined;
  }
  if (!at) {
    return blocks.find((block) => block.matrix === 0) ?? blocks[0];
  }
  const [rows, columns] = step;
  const along = blocks.filter((block) => (rows === 0 ? block.matrix === at.matrix : block.level === at.level));
  const place = (block: Blob) => (rows === 0 ? block.level : block.matrix);
  const direction = rows + columns;
  return along
    .filter((block) => (place(block) - place(at)) * direction > 0)
    .reduce<Blob | undefined>((nearest, block) => (nearest && Math.abs(place(nearest) - place(at)) <= Math.abs(place(block) - place(at)) ? nearest : block), undefined);
}

const SHADES = 5;

/** What the colours mean, from the least to the most. */
export function Legend({ by }: { by: 'order' | 'importance' }) {
  return (
    <p className="legend">
      {by === 'importance' ? 'least important' : 'last in the order'}{' '}
      <svg width={SHADES * 18} height={12} aria-hidden="true">
        {Array.from({ length: SHADES }, (_unused, index) => (
          <rect key={index} className="block" x={index * 18} y={0} width={16} height={12} fillOpacity={0.12 + (0.88 * index) / (SHADES - 1)} />
        ))}
      </svg>{' '}
      {by === 'importance' ? 'most important for each byte; first blocks, which every prefix needs, count as most' : 'first in the order'}
    </p>
  );
}

function short(name: string): string {
  const { layer, role } = place(name);
  return layer === '' ? role : `${layer} ${role}`;
}
