import { Form, FormGroup, FormSelect, FormSelectOption, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { Deployment, Node } from '../api/types';
import { Field } from '../compress/field';
import { useNewest } from '../models/found';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { Missing } from '../ui/states';
import { budgetUnder, parseShares, sizingOf, type SizeWish } from './rollout';
import { WhatIfTable } from './what-if-table';

interface Props {
  deployment: Deployment;
  /** Those that the deployment concerns. */
  nodes: Node[];
  onClose: () => void;
}

/** Rolls another version or size out to a deployment's nodes, some before the others, each step behind a gate. */
export function RolloutDialog({ deployment, nodes, onClose }: Props) {
  const versions = useNewest(deployment.model);
  const ready = (versions.data ?? []).filter((item) => item.state === 'ready' && item.version !== deployment.version);
  const [chosen, setChosen] = useState<number | null>(null);
  const [kind, setKind] = useState<'version' | 'size'>('version');
  const [size, setSize] = useState<SizeWish>({ budget: '', floorBpw: '', ceilingBpw: '' });
  const [shares, setShares] = useState('10, 50');
  const [soak, setSoak] = useState('30');
  const [errors, setErrors] = useState('2');
  const { run } = useAction();
  const version = chosen ?? ready[0]?.version;
  const sizing = sizingOf(size);
  const now = deployment.version ?? nodes.find((node) => node.model === deployment.model)?.version;
  const previewed = kind === 'version' ? version : sizing ? now : null;
  const isBlank = Object.values(size).every((text) => text.trim() === '');
  const isTarget = kind === 'version' ? version !== undefined : sizing !== null;
  const what = kind === 'version' ? `Version ${version ?? ''}` : 'Another size';
  const steps = parseShares(shares);
  const soakSeconds = /^\d{1,5}$/.test(soak) ? Number(soak) : null;
  const maxErrorRate = errors.trim() !== '' && Number(errors) >= 0 && Number(errors) <= 100 ? Number(errors) / 100 : null;

  function start() {
    return run(
      { done: `${what} of ${deployment.model} is being rolled out`, failed: `The rollout of ${deployment.model} was not begun` },
      () =>
        json(url(['/api/v1/deployments', String(deployment.id), '/rollouts']), {
          method: 'POST',
          body: {
            ...(kind === 'version' ? { version } : { sizing }),
            steps: [...(steps ?? []).map((share) => ({ share })), { share: 1 }],
            gate: { soakSeconds, maxErrorRate },
          },
        }),
    );
  }

  return (
    <Confirm
      title={`Roll another version or size of ${deployment.model} out`}
      verb="Begin"
      variant="medium"
      isDisabled={!isTarget || steps === null || soakSeconds === null || maxErrorRate === null}
      onConfirm={start}
      onClose={onClose}
    >
      <Missing query={versions} what="the versions" />
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup role="radiogroup" label="What" fieldId="rollout-kind">
          <Radio id="rollout-kind-version" name="rollout-kind" label="Another version" isChecked={kind === 'version'} onChange={() => setKind('version')} />
          <Radio id="rollout-kind-size" name="rollout-kind" label="Another size of the same version" isChecked={kind === 'size'} onChange={() => setKind('size')} />
        </FormGroup>
        {kind === 'version' ? (
          <FormGroup label="Version" fieldId="rollout-version">
            <FormSelect id="rollout-version" value={String(version ?? '')} onChange={(_event, value) => setChosen(Number(value))}>
              {ready.length === 0 && <FormSelectOption value="" label={versions.data ? 'no other version is ready' : 'the versions are not read yet'} isDisabled />}
              {ready.map((item) => (
                <FormSelectOption key={item.version} value={String(item.version)} label={`version ${item.version}`} />
              ))}
            </FormSelect>
          </FormGroup>
        ) : (
          <>
            <Field id="rollout-budget" label="Budget of each node" value={size.budget} onChange={(budget) => setSize({ ...size, budget })} fault={sizing === null && !isBlank ? 'A budget such as 900 MB or 50 %, and bits per weight, the least no more than the most.' : undefined} help="Bytes, or a share of the node's memory such as 50 %; empty for the node's own." />
            <Field id="rollout-floor" label="Bits per weight at least" value={size.floorBpw} onChange={(floorBpw) => setSize({ ...size, floorBpw })} help="A node that cannot hold so many does not take the model." />
            <Field id="rollout-ceiling" label="Bits per weight at most" value={size.ceilingBpw} onChange={(ceilingBpw) => setSize({ ...size, ceilingBpw })} help="No node holds more." />
          </>
        )}
        {previewed != null && (
          <>
            <WhatIfTable
              model={deployment.model}
              version={previewed}
              contextTokens={deployment.contextTokens}
              nodes={nodes}
              budgetOf={(node) => budgetUnder(node, kind === 'size' ? sizing : null)}
            />
            {kind === 'size' && (sizing?.floorBpw !== undefined || sizing?.ceilingBpw !== undefined) && (
              <p className="said">Bounds of bits per weight are not counted in: a node below the least takes no model, one above the most holds less.</p>
            )}
          </>
        )}
        <Field id="rollout-steps" label="Steps before all nodes, in percent" value={shares} onChange={setShares} fault={steps === null ? 'Growing shares below 100, such as 10, 50.' : undefined} help="The first nodes are the canaries; empty for all at once." />
        <Field id="rollout-soak" label="Seconds that each step must stay well" value={soak} onChange={setSoak} fault={soakSeconds === null ? 'A whole number of seconds.' : undefined} />
        <Field id="rollout-errors" label="Requests that may fail, in percent" value={errors} onChange={setErrors} fault={maxErrorRate === null ? 'A number from 0 to 100.' : undefined} help="Above it the rollout is taken back by itself." />
      </Form>
    </Confirm>
  );
}
