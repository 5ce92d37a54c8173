import { Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { Key, MadeKey } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';

const OVERLAPS: [number, string][] = [
  [0, 'ends at once'],
  [3600, 'is good for another hour'],
  [86_400, 'is good for another day'],
  [7 * 86_400, 'is good for another week'],
  [30 * 86_400, 'is good for another 30 days'],
];

/** Makes a key on the same terms in the place of another, which stays good for a while. */
export function RotateDialog({ of, onMade, onClose }: { of: Key; onMade: (made: MadeKey) => void; onClose: () => void }) {
  const [overlap, setOverlap] = useState(86_400);
  const { run } = useAction();

  function rotate() {
    return run({ done: `The key ${of.name} was rotated`, failed: `The key ${of.name} was not rotated` }, async () =>
      onMade(await json<MadeKey>(url(['/api/v1/keys', of.id, '/rotate']), { method: 'POST', body: { overlapSeconds: overlap } })),
    );
  }

  return (
    <Confirm title={`Rotate the key ${of.name}?`} verb="Rotate" onConfirm={rotate} onClose={onClose}>
      <Form onSubmit={(event) => event.preventDefault()}>
        <p>A new key on the same terms is shown this once.</p>
        <FormGroup label="The old one" fieldId="overlap">
          <FormSelect id="overlap" value={String(overlap)} onChange={(_event, value) => setOverlap(Number(value))}>
            {OVERLAPS.map(([seconds, words]) => (
              <FormSelectOption key={seconds} value={String(seconds)} label={words} />
            ))}
          </FormSelect>
        </FormGroup>
      </Form>
    </Confirm>
  );
}
