import { Alert, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { url } from '../api/client';
import { useRead } from '../api/queries';
import type { Node } from '../api/types';
import { useMay } from '../session/session';
import { bytes, count, number } from '../ui/format';
import { Pairs, State } from '../ui/labels';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Loaded } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { BudgetBar } from './budget-bar';
import { BudgetForm } from './budget-form';
import { NodeActions } from './node-actions';
import { Sparkline } from './sparkline';
import { useRates } from './use-rates';

const REFRESH_MILLIS = 700;

/** One node: what it holds, and its budget, which can be changed while it serves. */
export default function NodePage() {
  const { node: name = '' } = useParams();
  const path = url(['/api/v1/nodes', name]);
  const query = useRead<Node>(path, { refreshMillis: REFRESH_MILLIS });
  const rates = useRates(query.data);
  const mayAdminister = useMay('administer');

  return (
    <PageFrame
      title="Node"
      name={name}
      above={[['Nodes', '/nodes']]}
      actions={mayAdminister && query.data && <NodeActions node={query.data} path={path} />}
    >
      <Loaded query={query} what={`the node ${name}`}>
        {(node) => (
          <>
            {node.drainedAt && (
              <Alert isInline variant="info" component="p" title="The node is drained">
                Since <Time iso={node.drainedAt} /> it is sent no requests; it keeps its model. Undrain it to have it serve again.
              </Alert>
            )}
            {node.revokedAt && (
              <Alert isInline variant="warning" component="p" title="The node is revoked">
                Since <Time iso={node.revokedAt} /> its key is good for nothing. With a new join token it may join again under its name.
              </Alert>
            )}
            {node.problem && (
              <Alert isInline variant="warning" component="p" title="The node has a problem">
                <UserText text={node.problem} longest={2000} />
              </Alert>
            )}
            <Section title="Budget">
              <BudgetBar node={node} />
              {node.desiredBudgetBytes != null && node.desiredBudgetBytes !== node.budgetBytes && (
                <p role="status">Changing to a budget of {bytes(node.desiredBudgetBytes)}.</p>
              )}
              {mayAdminister && <BudgetForm key={node.name} node={node} path={path} />}
            </Section>
            <Section title="What it holds">
              <DescriptionList isHorizontal isCompact columnModifier={{ lg: '2Col' }}>
                <Fact term="State">
                  <State state={node.state} />
                </Fact>
                <Fact term="Model">
                  {node.model && node.version ? (
                    <Link to={url(['/models', node.model, '/versions', String(node.version)])}>
                      {node.model}@{node.version}
                    </Link>
                  ) : (
                    'none'
                  )}
                </Fact>
                <Fact term="Loaded prefix">
                  {count(node.blocks)} blocks, {bytes(node.heldBytes)}
                </Fact>
                <Fact term="Bits per weight">{number(node.bpw, 2)}</Fact>
                <Fact term="Perplexity, expected">{number(node.expectedPerplexity, 2)}</Fact>
                <Fact term="Context">{node.contextTokens ? `${count(node.contextTokens)} tokens` : '–'}</Fact>
                <Fact term="Tokens/s">
                  {number(node.tokensPerSecond, 1)} <Sparkline values={rates.get(node.name) ?? []} label={`Tokens a second of ${node.name}, lately`} />
                </Fact>
                <Fact term="Requests">
                  {node.activeRequests} running, {node.queuedRequests} waiting
                </Fact>
                <Fact term="Last change of size">{node.lastResizeMillis == null ? '–' : `${number(node.lastResizeMillis, 1)} ms`}</Fact>
                <Fact term="Cache">{node.cache ? `${bytes(node.cache.usedBytes)}${node.cache.quotaBytes == null ? ', without a limit' : ` of ${bytes(node.cache.quotaBytes)}`}` : '–'}</Fact>
                <Fact term="Memory of the process">{node.memory?.processBytes == null ? '–' : `${bytes(node.memory.processBytes)}${node.memory.limitBytes == null ? '' : ` of ${bytes(node.memory.limitBytes)}`}`}</Fact>
                <Fact term="Damaged blobs">{count(node.corruptBlobs)}</Fact>
                <Fact term="Labels">
                  <Pairs of={`Labels of ${node.name}`} pairs={node.labels} />
                </Fact>
                <Fact term="Address">
                  {node.reachable === 'dial-out' ? 'dials out: it is asked over connections that it keeps open' : <UserText text={node.url ?? '–'} />}
                </Fact>
                <Fact term="First seen">
                  <Time iso={node.firstSeenAt} />
                </Fact>
                <Fact term="Last seen">
                  <Time iso={node.lastSeenAt} />
                </Fact>
              </DescriptionList>
            </Section>
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
