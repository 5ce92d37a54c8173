import { Grid, GridItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Node, PlanRow, Version } from '../api/types';
import { bytes, count, number, significant } from '../ui/format';

interface Props {
  /** The version itself, and those that are drawn beside it. */
  versions: Version[];
  /** What the planner says of the nodes' budgets, in the order of the nodes. */
  rows: PlanRow[];
  nodes: Node[];
}

/** The numbers of the plots: what was measured, and what each node would hold. */
export function CurveTable({ versions, rows, nodes }: Props) {
  const isMany = versions.length > 1;
  return (
    <Grid hasGutter>
      <GridItem xl={6}>
        <Table aria-label="Measured sizes" variant="compact">
          <Thead>
            <Tr>
              {isMany && <Th>Version</Th>}
              <Th>Size</Th>
              <Th>Blocks</Th>
              <Th>Bits per weight</Th>
              <Th>KL divergence</Th>
              <Th>Perplexity</Th>
            </Tr>
          </Thead>
          <Tbody>
            {versions.map((version) => (
              <Measured key={version.version} of={version} isNamed={isMany} />
            ))}
          </Tbody>
        </Table>
      </GridItem>
      <GridItem xl={6}>
        {nodes.length > 0 && (
          <Table aria-label="What each node would hold" variant="compact">
            <Thead>
              <Tr>
                <Th>Node</Th>
                <Th>Budget</Th>
                <Th>Would hold</Th>
                <Th>Bits per weight</Th>
                <Th>Expected perplexity</Th>
              </Tr>
            </Thead>
            <Tbody>
              {nodes.map((node, index) => {
                const row = rows[index];
                return (
                  <Tr key={node.name}>
                    <Td dataLabel="Node">{node.name}</Td>
                    <Td dataLabel="Budget">{bytes(node.budgetBytes)}</Td>
                    <Td dataLabel="Would hold">{row?.missingBytes ? `nothing: ${bytes(row.missingBytes)} missing` : bytes(row?.heldBytes)}</Td>
                    <Td dataLabel="Bits per weight">{number(row?.bpw, 2)}</Td>
                    <Td dataLabel="Expected perplexity">{number(row?.expectedPerplexity, 2)}</Td>
                  </Tr>
                );
              })}
            </Tbody>
          </Table>
        )}
      </GridItem>
    </Grid>
  );
}

function Measured({ of, isNamed }: { of: Version; isNamed: boolean }) {
  return (
    <>
      {(of.curve ?? []).map((point) => (
        <Tr key={point.blocks}>
          {isNamed && <Td dataLabel="Version">{of.version}</Td>}
          <Td dataLabel="Size">{bytes(point.sizeBytes)}</Td>
          <Td dataLabel="Blocks">{count(point.blocks)}</Td>
          <Td dataLabel="Bits per weight">{number(point.bpw, 2)}</Td>
          <Td dataLabel="KL divergence">{significant(point.klDivergence)}</Td>
          <Td dataLabel="Perplexity">{number(point.perplexity, 2)}</Td>
        </Tr>
      ))}
      {of.fullPerplexity != null && (
        <Tr>
          {isNamed && <Td dataLabel="Version">{of.version}</Td>}
          <Td dataLabel="Size" colSpan={3}>
            the model before it was compressed
          </Td>
          <Td dataLabel="KL divergence">0</Td>
          <Td dataLabel="Perplexity">{number(of.fullPerplexity, 2)}</Td>
        </Tr>
      )}
    </>
  );
}
