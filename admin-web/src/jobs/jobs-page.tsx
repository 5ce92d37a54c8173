import { Progress } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { Choice } from '../ui/filters';
import { bytes, count, duration, percent } from '../ui/format';
import { Go } from '../ui/go';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { PageFrame } from '../ui/page';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';
import type { Job } from '../api/types';
import { isFinished, unit } from './job';

const REFRESH_MILLIS = 2000;

const STATES: [string, string][] = [
  ['', 'in any state'],
  ['unfinished', 'unfinished'],
  ['done', 'done'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
];

/** All compression jobs, the newest first. */
export default function JobsPage() {
  const [state, setState] = useAddress('state');
  const [model, setModel] = useAddress('model');
  const query = usePages<Job>(['/api/v1/jobs'], { limit: 100 }, { refreshMillis: REFRESH_MILLIS });
  const mayPublish = useMay('publish');
  const models = [...new Set((query.data ?? []).map((job) => job.model))].sort();
  return (
    <PageFrame
      title="Jobs"
      actions={mayPublish && <Go to="/compress">Register or compress</Go>}
    >
      <Listing
        query={query}
        what="the jobs"
        filters={
          <>
            <Choice label="State" value={state} onChange={setState} options={STATES} />
            <Choice label="Model" value={model} onChange={setModel} options={[['', 'of any model'], ...models.map((name) => [name, name] as const)]} />
          </>
        }
        empty={<Empty title="No jobs yet">A compression job turns a model into a stack.</Empty>}
        pick={(jobs) =>
          jobs.filter((job) => (model === '' || job.model === model) && (state === '' || (state === 'unfinished' ? !isFinished(job) : job.state === state)))
        }
        noneFits={<Empty title="No job fits">Choose another state or model, or read more jobs below.</Empty>}
      >
        {(jobs) => <JobTable jobs={jobs} />}
      </Listing>
    </PageFrame>
  );
}

function JobTable({ jobs }: { jobs: Job[] }) {
  return (
    <Table aria-label="Jobs" variant="compact">
      <Thead>
        <Tr>
          <Th>Job</Th>
          <Th>State</Th>
          <Th width={25}>Progress of the step</Th>
          <Th>Time left in the step</Th>
          <Th>Written</Th>
          <Th>Version</Th>
          <Th>Created</Th>
        </Tr>
      </Thead>
      <Tbody>
        {jobs.map((job) => (
          <Tr key={job.id} className="row">
            <Td dataLabel="Job">
              <Link to={url(['/jobs', job.id])}>
                {job.model}
                <span className="for-readers">, job {job.id}</span>
              </Link>
            </Td>
            <Td dataLabel="State">
              <State state={job.paused && !isFinished(job) ? 'paused' : job.state} />
              {job.error && <code> {job.error.code}</code>}
            </Td>
            <Td dataLabel="Progress of the step">{isFinished(job) ? '–' : <StepProgress job={job} />}</Td>
            <Td dataLabel="Time left in the step" modifier="nowrap">
              {isFinished(job) ? '–' : duration(job.etaSeconds)}
            </Td>
            <Td dataLabel="Written" modifier="nowrap">
              {bytes(job.bytesWritten)}
            </Td>
            <Td dataLabel="Version">
              {job.version ? <Link to={url(['/models', job.model, '/versions', String(job.version)])}>version {job.version}</Link> : '–'}
            </Td>
            <Td dataLabel="Created" modifier="nowrap">
              <Time iso={job.createdAt} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** How far the current step is. */
export function StepProgress({ job }: { job: Job }) {
  const text = job.matricesTotal > 0 ? `${count(job.matricesDone)} of ${count(job.matricesTotal)} ${unit(job.step)}` : 'not started';
  return (
    <Progress
      value={percent(job.matricesDone, job.matricesTotal)}
      valueText={text}
      label={text}
      title={job.step ?? job.state}
      size="sm"
      aria-label={`Progress of ${job.step ?? job.state}`}
    />
  );
}
