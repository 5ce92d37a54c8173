import { Content, Label, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Node } from './api';
import { bytes, count, number, percent } from './format';
import { ListSection } from './list-section';

type Color = 'green' | 'blue' | 'orange' | 'red' | 'grey';

const STATE_COLORS: Record<string, Color> = {
  ready: 'green',
  loading: 'blue',
  draining: 'orange',
  stale: 'orange',
  lost: 'red',
};

export function Nodes() {
  return (
    <ListSection<Node>
      title="Nodes"
      path="nodes"
      refreshMillis={1000}
      empty="Start an inference node with this gateway's address and a key of scope node."
    >
      {(nodes, titleId) => <NodeTable nodes={nodes} titleId={titleId} />}
    </ListSection>
  );
}

/** What counts against a node's budget now. */
export function usedBytes(node: Node): number {
  const ledger = node.ledger;
  return ledger
    ? ledger.blocksBytes + ledger.baseBytes + ledger.kvCacheBytes + ledger.scratchBytes
    : node.heldBytes;
}

export function NodeTable({ nodes, titleId }: { nodes: Node[]; titleId: string }) {
  return (
    <Table aria-labelledby={titleId} variant="compact">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Model</Th>
          <Th>Memory budget</Th>
          <Th>Blocks held</Th>
          <Th>Bytes held</Th>
          <Th>Bits per weight</Th>
          <Th>Perplexity, expected</Th>
          <Th>Tokens/s</Th>
          <Th>Requests</Th>
        </Tr>
      </Thead>
      <Tbody>
        {nodes.map((node) => (
          <NodeRow key={node.name} node={node} />
        ))}
      </Tbody>
    </Table>
  );
}

function NodeRow({ node }: { node: Node }) {
  const used = usedBytes(node);
  const budget = node.desiredBudgetBytes ?? node.budgetBytes;
  const isOver = used > budget;
  return (
    <Tr>
      <Td dataLabel="Name">
        <strong>{node.name}</strong>
      </Td>
      <Td dataLabel="State">
        <Label color={STATE_COLORS[node.state] ?? 'grey'} isCompact>
          {node.state}
        </Label>
        {node.problem && <Content component="small">{node.problem}</Content>}
      </Td>
      <Td dataLabel="Model">{node.model ? `${node.model}${node.version ? ` @${node.version}` : ''}` : '–'}</Td>
      <Td dataLabel="Memory budget" modifier="nowrap">
        <Progress
          aria-label={`Memory used by ${node.name}`}
          value={percent(used, budget)}
          valueText={`${bytes(used)} of ${bytes(budget)}`}
          label={`${bytes(used)} of ${bytes(budget)}`}
          measureLocation={ProgressMeasureLocation.top}
          size="sm"
          {...(isOver ? { variant: 'warning' as const } : {})}
        />
      </Td>
      <Td dataLabel="Blocks held">{count(node.blocks)}</Td>
      <Td dataLabel="Bytes held" modifier="nowrap">
        {bytes(node.heldBytes)}
      </Td>
      <Td dataLabel="Bits per weight">{number(node.bpw, 2)}</Td>
      <Td dataLabel="Perplexity, expected">{number(node.expectedPerplexity, 2)}</Td>
      <Td dataLabel="Tokens/s">{number(node.tokensPerSecond, 1)}</Td>
      <Td dataLabel="Requests">
        {node.activeRequests ?? 0} running, {node.queuedRequests ?? 0} waiting
      </Td>
    </Tr>
  );
}
