import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { useAll } from '../api/queries';
import type { Node } from '../api/types';
import { bytes, count, plural } from '../ui/format';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';

const MOST_NODES = 1000;
const REFRESH_MILLIS = 5000;

/** What the nodes' own scrubs have found: each reads every blob of its cache again and again, and fetches anew what has rotted. */
export function ScrubSection() {
  const query = useAll<Node>(['/api/v1/nodes'], MOST_NODES, { refreshMillis: REFRESH_MILLIS });
  return (
    <Section title="Scrubs of the nodes">
      <Listing query={query} what="the nodes" most={MOST_NODES} empty={<Empty title="No nodes yet" />}>
        {(nodes) => (
          <>
            <p role="status">{said(nodes)}</p>
            <Table aria-label="Scrubs of the nodes" variant="compact">
              <Thead>
                <Tr>
                  <Th>Node</Th>
                  <Th>State</Th>
                  <Th>Last scrub</Th>
                  <Th>Damaged blobs found</Th>
                  <Th>Cache</Th>
                  <Th>Since</Th>
                  <Th>Last report</Th>
                </Tr>
              </Thead>
              <Tbody>
                {[...nodes]
                  .sort((a, b) => b.corruptBlobs - a.corruptBlobs || a.name.localeCompare(b.name))
                  .map((node) => (
                    <Tr key={node.name}>
                      <Td dataLabel="Node">
                        <Link to={url(['/nodes', node.name])}>{node.name}</Link>
                      </Td>
                      <Td dataLabel="State">
                        <State state={node.state} />
                      </Td>
                      <Td dataLabel="Last scrub">
                        {node.scrub ? (
                          <>
                            <Time iso={node.scrub.endedAt} />: {plural(node.scrub.checkedBlobs, 'blob')}, {node.scrub.corruptBlobs === 0 ? 'all whole' : `${count(node.scrub.corruptBlobs)} damaged`}
                          </>
                        ) : (
                          'not done yet'
                        )}
                      </Td>
                      <Td dataLabel="Damaged blobs found">{count(node.corruptBlobs)}</Td>
                      <Td dataLabel="Cache">{node.cache ? `${bytes(node.cache.usedBytes)}${node.cache.quotaBytes == null ? ', without a limit' : ` of ${bytes(node.cache.quotaBytes)}`}` : '–'}</Td>
                      <Td dataLabel="Since" modifier="nowrap">
                        <Time iso={node.startedAt} />
                      </Td>
                      <Td dataLabel="Last report" modifier="nowrap">
                        <Time iso={node.lastSeenAt} />
                      </Td>
                    </Tr>
                  ))}
              </Tbody>
            </Table>
          </>
        )}
      </Listing>
    </Section>
  );
}

/** The result in a sentence. */
export function said(nodes: Pick<Node, 'corruptBlobs'>[]): string {
  const damaged = nodes.reduce((sum, node) => sum + node.corruptBlobs, 0);
  const where = nodes.filter((node) => node.corruptBlobs > 0).length;
  return damaged === 0
    ? 'No node has found a damaged blob in its cache since it was started.'
    : `${count(where)} of ${count(nodes.length)} nodes have found ${count(damaged)} damaged blobs; each was thrown away and fetched anew. A node that finds many has a bad disk.`;
}
