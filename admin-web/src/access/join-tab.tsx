import { ActionGroup, Button, Checkbox, Form } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState, type FormEvent } from 'react';
import { json, url } from '../api/client';
import { usePages } from '../api/queries';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { Ending } from '../ui/ending';
import { Pairs } from '../ui/labels';
import { Listing } from '../ui/listing';
import { SecretOnce } from '../ui/secret-once';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { Time, UserText } from '../ui/text';

/** A token with which nodes join, without its secret. */
interface JoinToken {
  id: string;
  name: string;
  reusable: boolean;
  labels?: Record<string, string> | null;
  uses: number;
  expiresAt: string;
  lastUsedAt?: string | null;
  revokedAt?: string | null;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Tokens for new nodes. */
export function JoinTab() {
  const query = usePages<JoinToken>(['/api/v1/join-tokens'], { limit: 200 });
  const [revoking, setRevoking] = useState<JoinToken | null>(null);
  return (
    <>
      <Listing query={query} what="the join tokens" head={<NewToken />} empty={<Empty title="No join tokens">A node joins with one, and gets a key of its own for it.</Empty>}>
        {(tokens) => (
          <Table aria-label="Join tokens" variant="compact">
            <Thead>
              <Tr>
                <Th>Name</Th>
                <Th>For</Th>
                <Th>Labels</Th>
                <Th>Uses</Th>
                <Th>Last used</Th>
                <Th>Ends</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {tokens.map((token) => (
                <Tr key={token.id}>
                  <Td dataLabel="Name">
                    <UserText text={token.name} title={token.id} />
                  </Td>
                  <Td dataLabel="For">{token.reusable ? 'any number of nodes' : 'one node'}</Td>
                  <Td dataLabel="Labels">
                    <Pairs of={`Labels of ${token.name}`} pairs={token.labels} />
                  </Td>
                  <Td dataLabel="Uses">{token.uses}</Td>
                  <Td dataLabel="Last used" modifier="nowrap">
                    <Time iso={token.lastUsedAt} />
                  </Td>
                  <Td dataLabel="Ends" modifier="nowrap">
                    {token.revokedAt ? 'revoked' : <Time iso={token.expiresAt} />}
                  </Td>
                  <Td dataLabel="Actions" isActionCell>
                    {!token.revokedAt && (
                      <Button variant="link" isDanger onClick={() => setRevoking(token)}>
                        Revoke<span className="for-readers"> the join token {token.name}</span>
                      </Button>
                    )}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
      {revoking && (
        <Ending of={`join token ${revoking.name}`} how="revoke" path={url(['/api/v1/join-tokens', revoking.id])} onClose={() => setRevoking(null)}>
          No further node joins with it; those that have joined keep their keys. This cannot be undone; a new token can be made.
        </Ending>
      )}
    </>
  );
}

function NewToken() {
  const [name, setName] = useState('');
  const [isReusable, setReusable] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  const { isRunning, run } = useAction();

  async function submit(event: FormEvent) {
    event.preventDefault();
    await run({ done: `The join token ${name} was made`, failed: `The join token ${name} was not made` }, async () => {
      setMade(await json<{ name: string; token: string }>('/api/v1/join-tokens', { method: 'POST', body: { name, reusable: isReusable } }));
      setName('');
    });
  }

  return (
    <Section title="New join token">
      {made && (
        <SecretOnce of={`The join token ${made.name}`} secret={made.token} copy={`Copy the join token ${made.name}`} />
      )}
      <Form onSubmit={(event) => void submit(event)} className="wide-form">
        <Field id="join-name" label="Name" isRequired value={name} onChange={setName} fault={name === '' || NAME.test(name) ? undefined : 'Lower-case letters, digits, dots, dashes and underscores.'} help="What it is for. It is good for a day." />
        <Checkbox id="join-reusable" label="For any number of nodes" isChecked={isReusable} onChange={(_event, isChosen) => setReusable(isChosen)} />
        <ActionGroup>
          <Button type="submit" isLoading={isRunning} isDisabled={isRunning || !NAME.test(name)}>
            Make the join token
          </Button>
        </ActionGroup>
      </Form>
    </Section>
  );
}
