import { Form, FormGroup, TextArea, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { json } from '../api/client';
import { plural } from '../ui/format';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';

/** Sets one tag on everything that is chosen. */
export function TagDialog({ title, targets, onClose }: { title: string; targets: string[]; onClose: () => void }) {
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const { run } = useAction();

  async function apply() {
    await run({ done: `Tag ${key} set on ${plural(targets.length, 'thing')}`, failed: `Tag ${key} was not set everywhere` }, async () => {
      for (const target of targets) {
        await json(target, { method: 'PATCH', body: { [key]: value } });
      }
    });
  }

  return (
    <Confirm title={title} verb="Set the tag" isDisabled={key.trim() === ''} onConfirm={apply} onClose={onClose}>
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="Key" isRequired fieldId="tag-key">
          <TextInput id="tag-key" isRequired maxLength={250} value={key} onChange={(_event, text) => setKey(text)} />
        </FormGroup>
        <FormGroup label="Value" fieldId="tag-value">
          <TextArea id="tag-value" maxLength={5000} value={value} onChange={(_event, text) => setValue(text)} resizeOrientation="vertical" />
        </FormGroup>
      </Form>
    </Confirm>
  );
}
