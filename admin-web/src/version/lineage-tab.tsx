import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link, useNavigate } from 'react-router';
import { url } from '../api/client';
import { useRead } from '../api/queries';
import type { Lineage, Version } from '../api/types';
import { Loaded } from '../ui/states';
import { UserText } from '../ui/text';

interface Ancestor {
  model: string;
  version: number;
  distance: number;
}

const WIDTH = 190;
const HEIGHT = 36;
const GAP = 60;

/** Where a version came from: source, texts and tool, and the versions that it was derived from, as a graph and as a table. */
export function LineageTab({ version }: { version: Version }) {
  const query = useRead<Lineage>(url(['/api/v1/models', version.model, '/versions', String(version.version), '/lineage']));
  return (
    <Loaded query={query} what="the lineage">
      {(lineage) => (
        <>
          <Graph version={version} lineage={lineage} />
          <Table aria-label="Lineage" variant="compact">
            <Thead>
              <Tr>
                <Th>Made from</Th>
                <Th>What</Th>
              </Tr>
            </Thead>
            <Tbody>
              {(['source', 'calibration', 'evaluation', 'tool'] as const).map((member) => (
                <Tr key={member}>
                  <Td dataLabel="Made from">{member}</Td>
                  <Td dataLabel="What">
                    <UserText text={lineage[member] ?? '–'} />
                  </Td>
                </Tr>
              ))}
              <Tr>
                <Td dataLabel="Made from">job</Td>
                <Td dataLabel="What">{lineage.job ? <Link to={url(['/jobs', lineage.job])}>{lineage.job}</Link> : '–'}</Td>
              </Tr>
              {(lineage.derivedFrom as Ancestor[]).map((item) => (
                <Tr key={`${item.model}@${item.version}`}>
                  <Td dataLabel="Made from">version, {item.distance === 1 ? 'directly' : `${item.distance} steps back`}</Td>
                  <Td dataLabel="What">
                    <Link to={url(['/models', item.model, '/versions', String(item.version)])}>
                      {item.model}@{item.version}
                    </Link>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </>
      )}
    </Loaded>
  );
}

interface Box {
  id: string;
  words: string;
  column: number;
  row: number;
  to: string | null;
}

/** The boxes of the graph: what is oldest at the left, the version itself at the right. */
export function boxes(version: { model: string; version: number }, lineage: Lineage): Box[] {
  const ancestors = lineage.derivedFrom as Ancestor[];
  const deepest = ancestors.reduce((most, item) => Math.max(most, item.distance), 1);
  const rows = new Map<number, number>();
  const found: Box[] = [];
  const put = (id: string, words: string, column: number, to: string | null) => {
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    found.push({ id, words, column, row, to });
  };
  for (const item of [...ancestors].sort((a, b) => b.distance - a.distance)) {
    put(`${item.model}@${item.version}`, `${item.model}@${item.version}`, deepest - item.distance, url(['/models', item.model, '/versions', String(item.version)]));
  }
  for (const member of ['source', 'calibration', 'evaluation'] as const) {
    if (lineage[member]) {
      put(member, member, deepest - 1, null);
    }
  }
  put('self', `${version.model}@${version.version}`, deepest, null);
  return found;
}

function Graph({ version, lineage }: { version: Version; lineage: Lineage }) {
  const navigate = useNavigate();
  const all = boxes(version, lineage);
  const self = all.at(-1);
  if (!self) {
    return null;
  }
  const rows = all.reduce((most, box) => Math.max(most, box.row + 1), 1);
  const left = (box: Box) => box.column * (WIDTH + GAP);
  const top = (box: Box) => box.row * (HEIGHT + 12) + 4;
  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label="Graph of the lineage">
      <svg
        role="img"
        aria-label={`What ${self.words} was made from; the table below has the same`}
        width={(self.column + 1) * (WIDTH + GAP)}
        height={rows * (HEIGHT + 12) + 8}
      >
        {all
          .filter((box) => box.column === self.column - 1)
          .map((box) => (
            <line key={box.id} className="edge" x1={left(box) + WIDTH} y1={top(box) + HEIGHT / 2} x2={left(self)} y2={top(self) + HEIGHT / 2} />
          ))}
        {all
          .filter((box) => box.column < self.column - 1)
          .map((box) => (
            <line key={box.id} className="edge" x1={left(box) + WIDTH} y1={top(box) + HEIGHT / 2} x2={left(box) + WIDTH + GAP} y2={HEIGHT / 2 + 4} />
          ))}
        {all.map((box) => (
          <g key={box.id} onClick={() => box.to && void navigate(box.to)} className={box.to ? 'box link' : 'box'}>
            <rect x={left(box)} y={top(box)} width={WIDTH} height={HEIGHT} rx={6} />
            <text x={left(box) + WIDTH / 2} y={top(box) + HEIGHT / 2 + 5} textAnchor="middle">
              {box.words.length > 24 ? `${box.words.slice(0, 23)}…` : box.words}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
