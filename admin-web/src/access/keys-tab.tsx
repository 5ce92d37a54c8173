import { ActionGroup, Button, Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState, type FormEvent } from 'react';
import { json, url } from '../api/client';
import { usePages } from '../api/queries';
import type { Key, MadeKey, Scope } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { State } from '../ui/labels';
import { SecretOnce } from '../ui/secret-once';
import { Section } from '../ui/section';
import { Empty, Loaded, More } from '../ui/states';
import { Time, UserText } from '../ui/text';

const SCOPES: Scope[] = ['viewer', 'publisher', 'admin', 'node', 'infer'];
const NAME = /^([a-z0-9][a-z0-9._-]{0,62}|\*)$/;

/** The API keys; a new one is shown this once. */
export function KeysTab() {
  const query = usePages<Key>(['/api/v1/keys'], { limit: 200 });
  const [revoking, setRevoking] = useState<Key | null>(null);
  const { run } = useAction();
  return (
    <>
      <Loaded query={query} what="the keys" isEmpty={(keys) => keys.length === 0} empty={<Empty title="No keys" />}>
        {(keys) => (
          <>
            <NewKey />
            <Table aria-label="Keys" variant="compact">
              <Thead>
                <Tr>
                  <Th>Name</Th>
                  <Th>Scope</Th>
                  <Th>Id</Th>
                  <Th>Made</Th>
                  <Th>State</Th>
                  <Th screenReaderText="Actions" />
                </Tr>
              </Thead>
              <Tbody>
                {keys.map((key) => (
                  <Tr key={key.id}>
                    <Td dataLabel="Name">
                      <UserText text={key.name} />
                    </Td>
                    <Td dataLabel="Scope">{key.scope}</Td>
                    <Td dataLabel="Id">
                      <code>{key.id}</code>
                    </Td>
                    <Td dataLabel="Made" modifier="nowrap">
                      <Time iso={key.createdAt} />
                    </Td>
                    <Td dataLabel="State">
                      <State state={key.revokedAt ? 'revoked' : 'active'} />
                    </Td>
                    <Td dataLabel="Actions" isActionCell>
                      {!key.revokedAt && (
                        <Button variant="link" isDanger onClick={() => setRevoking(key)}>
                          Revoke<span className="for-readers"> the key {key.name}</span>
                        </Button>
                      )}
                    </Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
          </>
        )}
      </Loaded>
      <More query={query} />
      {revoking && (
        <Confirm
          title={`Revoke the key ${revoking.name}?`}
          verb="Revoke"
          isDanger
          onConfirm={() =>
            run({ done: `The key ${revoking.name} was revoked`, failed: `The key ${revoking.name} was not revoked` }, () =>
              json(url(['/api/v1/keys', revoking.id]), { method: 'DELETE' }),
            )
          }
          onClose={() => setRevoking(null)}
        >
          Who uses it is refused within seconds. This cannot be undone; a new key can be made.
        </Confirm>
      )}
    </>
  );
}

function NewKey() {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('viewer');
  const [made, setMade] = useState<MadeKey | null>(null);
  const { isRunning, run } = useAction();
  const isName = NAME.test(name) && (name !== '*' || scope === 'node');

  async function submit(event: FormEvent) {
    event.preventDefault();
    await run({ done: `The key ${name} was made`, failed: `The key ${name} was not made` }, async () => {
      setMade(await json<MadeKey>('/api/v1/keys', { method: 'POST', body: { name, scope } }));
      setName('');
    });
  }

  return (
    <Section title="New key">
      {made && (
        <SecretOnce of={`The key ${made.name}`} secret={made.key} copy={`Copy the key ${made.name}`} />
      )}
      <Form onSubmit={(event) => void submit(event)} className="wide-form">
        <Field id="key-name" label="Name" isRequired value={name} onChange={setName} fault={name === '' || isName ? undefined : 'Lower-case letters, digits, dots, dashes and underscores; * only for the scope node.'} help="Who or what uses it. A key of scope node carries the node's name, or *." />
        <FormGroup label="Scope" fieldId="key-scope">
          <FormSelect id="key-scope" value={scope} onChange={(_event, value) => setScope(value as Scope)}>
            {SCOPES.map((item) => (
              <FormSelectOption key={item} value={item} label={item} />
            ))}
          </FormSelect>
        </FormGroup>
        <ActionGroup>
          <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !isName}>
            Make the key
          </Button>
        </ActionGroup>
      </Form>
    </Section>
  );
}
