import { Content, Label, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Job } from './api';
import { bytes, count, duration, percent, time } from './format';
import { ListSection } from './list-section';

const FINISHED = ['done', 'failed', 'cancelled'];

export function Jobs() {
  return (
    <ListSection<Job>
      title="Jobs"
      path="jobs"
      refreshMillis={1000}
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
          <Th>Model</Th>
          <Th>State</Th>
          <Th>Progress of the step</Th>
          <Th>Time left in the step</Th>
          <Th>Written</Th>
          <Th>Created</Th>
          <Th>Result</Th>
        </Tr>
      </Thead>
      <Tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </Tbody>
    </Table>
  );
}

function JobRow({ job }: { job: Job }) {
  const isFinished = FINISHED.includes(job.state);
  return (
    <Tr>
      <Td dataLabel="Model">
        <strong>{job.model}</strong>
      </Td>
      <Td dataLabel="State">
        <StateLabel state={job.state} />
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
        {job.error ? (
          <>
            {job.error.code}
            <Content component="small">{job.error.detail}</Content>
          </>
        ) : job.version ? (
          `version ${job.version}`
        ) : (
          '–'
        )}
      </Td>
    </Tr>
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
  const text = total > 0 ? `${count(done)} of ${count(total)}` : 'not started';
  return (
    <>
      <Progress
        aria-label={`${job.step ?? job.state} for ${job.model}`}
        value={percent(done, total)}
        valueText={text}
        label={text}
        measureLocation={ProgressMeasureLocation.top}
        size="sm"
      />
      {job.currentMatrix && <Content component="small">{job.currentMatrix}</Content>}
    </>
  );
}
