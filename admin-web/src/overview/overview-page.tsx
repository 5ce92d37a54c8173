import { Gallery, GalleryItem } from '@patternfly/react-core';
import { Link } from 'react-router';
import { url } from '../api/client';
import { useAll, useRead } from '../api/queries';
import type { Job, Model, Node, Page, ScrubResult, Totals } from '../api/types';
import type { Rollout } from '../deployments/rollout';
import { usedBytes } from '../nodes/ledger';
import { NoNodes } from '../nodes/no-nodes';
import { useMay } from '../session/session';
import { useKeys } from '../session/who';
import { bytes, count, plural } from '../ui/format';
import { Go } from '../ui/go';
import { State } from '../ui/labels';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Empty, Loaded } from '../ui/states';
import { Attention } from './attention';
import { troubles } from './troubles';

const MOST_NODES = 1000;
const NEWEST = 50;

/** Everything at a glance, and what needs somebody. */
export function OverviewPage() {
  const totals = useRead<Totals>('/api/v1/storage', { refreshMillis: 10_000 });
  const nodes = useAll<Node>(['/api/v1/nodes'], MOST_NODES, { refreshMillis: 3000 });
  const jobs = useAll<Job>(['/api/v1/jobs'], NEWEST, { refreshMillis: 3000 });
  const models = useRead<{ items: Model[] }>(url(['/api/v1/models'], { limit: 5 }), { refreshMillis: 10_000 });
  const rollouts = useRead<Page<Rollout>>('/api/v1/rollouts?limit=50', { refreshMillis: 5000 });
  const scrubs = useRead<Page<ScrubResult>>('/api/v1/storage/scrubs?limit=200', { refreshMillis: 30_000 });
  const keys = useKeys();
  const mayPublish = useMay('publish');
  const needed = troubles(
    { nodes: nodes.data ?? [], jobs: jobs.data ?? [], rollouts: rollouts.data?.items ?? [], scrubs: scrubs.data?.items ?? [], keys },
    Date.now(),
  );
  // That nothing needs attention is only said where all was looked at.
  const hasLooked = needed.length > 0 || [nodes, jobs, rollouts, scrubs].every((query) => query.data !== undefined && !query.error);
  return (
    <PageFrame title="Overview">
      {hasLooked && <Attention troubles={needed} />}
      <Gallery hasGutter minWidths={{ default: '100%', md: '22rem' }}>
        <GalleryItem>
          <Section title="Models" actions={<Link to="/models">All models</Link>}>
            <Loaded
              query={models}
              what="the models"
              isEmpty={({ items }) => items.length === 0}
              empty={
                <Empty
                  title="No models yet"
                  action={mayPublish && <Go to="/compress">Register a model</Go>}
                >
                  Register a model and have it compressed once; every node then holds as much of it as it has room for.
                </Empty>
              }
            >
              {({ items }) => (
                <>
                  <p>
                    {plural(totals.data?.models ?? items.length, 'model')}, {plural(totals.data?.versions ?? 0, 'version')}
                  </p>
                  <ul className="plain">
                    {items.map((model) => (
                      <li key={model.name}>
                        <Link to={url(['/models', model.name])}>{model.name}</Link>{' '}
                        {model.newest ? `version ${model.newest.version}, up to ${bytes(model.newest.sizeBytes)}` : 'not published yet'}
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </Loaded>
          </Section>
        </GalleryItem>
        <GalleryItem>
          <Section title="Fleet" actions={<Link to="/nodes">All nodes</Link>}>
            <Loaded
              query={nodes}
              what="the nodes"
              isEmpty={(items) => items.length === 0}
              empty={<NoNodes />}
            >
              {(items) => <Fleet nodes={items} />}
            </Loaded>
          </Section>
        </GalleryItem>
        <GalleryItem>
          <Section title="Jobs" actions={<Link to="/jobs">All jobs</Link>}>
            <Loaded
              query={jobs}
              what="the jobs"
              isEmpty={(items) => items.length === 0}
              empty={<Empty title="No jobs yet">A compression job turns a model into a stack.</Empty>}
            >
              {(items) => (
                <ul className="plain">
                  {items.slice(0, 5).map((job) => (
                    <li key={job.id}>
                      <Link to={url(['/jobs', job.id])}>{job.model}</Link> <State state={job.state} />
                    </li>
                  ))}
                </ul>
              )}
            </Loaded>
          </Section>
        </GalleryItem>
        <GalleryItem>
          <Section title="Storage" actions={<Link to="/storage">Storage</Link>}>
            <Loaded query={totals} what="the storage">
              {(data) => (
                <p>
                  {plural(data.blobs, 'blob')}, {bytes(data.blobBytes)}, of {plural(data.stacks, 'stack')};{' '}
                  {count(data.condemnedBlobs)} to be collected
                </p>
              )}
            </Loaded>
          </Section>
        </GalleryItem>
      </Gallery>
    </PageFrame>
  );
}

function Fleet({ nodes }: { nodes: Node[] }) {
  const ready = nodes.filter((node) => node.state === 'ready').length;
  const used = nodes.reduce((sum, node) => sum + usedBytes(node), 0);
  const budget = nodes.reduce((sum, node) => sum + node.budgetBytes, 0);
  const rate = nodes.reduce((sum, node) => sum + (node.tokensPerSecond ?? 0), 0);
  return (
    <ul className="plain">
      <li>
        {count(ready)} of {plural(nodes.length, 'node')} ready
      </li>
      <li>
        {bytes(used)} of {bytes(budget)} in use
      </li>
      <li>{rate.toFixed(1)} tokens/s</li>
    </ul>
  );
}
