import { ActionGroup, Button, Checkbox, Form, FormGroup, FormSelect, FormSelectOption, Radio } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { json } from '../api/client';
import { useAll } from '../api/queries';
import type { Model, Node } from '../api/types';
import { Field } from '../compress/field';
import { useNewest } from '../models/found';
import { useAction } from '../ui/action';
import { useAddress } from '../ui/address';
import { Go } from '../ui/go';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { hasLabels, parseLabels } from './concerned';
import { WhatIfTable } from './what-if-table';

const MOST = 1000;

/** Chooses a model, what to follow and where, and shows what each node would hold before anything is deployed. */
export function DeployForm({ nodes, onClose }: { nodes: Node[]; onClose: () => void }) {
  const models = useAll<Model>(['/api/v1/models'], MOST);
  const [name, setName] = useAddress('model');
  const [target, setTarget] = useAddress('target');
  const [whom, setWhom] = useState<'all' | 'some' | 'labels'>('all');
  const [labels, setLabels] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [context, setContext] = useState('1024');
  const { isRunning, run } = useAction();
  const published = (models.data ?? []).filter((model) => model.newest);
  const model = published.find((item) => item.name === name) ?? published[0];
  const versions = useNewest(model?.name ?? '', model !== undefined);

  if (!model) {
    return models.data ? <Empty title="Nothing to deploy yet" action={<Go to="/compress">Register or compress</Go>}>Have a model compressed first.</Empty> : null;
  }
  const ready = (versions.data ?? []).filter((version) => version.state === 'ready');
  const follows = target || (model.aliases[0] ? `alias ${model.aliases[0].alias}` : `version ${ready[0]?.version ?? 1}`);
  const alias = follows.startsWith('alias ') ? follows.slice(6) : null;
  const version = alias ? model.aliases.find((item) => item.alias === alias)?.version : Number(follows.slice(8));
  const contextTokens = Number(context);
  const isContext = Number.isInteger(contextTokens) && contextTokens >= 1 && contextTokens <= 1_000_000;
  const selector = parseLabels(labels);
  const isWhom = whom === 'all' || (whom === 'some' ? chosen.size > 0 : selector !== null);
  const concerned = nodes.filter((node) => whom === 'all' || (whom === 'some' ? chosen.has(node.name) : selector !== null && hasLabels(node, selector)));

  async function submit(event: FormEvent) {
    event.preventDefault();
    const body = {
      model: model?.name,
      ...(alias ? { alias } : { version }),
      contextTokens,
      ...(whom === 'some' ? { nodes: [...chosen] } : whom === 'labels' ? { selector } : {}),
    };
    if (
      await run({ done: `${model?.name ?? ''} is deployed`, failed: `${model?.name ?? ''} was not deployed` }, () =>
        json('/api/v1/deployments', { method: 'POST', body }),
      )
    ) {
      onClose();
    }
  }

  return (
    <Section title="Deploy a model">
      <Form onSubmit={(event) => void submit(event)} className="wide-form">
        <FormGroup label="Model" fieldId="deploy-model">
          <FormSelect
            id="deploy-model"
            value={model.name}
            onChange={(_event, value) => {
              setTarget('');
              setName(value);
            }}
          >
            {published.map((item) => (
              <FormSelectOption key={item.name} value={item.name} label={item.name} />
            ))}
          </FormSelect>
        </FormGroup>
        <FormGroup label="Follow" fieldId="deploy-target">
          <FormSelect id="deploy-target" value={follows} onChange={(_event, value) => setTarget(value)}>
            {model.aliases.map((item) => (
              <FormSelectOption key={item.alias} value={`alias ${item.alias}`} label={`the alias ${item.alias} (version ${item.version} now)`} />
            ))}
            {ready.map((item) => (
              <FormSelectOption key={item.version} value={`version ${item.version}`} label={`version ${item.version}`} />
            ))}
          </FormSelect>
        </FormGroup>
        <Field id="deploy-context" label="Context in tokens" value={context} onChange={setContext} fault={isContext ? undefined : 'A whole number of tokens.'} help="Each node keeps KV cache for so many; more leaves less for blocks." />
        <FormGroup role="radiogroup" label="Nodes" fieldId="deploy-nodes">
          <Radio id="nodes-all" name="nodes" label="Every node" isChecked={whom === 'all'} onChange={() => setWhom('all')} />
          <Radio id="nodes-some" name="nodes" label="These nodes" isChecked={whom === 'some'} onChange={() => setWhom('some')} />
          <Radio id="nodes-labels" name="nodes" label="Nodes with these labels, also those to come" isChecked={whom === 'labels'} onChange={() => setWhom('labels')} />
        </FormGroup>
        {whom === 'labels' && (
          <Field id="deploy-labels" label="Labels" isRequired placeholder="pool=edge, region=eu" value={labels} onChange={setLabels} fault={labels !== '' && selector === null ? 'Labels as name=value, with commas between.' : undefined} />
        )}
        {whom === 'some' && (
          <FormGroup role="group" label="Which" fieldId="deploy-which">
            {nodes.map((node) => (
              <Checkbox
                key={node.name}
                id={`node-${node.name}`}
                label={node.name}
                isChecked={chosen.has(node.name)}
                onChange={(_event, isChosen) => {
                  const next = new Set(chosen);
                  if (isChosen) {
                    next.add(node.name);
                  } else {
                    next.delete(node.name);
                  }
                  setChosen(next);
                }}
              />
            ))}
          </FormGroup>
        )}
        {version !== undefined && isContext && (
          <WhatIfTable model={model.name} version={version} contextTokens={contextTokens} nodes={concerned} />
        )}
        <ActionGroup>
          <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !isContext || !isWhom}>
            Deploy
          </Button>
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
        </ActionGroup>
      </Form>
    </Section>
  );
}

