import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import { useRead } from '../api/queries';
import type { SigningKey } from '../api/types';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { CopyButton } from '../ui/copy';
import { Ending } from '../ui/ending';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';

/** The keys that manifests are signed with. */
export function SigningTab() {
  const query = useRead<SigningKey[]>('/api/v1/signing-keys');
  const mayAdminister = useMay('administer');
  const [asked, setAsked] = useState<SigningKey | 'rotate' | null>(null);
  const { run } = useAction();
  return (
    <>
      <Listing query={query} what="the signing keys" empty={<Empty title="No signing keys" />}>
        {(keys) => (
          <Table aria-label="Signing keys" variant="compact">
            <Thead>
              <Tr>
                <Th>Id</Th>
                <Th>Algorithm</Th>
                <Th>State</Th>
                <Th>Public key</Th>
                <Th>Made</Th>
                {mayAdminister && <Th screenReaderText="Actions" />}
              </Tr>
            </Thead>
            <Tbody>
              {keys.map((key) => (
                <Tr key={key.id}>
                  <Td dataLabel="Id">
                    <code>{key.id}</code>
                  </Td>
                  <Td dataLabel="Algorithm">{key.algorithm}</Td>
                  <Td dataLabel="State">
                    <State state={key.state} />
                  </Td>
                  <Td dataLabel="Public key">
                    <CopyButton text={key.publicKey} label={`Copy the public key ${key.id}`} />
                  </Td>
                  <Td dataLabel="Made" modifier="nowrap">
                    <Time iso={key.createdAt} />
                  </Td>
                  {mayAdminister && (
                    <Td dataLabel="Actions" isActionCell>
                      {key.state !== 'revoked' && (
                        <Button variant="link" isDanger onClick={() => setAsked(key)}>
                          Revoke<span className="for-readers"> the signing key {key.id}</span>
                        </Button>
                      )}
                    </Td>
                  )}
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
      {mayAdminister && (
        <Button variant="secondary" className="more" onClick={() => setAsked('rotate')}>
          Rotate
        </Button>
      )}
      {asked === 'rotate' && (
        <Confirm
          title="Make a new signing key?"
          verb="Rotate"
          onConfirm={() => run({ done: 'A new key signs from now on', failed: 'No new key was made' }, () => json('/api/v1/signing-keys', { method: 'POST' }))}
          onClose={() => setAsked(null)}
        >
          It signs from now on; what older keys signed stays good.
        </Confirm>
      )}
      {asked && asked !== 'rotate' && (
        <Ending of={`signing key ${asked.id}`} how="revoke" path={url(['/api/v1/signing-keys', asked.id])} onClose={() => setAsked(null)}>
          Its signatures are no longer given out; stacks have to be signed anew. This cannot be undone.
        </Ending>
      )}
    </>
  );
}
