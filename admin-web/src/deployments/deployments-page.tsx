import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router';
import { url } from '../api/client';
import { useAll, usePages, useRead } from '../api/queries';
import type { Deployment, Node } from '../api/types';
import { useMay } from '../session/session';
import { Who } from '../session/who';
import { useAddress } from '../ui/address';
import { Ending } from '../ui/ending';
import { count } from '../ui/format';
import { Go } from '../ui/go';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { PageFrame } from '../ui/page';
import { Empty, Missing } from '../ui/states';
import { Time } from '../ui/text';
import { deploymentOf } from './concerned';
import { DeployForm } from './deploy-form';
import { RolloutDialog } from './rollout-dialog';
import { RolloutsSection } from './rollouts-section';

const MOST_NODES = 1000;

/** What is to be served where. */
export default function DeploymentsPage() {
  const query = usePages<Deployment>(['/api/v1/deployments'], { limit: 200 }, { refreshMillis: 3000 });
  const nodes = useAll<Node>(['/api/v1/nodes'], MOST_NODES, { refreshMillis: 1500 });
  const [isNew, setNew] = useAddress('new');
  const mayAdminister = useMay('administer');
  return (
    <PageFrame
      title="Deployments"
      actions={mayAdminister && isNew === '' && <Button onClick={() => setNew('1')}>Deploy a model</Button>}
    >
      {mayAdminister && isNew !== '' && <DeployForm nodes={nodes} />}
      <Missing query={nodes} what="the nodes" />
      <Listing
        query={query}
        what="the deployments"
        empty={<Empty title="Nothing is deployed yet">A deployment says which version which nodes serve; each holds as much of it as its budget buys.</Empty>}
      >
        {(items) => <DeploymentTable deployments={items} known={nodes.data} mayRemove={mayAdminister} />}
      </Listing>
      <RolloutsSection />
    </PageFrame>
  );
}

interface TableProps {
  deployments: Deployment[];
  /** The nodes, once they are read. */
  known: Node[] | undefined;
  mayRemove: boolean;
}

function DeploymentTable({ deployments, known, mayRemove }: TableProps) {
  const nodes = known ?? [];
  const [ending, setEnding] = useState<Deployment | null>(null);
  const [rolling, setRolling] = useState<Deployment | null>(null);
  const rollouts = useRead('/api/v1/rollouts?limit=1');
  return (
    <>
      <Table aria-label="Deployments" variant="compact">
        <Thead>
          <Tr>
            <Th>Model</Th>
            <Th>Follows</Th>
            <Th>Context</Th>
            <Th>Nodes</Th>
            <Th>By</Th>
            <Th>Since</Th>
            {mayRemove && <Th screenReaderText="Actions" />}
          </Tr>
        </Thead>
        <Tbody>
          {deployments.map((item) => (
            <Tr key={item.id}>
              <Td dataLabel="Model">
                <Link to={url(['/models', item.model])}>{item.model}</Link>
              </Td>
              <Td dataLabel="Follows">{follows(item)}</Td>
              <Td dataLabel="Context">{count(item.contextTokens)} tokens</Td>
              <Td dataLabel="Nodes">
                {known ? <Concerned deployment={item} deployments={deployments} nodes={known} /> : '–'}
              </Td>
              <Td dataLabel="By">
                <Who principal={item.createdBy} />
              </Td>
              <Td dataLabel="Since" modifier="nowrap">
                <Time iso={item.createdAt} />
              </Td>
              {mayRemove && (
                <Td dataLabel="Actions" isActionCell>
                  {nodes.some((node) => node.state === 'ready' && node.model === item.model) && (
                    <Go variant="link" to={url(['/playground'], { model: item.model })}>
                      Chat<span className="for-readers"> with {item.model}</span>
                    </Go>
                  )}
                  {rollouts.data !== undefined && (
                    <Button variant="link" onClick={() => setRolling(item)}>
                      Roll out<span className="for-readers"> another version or size of {item.model}</span>
                    </Button>
                  )}
                  <Button variant="link" isDanger onClick={() => setEnding(item)}>
                    End<span className="for-readers"> the deployment of {item.model}</span>
                  </Button>
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
      {rolling && <RolloutDialog deployment={rolling} nodes={nodes.filter((node) => deploymentOf(node, deployments)?.id === rolling.id)} onClose={() => setRolling(null)} />}
      {ending && (
        <Ending of={`deployment of ${ending.model}`} how="end" path={url(['/api/v1/deployments', String(ending.id)])} onClose={() => setEnding(null)}>
          The one of {follows(ending)}, since <Time iso={ending.createdAt} />. Nodes that no other deployment concerns give the model up.
        </Ending>
      )}
    </>
  );
}

function follows({ alias, version }: Deployment): string {
  return alias ? `the alias ${alias}` : `version ${version ?? '–'}`;
}

/** The nodes that a deployment concerns and how far each is. */
function Concerned({ deployment, deployments, nodes }: { deployment: Deployment; deployments: Deployment[]; nodes: Node[] }) {
  const concerned = nodes.filter((node) => deploymentOf(node, deployments)?.id === deployment.id);
  return (
    <>
      {deployment.nodes ? '' : deployment.selector ? `with ${Object.entries(deployment.selector).map(([label, value]) => `${label}=${value}`).join(', ')}: ` : 'all: '}
      {concerned.length === 0 ? 'none now' : ''}
      <ul className="inline">
        {concerned.slice(0, 12).map((node) => (
          <li key={node.name}>
            <Link to={url(['/nodes', node.name])}>{node.name}</Link> <State state={node.state} />
          </li>
        ))}
      </ul>
      {concerned.length > 12 && `and ${count(concerned.length - 12)} more`}
    </>
  );
}
