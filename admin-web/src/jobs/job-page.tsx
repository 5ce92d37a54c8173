import { Alert, Button, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, Label, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { json, url } from '../api/client';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { Digest } from '../ui/copy';
import { bytes, duration, secondsBetween, significant } from '../ui/format';
import { State } from '../ui/labels';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Loaded } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { HeatMap } from './heat-map';
import type { Job } from '../api/types';
import { isFinished, matrixErrors, stepAt, STEPS } from './job';
import { StepProgress } from './jobs-page';
import { LogSection } from './log-section';
import { Retry } from './retry';
import { useLiveJob } from './use-live-job';
import { useLog } from './use-log';

/** One job, live while it runs: steps, the error of each matrix as it is encoded, and the log. */
export default function JobPage() {
  const { job: id = '' } = useParams();
  const { query, isLive } = useLiveJob(id);
  const job = query.data;
  const log = useLog(id, job !== undefined && !isFinished(job));
  return (
    <PageFrame
      title={job ? 'Job of' : 'Job'}
      name={job?.model ?? ''}
      above={[['Jobs', '/jobs']]}
      actions={job && <Actions job={job} />}
    >
      <Loaded query={query} what="the job">
        {(found) => (
          <>
            <p className="live">
              <State state={found.paused && !isFinished(found) ? 'paused' : found.state} />{' '}
              {!isFinished(found) && (
                <Label isCompact color={isLive ? 'green' : 'grey'}>
                  {isLive ? 'live' : 'connecting'}
                </Label>
              )}
              {found.cancelRequested && !isFinished(found) && ' to be cancelled'}
            </p>
            {found.error && (
              <Alert isInline variant="danger" component="p" title={found.error.code}>
                <UserText text={found.error.detail} longest={2000} />
              </Alert>
            )}
            <Section title="Progress">
              <Steps job={found} />
              {!isFinished(found) && <StepProgress job={found} />}
              <Facts job={found} />
            </Section>
            <HeatMap errors={matrixErrors(log.data ?? [])} current={found.currentMatrix ?? null} />
            <LogSection query={log} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Steps({ job }: { job: Job }) {
  const at = stepAt(job);
  const now = isFinished(job) ? ({ words: `${job.state} here`, variant: job.state === 'failed' ? 'danger' : 'warning' } as const) : ({ words: 'running', variant: 'info' } as const);
  return (
    <ProgressStepper aria-label="Steps of the job" className="steps">
      {STEPS.map((step, index) => {
        const variant = index < at ? 'success' : index === at ? now.variant : 'pending';
        return (
          <ProgressStep key={step} id={`step-${step}`} titleId={`step-${step}-title`} variant={variant} isCurrent={index === at} aria-label={`${step}: ${index < at ? 'done' : index === at ? now.words : 'to come'}`}>
            {step}
          </ProgressStep>
        );
      })}
    </ProgressStepper>
  );
}

function Facts({ job }: { job: Job }) {
  const took = secondsBetween(job.startedAt, job.finishedAt);
  return (
    <DescriptionList isHorizontal isCompact columnModifier={{ lg: '2Col' }} className="facts">
      <Fact term="Model">
        <Link to={url(['/models', job.model])}>{job.model}</Link>
      </Fact>
      {job.version && (
        <Fact term="Version">
          <Link to={url(['/models', job.model, '/versions', String(job.version)])}>version {job.version}: look at its curve</Link>
        </Fact>
      )}
      {job.stackDigest && (
        <Fact term="Stack">
          <Digest digest={job.stackDigest} of={`job ${job.id}`} />
        </Fact>
      )}
      {job.retryOf && (
        <Fact term="Once more">
          <Link to={url(['/jobs', job.retryOf])}>of an earlier job</Link>
        </Fact>
      )}
      <Fact term="Written">{bytes(job.bytesWritten)}</Fact>
      <Fact term="Priority">{job.priority}</Fact>
      <Fact term="Created">
        <Time iso={job.createdAt} />
      </Fact>
      {took !== null && <Fact term="Took">{duration(took)}</Fact>}
      {!isFinished(job) && <Fact term="Time left in the step">{duration(job.etaSeconds)}</Fact>}
      {job.currentMatrix && (
        <Fact term="Current matrix">
          {job.currentMatrix}
          {job.currentError != null && `, error ${significant(job.currentError)}`}
        </Fact>
      )}
    </DescriptionList>
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

function Actions({ job }: { job: Job }) {
  const mayPublish = useMay('publish');
  const { isRunning, run } = useAction();
  const [isCancelling, setCancelling] = useState(false);
  const path = url(['/api/v1/jobs', job.id]);
  if (!mayPublish || job.state === 'done') {
    return null;
  }
  if (isFinished(job)) {
    return <Retry job={job} />;
  }
  const send = (verb: 'pause' | 'resume' | 'cancel', done: string) =>
    run({ done, failed: `The job of ${job.model} did not ${verb}` }, () => json(`${path}/${verb}`, { method: 'POST' }));
  return (
    <>
      {job.paused ? (
        <Button variant="secondary" isDisabled={isRunning} onClick={() => void send('resume', `The job of ${job.model} runs on`)}>
          Resume
        </Button>
      ) : (
        <Button variant="secondary" isDisabled={isRunning} onClick={() => void send('pause', `The job of ${job.model} is paused`)}>
          Pause
        </Button>
      )}
      <Button variant="secondary" isDanger onClick={() => setCancelling(true)}>
        Cancel
      </Button>
      {isCancelling && (
        <Confirm
          title={`Cancel the job of ${job.model}?`}
          verb="Cancel the job"
          isDanger
          onConfirm={() => send('cancel', `The job of ${job.model} is being cancelled`)}
          onClose={() => setCancelling(false)}
        >
          What it has encoded is kept for a later job; no version is published.
        </Confirm>
      )}
    </>
  );
}
