import { Alert, Content, Label, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
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

const COLUMNS = 9;

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
          <Th modifier="wrap">Name</Th>
          <Th modifier="wrap">State</Th>
          <Th modifier="wrap">Model</Th>
          <Th modifier="wrap" width={25}>
            Memory budget
          </Th>
          <Th modifier="wrap">Blocks held</Th>
          <Th modifier="wrap">Bits per weight</Th>
          <Th modifier="wrap">Perplexity, expected</Th>
          <Th modifier="wrap">Tokens/s</Th>
          <Th modifier="wrap">Requests</Th>
        </Tr>
      </Thead>
      {nodes.map((node) => (
        <NodeRows key={node.name} node={node} />
      ))}
    </Table>
  );
}

function NodeRows({ node }: { node: Node }) {
  return (
    <Tbody>
      <Tr className={node.problem ? 'no-line' : ''}>
        <Td dataLabel="Name" modifier="nowrap">
          <strong>{node.name}</strong>
        </Td>
        <Td dataLabel="State">
          <Label color={STATE_COLORS[node.state] ?? 'grey'} isCompact>
            {node.state}
          </Label>
        </Td>
        <Td dataLabel="Model" modifier="nowrap">{node.model ? `${node.model}${node.version ? `@${node.version}` : ''}` : '–'}</Td>
        <Td dataLabel="Memory budget">
          <Budget node={node} />
        </Td>
        <Td dataLabel="Blocks held">{count(node.blocks)}</Td>
        <Td dataLabel="Bits per weight">{number(node.bpw, 2)}</Td>
        <Td dataLabel="Perplexity, expected">{number(node.expectedPerplexity, 2)}</Td>
        <Td dataLabel="Tokens/s">{number(node.tokensPerSecond, 1)}</Td>
        <Td dataLabel="Requests">
          {node.activeRequests ?? 0} running, {node.queuedRequests ?? 0} waiting
        </Td>
      </Tr>
      {node.problem && (
        <Tr>
          <Td colSpan={COLUMNS} dataLabel="Problem">
            <Alert variant="warning" isInline isPlain component="p" title={node.problem} />
          </Td>
        </Tr>
      )}
    </Tbody>
  );
}

/** What counts against the budget, in sum and in parts, and the budget that the node was told to change to. */
function Budget({ node }: { node: Node }) {
  const used = usedBytes(node);
  const isOver = used > node.budgetBytes;
  const wanted = node.desiredBudgetBytes;
  const text = `${bytes(used)} of ${bytes(node.budgetBytes)}`;
  return (
    <>
      <Progress
        aria-label={`Memory used by ${node.name}`}
        value={percent(used, node.budgetBytes)}
        valueText={text}
        label={text}
        measureLocation={ProgressMeasureLocation.top}
        size="sm"
        {...(isOver ? { variant: 'warning' as const } : {})}
      />
      {node.ledger && (
        <Content component="small">
          held {bytes(node.ledger.blocksBytes + node.ledger.baseBytes)}, KV cache {bytes(node.ledger.kvCacheBytes)},
          scratch {bytes(node.ledger.scratchBytes)}
        </Content>
      )}
      {wanted != null && wanted !== node.budgetBytes && (
        <Content component="small">changing to a budget of {bytes(wanted)}</Content>
      )}
    </>
  );
}
