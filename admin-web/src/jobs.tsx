import { Alert, Content, Label, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Job } from './api';
import { CopyableDigest } from './digest';
import { bytes, count, duration, percent, secondsBetween, time } from './format';
import { ListSection } from './list-section';

const FINISHED = ['done', 'failed', 'cancelled'];

/** Enough to see what happens and what happened of late; older jobs stay in the API. */
const NEWEST = 50;
const COLUMNS = 7;

/** What a step counts. */
const UNITS: Record<string, string> = { validate: 'tensors', encode: 'matrices' };

export function Jobs() {
  return (
    <ListSection<Job>
      title="Jobs"
      path="jobs"
      refreshMillis={(jobs) => (jobs.every((job) => FINISHED.includes(job.state)) ? 3000 : 500)}
      most={NEWEST}
      empty="Start a compression with POST /api/v1/jobs."
    >
      {(jobs, titleId) => <JobTable jobs={jobs} titleId={titleId} />}
    </ListSection>
  );
}

export function JobTable({ jobs, titleId }: { jobs: Job[]; titleId: string }) {
  return (
    <Table aria-labelledby={titleId} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">Model</Th>
          <Th modifier="wrap">State</Th>
          <Th modifier="wrap" width={25}>
            Progress of the step
          </Th>
          <Th modifier="wrap">Time left in the step</Th>
          <Th modifier="wrap">Written</Th>
          <Th modifier="wrap">Created</Th>
          <Th modifier="wrap" width={25}>
            Result
          </Th>
        </Tr>
      </Thead>
      {jobs.map((job) => (
        <JobRows key={job.id} job={job} />
      ))}
    </Table>
  );
}

function JobRows({ job }: { job: Job }) {
  const isFinished = FINISHED.includes(job.state);
  return (
    <Tbody>
      <Tr className={job.error ? 'no-line' : ''}>
        <Td dataLabel="Model">
          <strong>{job.model}</strong>
        </Td>
        <Td dataLabel="State">
          <StateLabel state={job.state} />
          {job.cancelRequested && !isFinished && <Content component="small">to be cancelled</Content>}
        </Td>
        <Td dataLabel="Progress of the step">{isFinished ? '–' : <StepProgress job={job} />}</Td>
        <Td dataLabel="Time left in the step" modifier="nowrap">
          {isFinished ? '–' : duration(job.etaSeconds)}
        </Td>
        <Td dataLabel="Written" modifier="nowrap">
          {bytes(job.bytesWritten ?? 0)}
        </Td>
        <Td dataLabel="Created" modifier="nowrap">
          {time(job.createdAt)}
        </Td>
        <Td dataLabel="Result">
          <Result job={job} />
        </Td>
      </Tr>
      {job.error && (
        <Tr>
          <Td colSpan={COLUMNS} dataLabel="Error">
            <Alert variant="danger" isInline isPlain component="p" title={job.error.code}>
              {job.error.detail}
            </Alert>
          </Td>
        </Tr>
      )}
    </Tbody>
  );
}

function Result({ job }: { job: Job }) {
  const took = secondsBetween(job.startedAt, job.finishedAt);
  return (
    <>
      {job.version ? `version ${job.version} ` : took === null ? '–' : ''}
      {job.stackDigest && <CopyableDigest digest={job.stackDigest} of={`job ${job.id}`} />}
      {took !== null && <Content component="small">took {duration(took)}</Content>}
    </>
  );
}

function StateLabel({ state }: { state: string }) {
  const color = state === 'done' ? 'green' : state === 'failed' ? 'red' : FINISHED.includes(state) ? 'grey' : 'blue';
  return (
    <Label color={color} isCompact>
      {state}
    </Label>
  );
}

function StepProgress({ job }: { job: Job }) {
  const done = job.matricesDone ?? 0;
  const total = job.matricesTotal ?? 0;
  const step = job.step ?? job.state;
  const text = total > 0 ? `${count(done)} of ${count(total)} ${UNITS[step] ?? 'evaluations'}` : 'not started';
  return (
    <>
      <Progress
        value={percent(done, total)}
        valueText={text}
        title={step}
        label={text}
        measureLocation={ProgressMeasureLocation.top}
        size="sm"
      />
      {job.currentMatrix && <Content component="small">{job.currentMatrix}</Content>}
    </>
  );
}
