import type { Node } from '../api/types';
import { bytes } from '../ui/format';
import { parts, usedBytes } from './ledger';

const WIDTH = 1000;
const HEIGHT = 16;

/** What a node's budget is used for, as a bar and in words. */
export function BudgetBar({ node }: { node: Node }) {
  const all = parts(node);
  const total = Math.max(
    1,
    all.reduce((sum, part) => sum + part.bytes, 0),
  );
  const isOver = usedBytes(node) > node.budgetBytes;
  let at = 0;
  return (
    <div className="budget-bar">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Budget of ${node.name}: ${all.map((part) => `${part.name} ${bytes(part.bytes)}`).join(', ')}`}
      >
        {all.map((part, index) => {
          const width = (part.bytes / total) * WIDTH;
          const x = at;
          at += width;
          return (
            <rect key={part.name} className={`part part-${part.name === 'free' ? 'free' : index}`} x={x} y={0} width={width} height={HEIGHT}>
              <title>{`${part.name} ${bytes(part.bytes)}`}</title>
            </rect>
          );
        })}
      </svg>
      <ul className="legend">
        {all.map((part, index) => (
          <li key={part.name}>
            <svg width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" className={`part part-${part.name === 'free' ? 'free' : index}`} />
            </svg>{' '}
            {part.name} {bytes(part.bytes)}
          </li>
        ))}
      </ul>
      {isOver && <p>It uses {bytes(usedBytes(node) - node.budgetBytes)} more than its budget and is shrinking.</p>}
    </div>
  );
}
