import { ActionGroup, Button, Checkbox, Form, FormGroup, FormSelect, FormSelectOption, Radio } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { json } from '../api/client';
import { useAll } from '../api/queries';
import type { Model, Node } from '../api/types';
import { Field } from '../compress/field';
import { useNewest } from '../models/found';
import { useAction } from '../ui/action';
import { useAddress, useChangeAddress } from '../ui/address';
import { Go } from '../ui/go';
import { Section } from '../ui/section';
import { Empty, Loaded, Missing } from '../ui/states';
import { hasLabels, parseLabels } from './concerned';
import { WhatIfTable } from './what-if-table';

const MOST = 1000;

type Nodes = UseQueryResult<Node[], Error>;

/** What of the form is in the address, and is taken out of it when the form is closed. */
const BLANK = { new: null, model: null, target: null, context: null, whom: null, labels: null, nodes: null };

/** Chooses a model, what to follow and where, and shows what each node would hold before anything is deployed. */
export function DeployForm({ nodes }: { nodes: Nodes }) {
  const models = useAll<Model>(['/api/v1/models'], MOST);
  return (
    <Section title="Deploy a model">
      <Loaded
        query={models}
        what="the models"
        isEmpty={(all) => !all.some((model) => model.newest)}
        empty={
          <Empty title="Nothing to deploy yet" action={<Go to="/compress">Register or compress</Go>}>
            Have a model compressed first.
          </Empty>
        }
      >
        {(all) => <Choices models={all.filter((model) => model.newest)} nodes={nodes} />}
      </Loaded>
    </Section>
  );
}

function Choices({ models, nodes }: { models: Model[]; nodes: Nodes }) {
  const [name] = useAddress('model');
  const [target, setTarget] = useAddress('target');
  const [whom, setWhom] = useAddress('whom', 'all');
  const [labels, setLabels] = useAddress('labels');
  const [names, setNames] = useAddress('nodes');
  const [context, setContext] = useAddress('context', '1024');
  const change = useChangeAddress();
  const { isRunning, run } = useAction();
  const model = models.find((item) => item.name === name) ?? models[0];
  const versions = useNewest(model?.name ?? '', model !== undefined);
  if (!model) {
    return null;
  }
  const ready = (versions.data ?? []).filter((version) => version.state === 'ready');
  const follows = target || (model.aliases[0] ? `alias ${model.aliases[0].alias}` : `version ${ready[0]?.version ?? 1}`);
  const alias = follows.startsWith('alias ') ? follows.slice(6) : null;
  const version = alias ? model.aliases.find((item) => item.alias === alias)?.version : Number(follows.slice(8));
  const contextTokens = Number(context);
  const isContext = Number.isInteger(contextTokens) && contextTokens >= 1 && contextTokens <= 1_000_000;
  const selector = parseLabels(labels);
  const chosen = new Set(names.split(',').filter((node) => node !== ''));
  const isWhom = whom === 'labels' ? selector !== null : whom !== 'some' || chosen.size > 0;

  function isConcerned(node: Node): boolean {
    return whom === 'labels' ? selector !== null && hasLabels(node, selector) : whom !== 'some' || chosen.has(node.name);
  }

  function choose(node: string, isChosen: boolean) {
    setNames((isChosen ? [...chosen, node] : [...chosen].filter((other) => other !== node)).join(','));
  }

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
      change(BLANK);
    }
  }

  return (
    <Form onSubmit={(event) => void submit(event)} className="wide-form">
      <FormGroup label="Model" fieldId="deploy-model">
        <FormSelect id="deploy-model" value={model.name} onChange={(_event, value) => change({ model: value, target: null })}>
          {models.map((item) => (
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
      <Missing query={versions} what="the versions" />
      <Field id="deploy-context" label="Context in tokens" value={context} onChange={setContext} fault={isContext ? undefined : 'A whole number of tokens.'} help="Each node keeps KV cache for so many; more leaves less for blocks." />
      <FormGroup role="radiogroup" label="Nodes" fieldId="deploy-nodes">
        <Radio id="nodes-all" name="nodes" label="Every node" isChecked={whom === 'all'} onChange={() => setWhom('all')} />
        <Radio id="nodes-some" name="nodes" label="These nodes" isChecked={whom === 'some'} onChange={() => setWhom('some')} />
        <Radio id="nodes-labels" name="nodes" label="Nodes with these labels, also those to come" isChecked={whom === 'labels'} onChange={() => setWhom('labels')} />
      </FormGroup>
      {whom === 'labels' && (
        <Field id="deploy-labels" label="Labels" isRequired placeholder="pool=edge, region=eu" value={labels} onChange={setLabels} fault={labels !== '' && selector === null ? 'Labels as name=value, with commas between.' : undefined} />
      )}
      <Loaded query={nodes} what="the nodes">
        {(all) => (
          <>
            {whom === 'some' && (
              <FormGroup role="group" label="Which" fieldId="deploy-which">
                {all.map((node) => (
                  <Checkbox key={node.name} id={`node-${node.name}`} label={node.name} isChecked={chosen.has(node.name)} onChange={(_event, isChosen) => choose(node.name, isChosen)} />
                ))}
              </FormGroup>
            )}
            {version !== undefined && isContext && <WhatIfTable model={model.name} version={version} contextTokens={contextTokens} nodes={all.filter(isConcerned)} />}
          </>
        )}
      </Loaded>
      <ActionGroup>
        <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !isContext || !isWhom || version === undefined}>
          Deploy
        </Button>
        <Button variant="link" onClick={() => change(BLANK)}>
          Cancel
        </Button>
      </ActionGroup>
    </Form>
  );
}
