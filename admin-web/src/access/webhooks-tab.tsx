import { ActionGroup, Button, Checkbox, Form, FormGroup } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState, type FormEvent } from 'react';
import { Link } from 'react-router';
import { json, url } from '../api/client';
import { usePages } from '../api/queries';
import type { components } from '../api/generated/registry';
import type { Webhook } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { SecretOnce } from '../ui/secret-once';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { Time, UserText } from '../ui/text';

type EventType = NonNullable<components['schemas']['io.bitstack.registry.event.Event']['type']>;

/** Which events there are; the compiler holds this list to the document's. */
const EVENTS: Partial<Record<EventType, string>> = {
  'io.bitstack.version.ready': 'a version is ready',
  'io.bitstack.alias.moved': 'an alias was moved',
  'io.bitstack.job.failed': 'a job failed',
  'io.bitstack.node.joined': 'a node joined',
  'io.bitstack.node.lost': 'a node was lost',
  'io.bitstack.rollout.advanced': 'a rollout advanced',
  'io.bitstack.rollout.rolled-back': 'a rollout was rolled back',
};

/** Addresses that are told of events. */
export function WebhooksTab() {
  const query = usePages<Webhook>(['/api/v1/webhooks'], { limit: 100 });
  const { isRunning, run } = useAction();

  function become(hook: Webhook, enabled: boolean, undo?: () => void) {
    const done = `${hook.url} is told of events ${enabled ? 'again' : 'no more'}`;
    return run({ done, failed: `The webhook of ${hook.url} was not changed`, ...(undo ? { undo } : {}) }, () =>
      json(url(['/api/v1/webhooks', String(hook.id)]), { method: 'PATCH', body: { enabled } }),
    );
  }

  return (
    <Listing query={query} what="the webhooks" head={<NewWebhook />} empty={<Empty title="No webhooks yet">A webhook is told of events, such as a version that is ready.</Empty>}>
      {(hooks) => (
        <Table aria-label="Webhooks" variant="compact">
          <Thead>
            <Tr>
              <Th>Address</Th>
              <Th>Events</Th>
              <Th>State</Th>
              <Th>Made</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {hooks.map((hook) => (
              <Tr key={hook.id}>
                <Td dataLabel="Address">
                  <Link to={url(['/access/webhooks', String(hook.id)])}>
                    <UserText text={hook.url} />
                  </Link>
                </Td>
                <Td dataLabel="Events">{(hook.events as string[]).map((event) => event.replace('io.bitstack.', '')).join(', ')}</Td>
                <Td dataLabel="State">
                  <State state={hook.enabled ? 'active' : 'off'} />
                </Td>
                <Td dataLabel="Made" modifier="nowrap">
                  <Time iso={hook.createdAt} />
                </Td>
                <Td dataLabel="Actions" isActionCell>
                  <Button
                    variant="link"
                    isDisabled={isRunning}
                    onClick={() => void become(hook, !hook.enabled, () => void become(hook, hook.enabled))}
                  >
                    {hook.enabled ? 'Switch off' : 'Switch on'}
                    <span className="for-readers"> the webhook {hook.id}</span>
                  </Button>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </Listing>
  );
}

function NewWebhook() {
  const [address, setAddress] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['io.bitstack.version.ready']));
  const [made, setMade] = useState<Webhook | null>(null);
  const { isRunning, run } = useAction();
  const isAddress = /^https?:\/\/[^\s/]+/.test(address);

  async function submit(event: FormEvent) {
    event.preventDefault();
    await run({ done: 'The webhook was made', failed: 'The webhook was not made' }, async () => {
      setMade(await json<Webhook>('/api/v1/webhooks', { method: 'POST', body: { url: address, events: [...chosen] } }));
      setAddress('');
    });
  }

  return (
    <Section title="New webhook">
      {made?.secret && (
        <SecretOnce of="The webhook's secret" secret={made.secret} copy="Copy the secret" />
      )}
      <Form onSubmit={(event) => void submit(event)} className="wide-form">
        <Field id="webhook-url" label="Address" isRequired placeholder="https://…" value={address} onChange={setAddress} fault={address === '' || isAddress ? undefined : 'An http or https address.'} help="Told by POST; its signature is made with the secret." />
        <FormGroup role="group" label="Events" fieldId="webhook-events">
          {Object.entries(EVENTS).map(([event, words]) => (
            <Checkbox
              key={event}
              id={event}
              label={words}
              isChecked={chosen.has(event)}
              onChange={(_event, isChosen) => {
                const next = new Set(chosen);
                if (isChosen) {
                  next.add(event);
                } else {
                  next.delete(event);
                }
                setChosen(next);
              }}
            />
          ))}
        </FormGroup>
        <ActionGroup>
          <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !isAddress || chosen.size === 0}>
            Make the webhook
          </Button>
        </ActionGroup>
      </Form>
    </Section>
  );
}
