import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Key, MadeKey } from '../api/types';
import { Who } from '../session/who';
import { useAddress } from '../ui/address';
import { Ending } from '../ui/ending';
import { Choice, has, Words } from '../ui/filters';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { SecretOnce } from '../ui/secret-once';
import { Empty } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { ChangeDialog } from './change-dialog';
import { keyState, type KeyState } from './expiry';
import { NewKey } from './new-key';
import { RotateDialog } from './rotate-dialog';

type Verb = 'change' | 'rotate' | 'revoke';

const SCOPES: [string, string][] = [['', 'of any scope'], ...['admin', 'publisher', 'viewer', 'node', 'infer'].map((scope): [string, string] => [scope, scope])];

const GOOD: KeyState[] = ['active', 'expires soon', 'replaced'];
const STATES: [string, string][] = [
  ['', 'in any state'],
  ['good', 'still good'],
  ['expires soon', 'expires soon'],
  ['replaced', 'replaced'],
  ['expired', 'expired'],
  ['revoked', 'revoked'],
];

function isIn(wanted: string, state: KeyState): boolean {
  return wanted === 'good' ? GOOD.includes(state) : wanted === state;
}

/** The API keys: how long each is good, when it was used last; made, changed, rotated and revoked. */
export function KeysTab() {
  const query = usePages<Key>(['/api/v1/keys'], { limit: 200 });
  const [words, setWords] = useAddress('q');
  const [scope, setScope] = useAddress('scope');
  const [state, setState] = useAddress('state');
  const [asked, setAsked] = useState<{ key: Key; verb: Verb } | null>(null);
  const [rotated, setRotated] = useState<MadeKey | null>(null);
  return (
    <>
      <Listing
        query={query}
        what="the keys"
        head={
          <>
            <NewKey />
            {rotated && <SecretOnce of={`The new key ${rotated.name}`} secret={rotated.key} copy={`Copy the new key ${rotated.name}`} />}
          </>
        }
        filters={
          <>
            <Words label="Find keys by name or beginning" placeholder="Name or beginning" value={words} onChange={setWords} />
            <Choice label="Scope" value={scope} onChange={setScope} options={SCOPES} />
            <Choice label="State" value={state} onChange={setState} options={STATES} />
          </>
        }
        empty={<Empty title="No keys" />}
        pick={(keys) =>
          keys.filter(
            (key) => has(words, [key.name, key.prefix ?? '', key.id]) && (scope === '' || key.scope === scope) && (state === '' || isIn(state, keyState(key, Date.now()))),
          )
        }
        noneFits={<Empty title="No key fits">Change the words, the scope or the state.</Empty>}
      >
        {(keys) => (
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
        )}
      </Listing>
      {asked?.verb === 'change' && <ChangeDialog of={asked.key} onClose={() => setAsked(null)} />}
      {asked?.verb === 'rotate' && <RotateDialog of={asked.key} onMade={setRotated} onClose={() => setAsked(null)} />}
      {asked?.verb === 'revoke' && (
        <Ending of={`key ${asked.key.name}`} how="revoke" path={url(['/api/v1/keys', asked.key.id])} onClose={() => setAsked(null)}>
          The one that begins with <code>{asked.key.prefix ?? asked.key.id}</code>. Who uses it is refused within seconds. This cannot be undone; a new key can be made.
        </Ending>
      )}
    </>
  );
}

function KeyRow({ of, onAsk }: { of: Key; onAsk: (verb: Verb) => void }) {
  const state = keyState(of, Date.now());
  return (
    <Tr>
      <Td dataLabel="Name">
        <UserText text={of.name} title={of.id} />
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
      <Td dataLabel="Made">
        <Time iso={of.createdAt} />, by <Who principal={of.createdBy} />
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
