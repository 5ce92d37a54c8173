import { ActionGroup, Button, Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { json } from '../api/client';
import type { MadeKey, Scope } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { SecretOnce } from '../ui/secret-once';
import { Section } from '../ui/section';
import { expiry } from './expiry';

const SCOPES: Scope[] = ['viewer', 'publisher', 'admin', 'node', 'infer'];
const NAME = /^([a-z0-9][a-z0-9._-]{0,62}|\*)$/;

/** Makes a key, which is shown this once. */
export function NewKey() {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('viewer');
  const [days, setDays] = useState('90');
  const [made, setMade] = useState<MadeKey | null>(null);
  const { isRunning, run } = useAction();
  const isName = NAME.test(name) && (name !== '*' || scope === 'node');
  const ends = expiry(days, Date.now());

  async function submit(event: FormEvent) {
    event.preventDefault();
    await run({ done: `The key ${name} was made`, failed: `The key ${name} was not made` }, async () => {
      const body = { name, scope, ...(ends?.at ? { expiresAt: ends.at } : {}) };
      setMade(await json<MadeKey>('/api/v1/keys', { method: 'POST', body }));
      setName('');
    });
  }

  return (
    <Section title="New key">
      {made && <SecretOnce of={`The key ${made.name}`} secret={made.key} copy={`Copy the key ${made.name}`} />}
      <Form onSubmit={(event) => void submit(event)} className="wide-form">
        <Field id="key-name" label="Name" isRequired value={name} onChange={setName} fault={name === '' || isName ? undefined : 'Lower-case letters, digits, dots, dashes and underscores; * only for the scope node.'} help="Who or what uses it. A key of scope node carries the node's name, or *." />
        <FormGroup label="Scope" fieldId="key-scope">
          <FormSelect id="key-scope" value={scope} onChange={(_event, value) => setScope(value as Scope)}>
            {SCOPES.map((item) => (
              <FormSelectOption key={item} value={item} label={item} />
            ))}
          </FormSelect>
        </FormGroup>
        <Field id="key-days" label="Good for so many days" value={days} onChange={setDays} fault={ends === null ? 'A whole number of days from 1 to 3650, or nothing.' : undefined} help="Empty for a key that does not expire." />
        <ActionGroup>
          <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !isName || ends === null}>
            Make the key
          </Button>
        </ActionGroup>
      </Form>
    </Section>
  );
}
