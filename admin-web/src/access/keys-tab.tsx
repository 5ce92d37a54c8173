import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import { usePages } from '../api/queries';
import type { Key, MadeKey } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { State } from '../ui/labels';
import { SecretOnce } from '../ui/secret-once';
import { Empty, Loaded, More } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { ChangeDialog } from './change-dialog';
import { keyState } from './expiry';
import { NewKey } from './new-key';
import { RotateDialog } from './rotate-dialog';

type Verb = 'change' | 'rotate' | 'revoke';

/** The API keys: how long each is good, when it was used last; made, changed, rotated and revoked. */
export function KeysTab() {
  const query = usePages<Key>(['/api/v1/keys'], { limit: 200 });
  const [asked, setAsked] = useState<{ key: Key; verb: Verb } | null>(null);
  const [rotated, setRotated] = useState<MadeKey | null>(null);
  const { run } = useAction();
  return (
    <>
      <Loaded query={query} what="the keys" isEmpty={(keys) => keys.length === 0} empty={<Empty title="No keys" />}>
        {(keys) => (
          <>
            <NewKey />
            {rotated && <SecretOnce of={`The new key ${rotated.name}`} secret={rotated.key} copy={`Copy the new key ${rotated.name}`} />}
            <Table aria-label="Keys" variant="compact">
              <Thead>
                <Tr>
                  <Th>Name</Th>
                  <Th>Scope</Th>
                  <Th>Begins with</Th>
                  <Th>State</Th>
                  <Th>Expires</Th>
                  <Th>Last used</Th>
                  <Th>Made</Th>
                  <Th screenReaderText="Actions" />
                </Tr>
              </Thead>
              <Tbody>
                {keys.map((key) => (
                  <KeyRow key={key.id} of={key} onAsk={(verb) => setAsked({ key, verb })} />
                ))}
              </Tbody>
            </Table>
          </>
        )}
      </Loaded>
      <More query={query} />
      {asked?.verb === 'change' && <ChangeDialog of={asked.key} onClose={() => setAsked(null)} />}
      {asked?.verb === 'rotate' && <RotateDialog of={asked.key} onMade={setRotated} onClose={() => setAsked(null)} />}
      {asked?.verb === 'revoke' && (
        <Confirm
          title={`Revoke the key ${asked.key.name}?`}
          verb="Revoke"
          isDanger
          onConfirm={() =>
            run({ done: `The key ${asked.key.name} was revoked`, failed: `The key ${asked.key.name} was not revoked` }, () =>
              json(url(['/api/v1/keys', asked.key.id]), { method: 'DELETE' }),
            )
          }
          onClose={() => setAsked(null)}
        >
          Who uses it is refused within seconds. This cannot be undone; a new key can be made.
        </Confirm>
      )}
    </>
  );
}

function KeyRow({ of, onAsk }: { of: Key; onAsk: (verb: Verb) => void }) {
  const state = keyState(of, Date.now());
  return (
    <Tr>
      <Td dataLabel="Name">
        <UserText text={of.name} />
      </Td>
      <Td dataLabel="Scope">{of.scope}</Td>
      <Td dataLabel="Begins with">
        <code title={`id ${of.id}`}>{of.prefix ?? of.id}</code>
      </Td>
      <Td dataLabel="State">
        <State state={state} />
      </Td>
      <Td dataLabel="Expires" modifier="nowrap">
        {of.expiresAt ? <Time iso={of.expiresAt} /> : 'never'}
      </Td>
      <Td dataLabel="Last used" modifier="nowrap">
        {of.lastUsedAt ? <Time iso={of.lastUsedAt} /> : 'never'}
      </Td>
      <Td dataLabel="Made" modifier="nowrap">
        <Time iso={of.createdAt} />, by <UserText text={of.createdBy} longest={40} />
      </Td>
      <Td dataLabel="Actions" isActionCell>
        {(state === 'active' || state === 'expires soon') && (
          <>
            <Button variant="link" onClick={() => onAsk('change')}>
              Change<span className="for-readers"> the key {of.name}</span>
            </Button>
            <Button variant="link" onClick={() => onAsk('rotate')}>
              Rotate<span className="for-readers"> the key {of.name}</span>
            </Button>
          </>
        )}
        {state !== 'revoked' && state !== 'expired' && (
          <Button variant="link" isDanger onClick={() => onAsk('revoke')}>
            Revoke<span className="for-readers"> the key {of.name}</span>
          </Button>
        )}
      </Td>
    </Tr>
  );
}
