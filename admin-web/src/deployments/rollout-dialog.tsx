import { Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import { useAll } from '../api/queries';
import type { Deployment, Version } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { parseShares } from './rollout';

const MOST_VERSIONS = 1000;

/** Rolls another version out to a deployment's nodes, some before the others, each step behind a gate. */
export function RolloutDialog({ deployment, onClose }: { deployment: Deployment; onClose: () => void }) {
  const versions = useAll<Version>(['/api/v1/models', deployment.model, '/versions'], MOST_VERSIONS);
  const ready = (versions.data ?? []).filter((item) => item.state === 'ready' && item.version !== deployment.version);
  const [chosen, setChosen] = useState<number | null>(null);
  const [shares, setShares] = useState('10, 50');
  const [soak, setSoak] = useState('30');
  const [errors, setErrors] = useState('2');
  const { run } = useAction();
  const version = chosen ?? ready.at(-1)?.version;
  const steps = parseShares(shares);
  const soakSeconds = /^\d{1,5}$/.test(soak) ? Number(soak) : null;
  const maxErrorRate = errors.trim() !== '' && Number(errors) >= 0 && Number(errors) <= 100 ? Number(errors) / 100 : null;

  function start() {
    return run(
      { done: `Version ${version ?? ''} of ${deployment.model} is being rolled out`, failed: `The rollout of ${deployment.model} was not begun` },
      () =>
        json(url(['/api/v1/deployments', String(deployment.id), '/rollouts']), {
          method: 'POST',
          body: {
            version,
            steps: [...(steps ?? []).map((share) => ({ share })), { share: 1 }],
            gate: { soakSeconds, maxErrorRate },
          },
        }),
    );
  }

  return (
    <Confirm
      title={`Roll a version of ${deployment.model} out`}
      verb="Begin"
      variant="medium"
      isDisabled={version === undefined || steps === null || soakSeconds === null || maxErrorRate === null}
      onConfirm={start}
      onClose={onClose}
    >
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="Version" fieldId="rollout-version">
          <FormSelect id="rollout-version" value={String(version ?? '')} onChange={(_event, value) => setChosen(Number(value))}>
            {ready.map((item) => (
              <FormSelectOption key={item.version} value={String(item.version)} label={`version ${item.version}`} />
            ))}
          </FormSelect>
        </FormGroup>
        <Field id="rollout-steps" label="Steps before all nodes, in percent" value={shares} onChange={setShares} fault={steps === null ? 'Growing shares below 100, such as 10, 50.' : undefined} help="The first nodes are the canaries; empty for all at once." />
        <Field id="rollout-soak" label="Seconds that each step must stay well" value={soak} onChange={setSoak} fault={soakSeconds === null ? 'A whole number of seconds.' : undefined} />
        <Field id="rollout-errors" label="Requests that may fail, in percent" value={errors} onChange={setErrors} fault={maxErrorRate === null ? 'A number from 0 to 100.' : undefined} help="Above it the rollout is taken back by itself." />
      </Form>
    </Confirm>
  );
}
