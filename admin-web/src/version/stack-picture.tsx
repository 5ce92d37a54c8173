import { useMemo, type MouseEvent } from 'react';
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
  onHover: (block: Blob | null) => void;
}

/** A row for each matrix, a column for each level; the darker, the more. */
export function StackPicture({ blocks, names, by, label, onHover }: Props) {
  const shade = useMemo(() => shades(blocks, by), [blocks, by]);
  const matrices = blocks.reduce((most, block) => Math.max(most, block.matrix + 1), 0);
  const levels = blocks.reduce((most, block) => Math.max(most, block.level), 1);

  function hover(event: MouseEvent<SVGSVGElement>) {
    const index = (event.target as SVGElement).dataset['index'];
    onHover(index === undefined ? null : (blocks[Number(index)] ?? null));
  }

  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label="Picture of the stack">
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
            className="block"
            fillOpacity={0.12 + 0.88 * (shade[index] ?? 0)}
          />
        ))}
      </svg>
    </div>
  );
}

function short(name: string): string {
  const { layer, role } = place(name);
  return layer === '' ? role : `${layer} ${role}`;
}
