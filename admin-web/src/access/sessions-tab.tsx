import { Button, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import { Ending } from '../ui/ending';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { Time, UserText } from '../ui/text';

/** A browser that is logged in, as docs/api-gateway.md describes it. */
interface OpenSession {
  id: string;
  name: string;
  scope: string;
  createdAt: string;
  lastSeenAt: string;
  address: string;
  userAgent: string;
  current: boolean;
}

/** One's own open sessions; an admin's are everybody's. */
export function SessionsTab() {
  const query = usePages<OpenSession>(['/api/v1/sessions'], { limit: 200 });
  const [ending, setEnding] = useState<OpenSession | null>(null);
  return (
    <>
      <Listing query={query} what="the sessions" empty={<Empty title="No sessions" />}>
        {(items) => (
          <Table aria-label="Sessions" variant="compact">
            <Thead>
              <Tr>
                <Th>Who</Th>
                <Th>Scope</Th>
                <Th>From</Th>
                <Th>Browser</Th>
                <Th>Since</Th>
                <Th>Last seen</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {items.map((item) => (
                <Tr key={item.id}>
                  <Td dataLabel="Who">
                    <UserText text={item.name} /> {item.current && <Label isCompact>this one</Label>}
                  </Td>
                  <Td dataLabel="Scope">{item.scope}</Td>
                  <Td dataLabel="From">{item.address}</Td>
                  <Td dataLabel="Browser">
                    <UserText text={item.userAgent} longest={60} />
                  </Td>
                  <Td dataLabel="Since" modifier="nowrap">
                    <Time iso={item.createdAt} />
                  </Td>
                  <Td dataLabel="Last seen" modifier="nowrap">
                    <Time iso={item.lastSeenAt} />
                  </Td>
                  <Td dataLabel="Actions" isActionCell>
                    {!item.current && (
                      <Button variant="link" isDanger onClick={() => setEnding(item)}>
                        End<span className="for-readers"> the session of {item.name}</span>
                      </Button>
                    )}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
      {ending && (
        <Ending of={`session of ${ending.name}`} how="end" path={url(['/api/v1/sessions', ending.id])} onClose={() => setEnding(null)}>
          That of <UserText text={ending.userAgent} longest={60} /> from {ending.address}, since <Time iso={ending.createdAt} />. Who uses it has to log in again.
        </Ending>
      )}
    </>
  );
}
