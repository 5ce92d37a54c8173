import { Gallery } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { useAll } from '../api/queries';
import type { Node } from '../api/types';
import { useAddress } from '../ui/address';
import { Choice, has, Words } from '../ui/filters';
import { bytes, count, number, plural } from '../ui/format';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { COLUMNS, grouped, sorted, type Column } from './arranged';
import { BudgetBar } from './budget-bar';
import { NoNodes } from './no-nodes';
import { Sparkline } from './sparkline';
import { useRates } from './use-rates';

const MOST = 2000;
const REFRESH_MILLIS = 1000;

const STATES = ['empty', 'loading', 'ready', 'draining', 'stale', 'lost', 'revoked'];

/** The fleet as a map by label, and as a table. */
export default function NodesPage() {
  const query = useAll<Node>(['/api/v1/nodes'], MOST, { refreshMillis: REFRESH_MILLIS });
  const [label, setLabel] = useAddress('label');
  const [words, setWords] = useAddress('q');
  const [state, setState] = useAddress('state');
  const [sort, setSort] = useAddress('sort', 'name');
  const rates = useRates(query.data);
  const labels = [...new Set((query.data ?? []).flatMap((node) => Object.keys(node.labels ?? {})))].sort();
  return (
    <PageFrame title="Nodes">
      <Listing
        query={query}
        what="the nodes"
        most={MOST}
        filters={
          <>
            <Words label="Find nodes by name, model or label" placeholder="Name, model or label" value={words} onChange={setWords} />
            <Choice label="State" value={state} onChange={setState} options={[['', 'in any state'], ...STATES.map((item) => [item, item] as const)]} />
            <Choice label="Group by label" value={label} onChange={setLabel} options={[['', 'all together'], ...labels.map((item) => [item, `by ${item.slice(0, 60)}`] as const)]} />
          </>
        }
        empty={<NoNodes />}
        pick={(nodes) =>
          sorted(
            nodes.filter((node) => (state === '' || node.state === state) && has(words, [node.name, node.model ?? '', ...Object.entries(node.labels ?? {}).flat()])),
            sort,
          )
        }
        noneFits={<Empty title="No node fits">Change the words or the state.</Empty>}
      >
        {(nodes) => (
          <>
            {grouped(nodes, label).map(([name, group]) => (
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
            <NodeTable nodes={nodes} rates={rates} sort={sort} onSort={setSort} />
          </>
        )}
      </Listing>
    </PageFrame>
  );
}

interface TableProps {
  nodes: Node[];
  rates: ReadonlyMap<string, number[]>;
  sort: string;
  onSort: (sort: string) => void;
}

function NodeTable({ nodes, rates, sort, onSort }: TableProps) {
  function by(column: Column) {
    return {
      sortBy: { index: COLUMNS.indexOf(sort.replace(/^-/, '') as Column), direction: sort.startsWith('-') ? ('desc' as const) : ('asc' as const) },
      onSort: (_event: unknown, _index: number, direction: 'asc' | 'desc') => onSort(direction === 'desc' ? `-${column}` : column),
      columnIndex: COLUMNS.indexOf(column),
    };
  }

  return (
    <Table aria-label="Nodes" variant="compact">
      <Thead>
        <Tr>
          <Th sort={by('name')}>Name</Th>
          <Th>State</Th>
          <Th>Model</Th>
          <Th sort={by('budget')}>Budget</Th>
          <Th sort={by('held')}>Loaded prefix</Th>
          <Th sort={by('bpw')}>Bits per weight</Th>
          <Th>Perplexity, expected</Th>
          <Th sort={by('rate')}>Tokens/s</Th>
          <Th sort={by('requests')}>Requests</Th>
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
