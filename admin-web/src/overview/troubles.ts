import { keyState } from '../access/expiry';
import { url } from '../api/client';
import type { Job, Key, Node, ScrubResult } from '../api/types';
import type { Rollout } from '../deployments/rollout';
import { words } from '../deployments/rollout';
import { found, stateOf } from '../storage/results';

const RECENT_MILLIS = 24 * 3600 * 1000;

/** What somebody should look at, with the ways to do something about it. */
export interface Trouble {
  id: string;
  title: string;
  /** What somebody or something wrote about it; may be empty. */
  detail: string;
  /** A time that belongs to it, and the words before it. */
  at?: [string, string];
  /** Where to look, and the words of the link. */
  to: string;
  action: string;
  /** What can be done on the spot. */
  job?: Job;
  rollout?: Rollout;
}

/** Where troubles are looked for. */
export interface Sources {
  nodes: Node[];
  jobs: Job[];
  rollouts: Rollout[];
  keys: Key[];
  scrubs: ScrubResult[];
}

/** All that somebody should look at now: first what keeps requests from being answered, last what can wait for days. */
export function troubles({ nodes, jobs, rollouts, keys, scrubs }: Sources, now: number): Trouble[] {
  return [...nodes.flatMap(ofNode), ...ofRollouts(rollouts, now), ...ofJobs(jobs, now), ...ofScrubs(scrubs), ...ofKeys(keys, now)];
}

function isRecent(iso: string, now: number): boolean {
  return now - Date.parse(iso) < RECENT_MILLIS;
}

function ofNode(node: Node): Trouble[] {
  const to = url(['/nodes', node.name]);
  const troubles: Trouble[] = [];
  if (node.state === 'lost' || node.state === 'stale') {
    troubles.push({
      id: `node ${node.name} state`,
      title: `Node ${node.name} is ${node.state}`,
      detail: '',
      at: ['It was heard of last on', node.lastSeenAt],
      to,
      action: 'Look at the node',
    });
  }
  if (node.problem) {
    troubles.push({ id: `node ${node.name} problem`, title: `Node ${node.name} has a problem`, detail: node.problem, to, action: 'Change its budget' });
  }
  return troubles;
}

/** Those that stand still, and those that were taken back by themselves of late. */
function ofRollouts(rollouts: Rollout[], now: number): Trouble[] {
  return rollouts
    .filter((rollout) => rollout.state === 'paused' || (rollout.state === 'rolled-back' && isRecent(rollout.finishedAt ?? rollout.createdAt, now)))
    .map((rollout) => ({
      id: `rollout ${rollout.id}`,
      title: `The rollout of ${rollout.model} to ${words(rollout.to)} ${rollout.state === 'paused' ? 'stands still' : 'was taken back'}`,
      detail: rollout.reason ?? '',
      to: url(['/deployments'], { rollout: rollout.id }),
      action: 'Look at the rollout',
      rollout,
    }));
}

/** Those that failed of late and were not begun once more. */
function ofJobs(jobs: Job[], now: number): Trouble[] {
  const again = new Set(jobs.map((job) => job.retryOf));
  return jobs
    .filter((job) => job.state === 'failed' && isRecent(job.finishedAt ?? job.createdAt, now) && !again.has(job.id))
    .map((job) => ({
      id: `job ${job.id}`,
      title: `A job of ${job.model} failed${job.error ? `: ${job.error.code}` : ''}`,
      detail: job.error?.detail ?? '',
      to: url(['/jobs', job.id]),
      action: 'Look at the job',
      job,
    }));
}

/** What the last look at a cache, stack or store has found broken; results come the latest first. */
function ofScrubs(scrubs: ScrubResult[]): Trouble[] {
  const seen = new Set<string>();
  return scrubs
    .filter((scrub) => {
      const of = `${scrub.kind} ${scrub.subject ?? ''}`;
      const isLast = !seen.has(of);
      seen.add(of);
      return isLast && stateOf(scrub) === 'damaged';
    })
    .map((scrub) => ({
      id: `scrub ${scrub.id}`,
      title: `${scrub.kind === 'node' ? `The cache of ${scrub.subject ?? ''}` : scrub.kind === 'store' ? 'The store' : `A stack${scrub.versions[0] ? `, that of ${scrub.versions[0]},` : ''}`} is damaged`,
      detail: found(scrub),
      to: url(['/storage'], { scrubs: scrub.kind }),
      action: 'Look at the results',
    }));
}

function ofKeys(keys: Key[], now: number): Trouble[] {
  return keys
    .filter((key) => keyState(key, now) === 'expires soon')
    .map((key) => ({
      id: `key ${key.id}`,
      title: `The key ${key.name} expires soon`,
      detail: '',
      at: ['It ends on', key.expiresAt ?? ''],
      to: url(['/access'], { q: key.name, state: 'expires soon' }),
      action: 'Rotate it',
    }));
}
