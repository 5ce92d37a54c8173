import { Alert } from '@patternfly/react-core';
import { Link } from 'react-router';
import { url } from '../api/client';
import type { Node } from '../api/types';
import type { Job } from '../api/types';
import { UserText } from '../ui/text';

const RECENT_MILLIS = 24 * 3600 * 1000;
const MOST = 6;

interface Trouble {
  id: string;
  title: string;
  detail: string;
  to: string;
  action: string;
}

/** What somebody should look at, with the way to do something about it. */
export function troubles(nodes: Node[], jobs: Job[], now: number): Trouble[] {
  const found: Trouble[] = [];
  for (const node of nodes) {
    if (node.state === 'lost' || node.state === 'stale') {
      found.push({
        id: `node ${node.name} state`,
        title: `Node ${node.name} is ${node.state}`,
        detail: `It was heard of last at ${new Date(node.lastSeenAt).toLocaleString()}.`,
        to: url(['/nodes', node.name]),
        action: 'Look at the node',
      });
    }
    if (node.problem) {
      found.push({
        id: `node ${node.name} problem`,
        title: `Node ${node.name} has a problem`,
        detail: node.problem,
        to: url(['/nodes', node.name]),
        action: 'Change its budget',
      });
    }
  }
  for (const job of jobs) {
    if (job.state === 'failed' && now - Date.parse(job.finishedAt ?? job.createdAt) < RECENT_MILLIS) {
      found.push({
        id: `job ${job.id}`,
        title: `A job of ${job.model} failed${job.error ? `: ${job.error.code}` : ''}`,
        detail: job.error?.detail ?? '',
        to: url(['/jobs', job.id]),
        action: 'Look at the job',
      });
    }
  }
  return found;
}

export function Attention({ nodes, jobs }: { nodes: Node[]; jobs: Job[] }) {
  const all = troubles(nodes, jobs, Date.now());
  if (all.length === 0) {
    return null;
  }
  return (
    <section aria-label="Needs attention" className="attention">
      {all.slice(0, MOST).map((trouble) => (
        <Alert
          key={trouble.id}
          isInline
          variant="warning"
          component="h2"
          title={trouble.title}
          actionLinks={<Link to={trouble.to}>{trouble.action}</Link>}
        >
          <UserText text={trouble.detail} />
        </Alert>
      ))}
      {all.length > MOST && <p>and {all.length - MOST} more, on the pages of nodes and jobs</p>}
    </section>
  );
}
