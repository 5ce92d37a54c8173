import { FormSelect, FormSelectOption, Gallery, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { useAll } from '../api/queries';
import type { Node } from '../api/types';
import { useAddress } from '../ui/address';
import { bytes, count, number, plural } from '../ui/format';
import { State } from '../ui/labels';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Empty, Loaded } from '../ui/states';
import { BudgetBar } from './budget-bar';
import { NoNodes } from './no-nodes';
import { Sparkline } from './sparkline';
import { useRates } from './use-rates';

const MOST = 2000;
const REFRESH_MILLIS = 1000;

/** The nodes grouped by the value of a label; all in one group without a label. */
export function grouped(nodes: Node[], label: string): [string, Node[]][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = label === '' ? '' : (node.labels?.[label] ?? `without ${label}`);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

/** The fleet as a map by label, and as a table. */
export default function NodesPage() {
  const query = useAll<Node>(['/api/v1/nodes'], MOST, { refreshMillis: REFRESH_MILLIS });
  const [label, setLabel] = useAddress('label');
  const [words, setWords] = useAddress('q');
  const [state, setState] = useAddress('state');
  const rates = useRates(query.data);
  const labels = [...new Set((query.data ?? []).flatMap((node) => Object.keys(node.labels ?? {})))].sort();
  const wanted = words.trim().toLowerCase();
  return (
    <PageFrame title="Nodes">
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label="Find nodes by name, model or label"
              placeholder="Name, model or label"
              value={words}
              onChange={(_event, value) => setWords(value)}
              onClear={() => setWords('')}
            />
          </ToolbarItem>
          <ToolbarItem>
            <FormSelect aria-label="State" value={state} onChange={(_event, value) => setState(value)}>
              <FormSelectOption value="" label="in any state" />
              {['empty', 'loading', 'ready', 'draining', 'stale', 'lost', 'revoked'].map((item) => (
                <FormSelectOption key={item} value={item} label={item} />
              ))}
            </FormSelect>
          </ToolbarItem>
          <ToolbarItem>
            <FormSelect aria-label="Group by label" value={label} onChange={(_event, value) => setLabel(value)}>
              <FormSelectOption value="" label="all together" />
              {labels.map((item) => (
                <FormSelectOption key={item} value={item} label={`by ${item.slice(0, 60)}`} />
              ))}
            </FormSelect>
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <Loaded
        query={query}
        what="the nodes"
        isEmpty={(nodes) => nodes.length === 0}
        empty={<NoNodes />}
      >
        {(nodes) => {
          const shown = nodes.filter(
            (node) =>
              (state === '' || node.state === state) &&
              [node.name, node.model ?? '', ...Object.entries(node.labels ?? {}).flat()].some((text) => text.toLowerCase().includes(wanted)),
          );
          return shown.length === 0 ? (
            <Empty title="No node fits">Change the words or the state.</Empty>
          ) : (
            <>
              {grouped(shown, label).map(([name, group]) => (
                <Section key={name} title={name === '' ? plural(group.length, 'node') : `${label} ${name}: ${plural(group.length, 'node')}`}>
                  <Gallery hasGutter minWidths={{ default: '100%', md: '20rem' }} component="ul" className="plain" aria-label="Map of the fleet">
                    {group.map((node) => (
                      <li key={node.name} className="tile">
                        <p>
                          <Link to={url(['/nodes', node.name])}>{node.name}</Link> <State state={node.state} />
                        </p>
                        <BudgetBar node={node} />
                      </li>
                    ))}
                  </Gallery>
                </Section>
              ))}
              <NodeTable nodes={shown} rates={rates} />
            </>
          );
        }}
      </Loaded>
    </PageFrame>
  );
}

function NodeTable({ nodes, rates }: { nodes: Node[]; rates: ReadonlyMap<string, number[]> }) {
  return (
    <Table aria-label="Nodes" variant="compact">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Model</Th>
          <Th>Budget</Th>
          <Th>Loaded prefix</Th>
          <Th>Bits per weight</Th>
          <Th>Perplexity, expected</Th>
          <Th>Tokens/s</Th>
          <Th>Requests</Th>
        </Tr>
      </Thead>
      <Tbody>
        {nodes.map((node) => (
          <Tr key={node.name} className="row">
            <Td dataLabel="Name">
              <Link to={url(['/nodes', node.name])}>{node.name}</Link>
            </Td>
            <Td dataLabel="State">
              <State state={node.state} />
            </Td>
            <Td dataLabel="Model">{node.model ? `${node.model}${node.version ? `@${node.version}` : ''}` : '–'}</Td>
            <Td dataLabel="Budget" modifier="nowrap">
              {bytes(node.budgetBytes)}
            </Td>
            <Td dataLabel="Loaded prefix" modifier="nowrap">
              {count(node.blocks)} blocks, {bytes(node.heldBytes)}
            </Td>
            <Td dataLabel="Bits per weight">{number(node.bpw, 2)}</Td>
            <Td dataLabel="Perplexity, expected">{number(node.expectedPerplexity, 2)}</Td>
            <Td dataLabel="Tokens/s" modifier="nowrap">
              {number(node.tokensPerSecond, 1)} <Sparkline values={rates.get(node.name) ?? []} label={`Tokens a second of ${node.name}, lately`} />
            </Td>
            <Td dataLabel="Requests" modifier="nowrap">
              {node.activeRequests} running, {node.queuedRequests} waiting
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
