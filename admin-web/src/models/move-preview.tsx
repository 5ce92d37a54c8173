import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { json, url } from '../api/client';
import { readAll } from '../api/queries';
import type { Deployment, Difference, Node, PlanRow } from '../api/types';
import { deploymentOf } from '../deployments/concerned';
import { bytes, count, number } from '../ui/format';
import { Loaded } from '../ui/states';

interface Change {
  node: string;
  from: PlanRow;
  to: PlanRow;
}

interface Preview {
  difference: Difference;
  changes: Change[];
}

const MOST = 1000;

/** The nodes that follow an alias now, each with the deployment that says so. */
export function followers(nodes: Node[], deployments: Deployment[], model: string, alias: string): [Node, Deployment][] {
  return nodes.flatMap((node): [Node, Deployment][] => {
    const deployment = deploymentOf(node, deployments);
    return deployment && deployment.model === model && deployment.alias === alias ? [[node, deployment]] : [];
  });
}

/** What moving the alias would change: asked of the planner, for each node with its own budget and context. */
async function preview(model: string, alias: string, from: number, to: number, signal: AbortSignal): Promise<Preview> {
  const [difference, nodes, deployments] = await Promise.all([
    json<Difference>(url(['/api/v1/models', model, '/versions', String(from), '/diff'], { to }), { signal }),
    readAll<Node>(['/api/v1/nodes'], MOST, signal),
    readAll<Deployment>(['/api/v1/deployments'], MOST, signal),
  ]);
  const concerned = followers(nodes, deployments, model, alias);
  const contexts = [...new Set(concerned.map(([, deployment]) => deployment.contextTokens))];
  const changes: Change[] = [];
  for (const contextTokens of contexts) {
    const group = concerned.filter(([, deployment]) => deployment.contextTokens === contextTokens);
    const budgetsBytes = group.map(([node]) => Math.max(1, node.budgetBytes));
    const plan = async (version: number) =>
      (
        await json<{ rows: PlanRow[] }>('/api/v1/resolve/what-if', {
          method: 'POST',
          body: { model, version, budgetsBytes, contextTokens },
          signal,
        })
      ).rows;
    const [before, after] = await Promise.all([plan(from), plan(to)]);
    group.forEach(([node], index) => {
      const a = before[index];
      const b = after[index];
      if (a && b) {
        changes.push({ node: node.name, from: a, to: b });
      }
    });
  }
  return { difference, changes };
}

/** Shows which nodes would change and how, before anything does. */
export function MovePreview({ model, alias, from, to }: { model: string; alias: string; from: number; to: number }) {
  const query = useQuery({
    queryKey: ['move', model, alias, from, to],
    queryFn: ({ signal }) => preview(model, alias, from, to, signal),
  });
  return (
    <section aria-label="What would change" className="preview">
      <Loaded query={query} what="what would change">
        {({ difference, changes }) => (
          <>
            <p>
              From version {from} to version {to}: {bytes(difference.pullBytes)} in {count(difference.pullBlobs)} blobs differ,{' '}
              {bytes(difference.sharedBytes)} are shared and stay where they are.
            </p>
            {changes.length === 0 ? (
              <p>No node follows {alias} now.</p>
            ) : (
              <Table aria-label={`Nodes that follow ${alias}`} variant="compact">
                <Thead>
                  <Tr>
                    <Th>Node</Th>
                    <Th>Blocks</Th>
                    <Th>Held</Th>
                    <Th>Bits per weight</Th>
                    <Th>Expected perplexity</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {changes.map(({ node, from: a, to: b }) => (
                    <Tr key={node}>
                      <Td dataLabel="Node">{node}</Td>
                      {b.missingBytes ? (
                        <Td dataLabel="Blocks" colSpan={4}>
                          does not fit: its budget lacks {bytes(b.missingBytes)}
                        </Td>
                      ) : (
                        <>
                          <Td dataLabel="Blocks">{`${count(a.blocks)} → ${count(b.blocks)}`}</Td>
                          <Td dataLabel="Held">{`${bytes(a.heldBytes)} → ${bytes(b.heldBytes)}`}</Td>
                          <Td dataLabel="Bits per weight">{`${number(a.bpw, 2)} → ${number(b.bpw, 2)}`}</Td>
                          <Td dataLabel="Expected perplexity">
                            {`${number(a.expectedPerplexity, 2)} → ${number(b.expectedPerplexity, 2)}`}
                          </Td>
                        </>
                      )}
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
