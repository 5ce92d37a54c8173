import { Grid, GridItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { significant } from '../ui/format';
import { Section } from '../ui/section';
import { place, type MatrixError } from './job';

const CELL = 26;
const NAMES = 190;

interface Props {
  errors: MatrixError[];
  /** The matrix that is encoded now. */
  current: string | null;
}

/** How dark a matrix is, 0 to 1, by the logarithm of its error between the smallest and the largest. */
export function darkness(errors: MatrixError[]): (error: number) => number {
  const logs = errors.filter(({ error }) => error > 0).map(({ error }) => Math.log(error));
  const least = Math.min(...logs);
  const spread = Math.max(...logs) - least;
  return (error) => (error <= 0 ? 0 : spread > 0 ? (Math.log(error) - least) / spread : 1);
}

/** The weighted error of each matrix as it comes: a column for each decoder layer, a row for each of its matrices. */
export function HeatMap({ errors, current }: Props) {
  const [at, setAt] = useState<MatrixError | null>(null);
  if (errors.length === 0 && !current) {
    return null;
  }
  const places = errors.map((item) => ({ ...item, ...place(item.name) }));
  const roles = [...new Set(places.map((item) => item.role))].sort();
  const layers = [...new Set(places.map((item) => item.layer))].sort((a, b) => Number(a || -1) - Number(b || -1));
  const shade = darkness(errors);
  return (
    <Section title="Error of each matrix">
      <Grid hasGutter>
        <GridItem xl={7}>
          <div className="scrolls" tabIndex={0} role="region" aria-label="Picture of the errors">
            <svg
              role="img"
              aria-label={`Errors of ${errors.length} matrices, a row for each kind and a column for each decoder layer; the table has the same`}
              width={NAMES + layers.length * CELL}
              height={(roles.length + 1) * CELL}
              onMouseLeave={() => setAt(null)}
            >
              {layers.map((layer, column) => (
                <text key={layer} x={NAMES + column * CELL + CELL / 2} y={CELL - 8} textAnchor="middle" className="picture-text">
                  {layer}
                </text>
              ))}
              {roles.map((role, row) => (
                <text key={role} x={NAMES - 6} y={(row + 1) * CELL + 17} textAnchor="end" className="picture-text">
                  {role.length > 30 ? `${role.slice(0, 29)}…` : role}
                </text>
              ))}
              {places.map((item) => (
                <rect
                  key={item.name}
                  className={item.name === current ? 'block current' : 'block'}
                  x={NAMES + layers.indexOf(item.layer) * CELL}
                  y={(roles.indexOf(item.role) + 1) * CELL}
                  width={CELL - 2}
                  height={CELL - 2}
                  fillOpacity={0.1 + 0.9 * shade(item.error)}
                  onMouseEnter={() => setAt(item)}
                />
              ))}
            </svg>
          </div>
          <p className="answer" role="status">
            {at ? `${at.name}: error ${significant(at.error)}` : `${errors.length} matrices encoded. Darker means a larger error.`}
          </p>
        </GridItem>
        <GridItem xl={5}>
          <div className="scrolls short" tabIndex={0} role="region" aria-label="Errors by size">
            <Table aria-label="Errors by size" variant="compact">
              <Thead>
                <Tr>
                  <Th>Matrix</Th>
                  <Th>Error</Th>
                </Tr>
              </Thead>
              <Tbody>
                {[...errors]
                  .sort((a, b) => b.error - a.error)
                  .map((item) => (
                    <Tr key={item.name}>
                      <Td dataLabel="Matrix">{item.name}</Td>
                      <Td dataLabel="Error">{significant(item.error)}</Td>
                    </Tr>
                  ))}
              </Tbody>
            </Table>
          </div>
        </GridItem>
      </Grid>
    </Section>
  );
}
