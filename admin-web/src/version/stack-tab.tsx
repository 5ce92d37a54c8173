import { FormGroup, Grid, GridItem, TextInput, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { json, url } from '../api/client';
import type { Blob, Page, Version } from '../api/types';
import { useAddress } from '../ui/address';
import { bytes, count, significant } from '../ui/format';
import { Loaded } from '../ui/states';
import { Legend, StackPicture } from './stack-picture';
import { importance, type Manifest } from './stack';

const LARGEST_PAGE = 10_000;
const MOST_ROWS = 100;

/** All residual blocks of a stack in stack order. */
async function blocks(digest: string, signal: AbortSignal): Promise<Blob[]> {
  const all: Blob[] = [];
  let from: string | number | null | undefined = 0;
  while (from !== undefined && from !== null) {
    const page: Page<Blob> = await json<Page<Blob>>(url(['/api/v1/stacks', digest, '/blocks'], { from, limit: LARGEST_PAGE }), { signal });
    all.push(...page.items);
    from = page.next;
  }
  return all;
}

/** The stack as a picture: which matrix, which level, in which order, and how important; beside it the same as a table. */
export function StackTab({ version }: { version: Version }) {
  const digest = version.stackDigest;
  const [coloured, setColoured] = useAddress('colour', 'importance');
  const [at, setAt] = useState<Blob | null>(null);
  const [from, setFrom] = useAddress('from', '0');
  const manifest = useQuery({
    queryKey: ['manifest', digest],
    queryFn: ({ signal }) => json<Manifest>(url(['/api/v1/stacks', digest, '/manifest']), { signal }),
    staleTime: Infinity,
  });
  const query = useQuery({ queryKey: ['blocks', digest], queryFn: ({ signal }) => blocks(digest, signal), staleTime: Infinity });
  const names = useMemo(() => (manifest.data?.matrices ?? []).map((matrix) => matrix.name), [manifest.data]);
  const first = Math.max(0, Math.min(Number(from) || 0, (query.data?.length ?? 1) - 1));
  return (
    <Loaded query={query} what="the blocks">
      {(all) => (
        <Grid hasGutter>
          <GridItem xl={7}>
            <ToggleGroup aria-label="Colour by" isCompact>
              <ToggleGroupItem
                text="Colour by importance"
                isSelected={coloured === 'importance'}
                onChange={() => setColoured('importance')}
              />
              <ToggleGroupItem text="Colour by place in the order" isSelected={coloured === 'order'} onChange={() => setColoured('order')} />
            </ToggleGroup>
            <StackPicture
              blocks={all}
              names={names}
              by={coloured === 'order' ? 'order' : 'importance'}
              at={at}
              onHover={setAt}
              label={`The ${count(all.length)} residual blocks of ${version.model} version ${version.version}, a row for each weight matrix and a column for each level; the table has the same`}
            />
            <Legend by={coloured === 'order' ? 'order' : 'importance'} />
            <p className="answer" role="status">
              {at
                ? `${names[at.matrix] ?? `matrix ${at.matrix}`}, level ${at.level}: block ${count(at.position + 1)} of ${count(all.length)} in the order, ${bytes(at.sizeBytes)}, gain ${significant(at.gain)}, importance ${significant(importance(at))} per byte`
                : 'Point at a block, or go to it by the arrow keys, to see what it is.'}
            </p>
          </GridItem>
          <GridItem xl={5}>
            <FormGroup label="From position" fieldId="from-position" className="from">
              <TextInput id="from-position" type="number" min={0} max={Math.max(0, all.length - 1)} value={first} onChange={(_event, value) => setFrom(value)} />
            </FormGroup>
            <div className="scrolls" tabIndex={0} role="region" aria-label="Blocks in stack order">
              <Table aria-label="Blocks in stack order" variant="compact">
                <Thead>
                  <Tr>
                    <Th>Position</Th>
                    <Th>Matrix</Th>
                    <Th>Level</Th>
                    <Th>Size</Th>
                    <Th>Gain</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {all.slice(first, first + MOST_ROWS).map((block) => (
                    <Tr key={block.position}>
                      <Td dataLabel="Position">{block.position}</Td>
                      <Td dataLabel="Matrix">{names[block.matrix] ?? block.matrix}</Td>
                      <Td dataLabel="Level">{block.level}</Td>
                      <Td dataLabel="Size">{bytes(block.sizeBytes)}</Td>
                      <Td dataLabel="Gain">{significant(block.gain)}</Td>
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            </div>
          </GridItem>
        </Grid>
      )}
    </Loaded>
  );
}
