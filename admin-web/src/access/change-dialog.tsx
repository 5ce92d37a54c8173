import { Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { Key } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { ENDS, keyChange } from './key-change';

/** Gives a key another name or another end; a node's key keeps its name, which says whose it is. */
export function ChangeDialog({ of, onClose }: { of: Key; onClose: () => void }) {
  const [name, setName] = useState(of.name);
  const [end, setEnd] = useState('same');
  const { run } = useAction();
  const change = keyChange(of, name, end, Date.now());

  function send() {
    return run({ done: `The key ${name} was changed`, failed: `The key ${of.name} was not changed` }, () =>
      json(url(['/api/v1/keys', of.id]), { method: 'PATCH', body: change }),
    );
  }

  return (
    <Confirm title={`Change the key ${of.name}`} verb="Change" isDisabled={change === null || Object.keys(change).length === 0} onConfirm={send} onClose={onClose}>
      <Form onSubmit={(event) => event.preventDefault()}>
        <p>The key itself stays the same, and so does its scope: make another key for other rights.</p>
        {of.scope !== 'node' && (
          <Field id="changed-name" label="Name" isRequired value={name} onChange={setName} fault={change === null ? 'Lower-case letters, digits, dots, dashes and underscores.' : undefined} />
        )}
        <FormGroup label="It ends" fieldId="changed-end">
          <FormSelect id="changed-end" value={end} onChange={(_event, value) => setEnd(value)}>
            {ENDS.map(([value, words]) => (
              <FormSelectOption key={value} value={value} label={words} />
            ))}
          </FormSelect>
        </FormGroup>
      </Form>
    </Confirm>
  );
}
