import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useAsk } from '../api/queries';
import type { Node, PlanRow } from '../api/types';
import { bytes, count, number, significant } from '../ui/format';
import { Loaded } from '../ui/states';

interface Props {
  model: string;
  version: number;
  contextTokens: number;
  nodes: Node[];
  /** The budget that a node would have; that which it has unless this says something else. */
  budgetOf?: (node: Node) => number;
}

const MOST = 1000;

/** What each node's budget would buy. */
export function WhatIfTable({ model, version, contextTokens, nodes, budgetOf = (node) => node.budgetBytes }: Props) {
  const some = nodes.slice(0, MOST);
  const query = useAsk<{ rows: PlanRow[] }>(
    '/api/v1/resolve/what-if',
    { model, version, contextTokens, budgetsBytes: some.map((node) => Math.max(1, budgetOf(node))) },
    { isEnabled: some.length > 0 },
  );
  if (some.length === 0) {
    return <p>No node would serve it.</p>;
  }
  return (
    <Loaded query={query} what="what each node would hold">
      {({ rows }) => (
        <Table aria-label="What each node would hold" variant="compact">
          <Thead>
            <Tr>
              <Th>Node</Th>
              <Th>Budget</Th>
              <Th>Blocks</Th>
              <Th>Held</Th>
              <Th>Bits per weight</Th>
              <Th>Expected perplexity</Th>
              <Th>KL divergence</Th>
            </Tr>
          </Thead>
          <Tbody>
            {some.map((node, index) => {
              const row = rows[index];
              return (
                <Tr key={node.name}>
                  <Td dataLabel="Node">{node.name}</Td>
                  <Td dataLabel="Budget">{bytes(budgetOf(node))}</Td>
                  {row?.missingBytes ? (
                    <Td dataLabel="Blocks" colSpan={5}>
                      does not fit: {bytes(row.missingBytes)} missing
                    </Td>
                  ) : (
                    <>
                      <Td dataLabel="Blocks">{count(row?.blocks)}</Td>
                      <Td dataLabel="Held">{bytes(row?.heldBytes)}</Td>
                      <Td dataLabel="Bits per weight">{number(row?.bpw, 2)}</Td>
                      <Td dataLabel="Expected perplexity">{number(row?.expectedPerplexity, 2)}</Td>
                      <Td dataLabel="KL divergence">{significant(row?.expectedKlDivergence)}</Td>
                    </>
                  )}
                </Tr>
              );
            })}
          </Tbody>
        </Table>
      )}
    </Loaded>
  );
}
