import { Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import { count, plural } from '../ui/format';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';

const LONGEST_KEY = 250;
const LONGEST_VALUE = 5000;

/** What a tag is set on: where its tags are, and those that it has, if that is known, for taking it back. */
export interface TagTarget {
  name: string;
  path: string;
  tags?: Record<string, string>;
}

/** Sets one tag on everything that is chosen. */
export function TagDialog({ title, targets, onClose }: { title: string; targets: TagTarget[]; onClose: () => void }) {
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const { run } = useAction();
  const what = targets.length === 1 ? (targets[0]?.name ?? '') : plural(targets.length, 'version');
  const keyFault = key.length > LONGEST_KEY ? `It has ${count(key.length)} characters; a key has ${count(LONGEST_KEY)} at most.` : '';
  const valueFault = value.length > LONGEST_VALUE ? `It has ${count(value.length)} characters; a value has ${count(LONGEST_VALUE)} at most.` : '';

  async function apply() {
    const before = targets.map((target) => target.tags?.[key]);
    const done: TagTarget[] = [];
    const undo = () =>
      void run({ done: `Tag ${key.slice(0, 60)} is as it was`, failed: `Tag ${key.slice(0, 60)} is not as it was` }, async () => {
        for (const [index, target] of targets.entries()) {
          const former = before[index];
          await (former === undefined
            ? json(url([target.path], { key }), { method: 'DELETE' })
            : json(target.path, { method: 'PATCH', body: { [key]: former } }));
        }
      });
    const isKnown = targets.every((target) => target.tags !== undefined);
    await run({ done: `Tag ${key.slice(0, 60)} set on ${what}`, failed: `Tag ${key.slice(0, 60)} was not set everywhere`, ...(isKnown ? { undo } : {}) }, async () => {
      for (const target of targets) {
        try {
          await json(target.path, { method: 'PATCH', body: { [key]: value } });
        } catch (cause) {
          if (cause instanceof Error && targets.length > 1) {
            cause.message = `Set on ${done.length} of ${targets.length}, not on ${target.name}: ${cause.message}`;
          }
          throw cause;
        }
        done.push(target);
      }
    });
  }

  return (
    <Confirm title={title} verb="Set the tag" isDisabled={key.trim() === '' || keyFault !== '' || valueFault !== ''} onConfirm={apply} onClose={onClose}>
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="Key" isRequired fieldId="tag-key">
          <TextInput id="tag-key" isRequired value={key} validated={keyFault ? 'error' : 'default'} aria-describedby="tag-key-help" onChange={(_event, text) => setKey(text)} />
          <Fault id="tag-key-help" text={keyFault} />
        </FormGroup>
        <FormGroup label="Value" fieldId="tag-value">
          <TextArea id="tag-value" value={value} validated={valueFault ? 'error' : 'default'} aria-describedby="tag-value-help" onChange={(_event, text) => setValue(text)} resizeOrientation="vertical" />
          <Fault id="tag-value-help" text={valueFault} />
        </FormGroup>
      </Form>
    </Confirm>
  );
}

function Fault({ id, text }: { id: string; text: string }) {
  return (
    <FormHelperText>
      <HelperText id={id} isLiveRegion>
        {text && <HelperTextItem variant="error">{text}</HelperTextItem>}
      </HelperText>
    </FormHelperText>
  );
}
