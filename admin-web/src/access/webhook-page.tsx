import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { json, url } from '../api/client';
import { usePages, useRead } from '../api/queries';
import type { Delivery, Webhook } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { PageFrame } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Time, UserText } from '../ui/text';

const REFRESH_MILLIS = 2000;

/** One webhook: its deliveries, a test, sending one again. */
export default function WebhookPage() {
  const { webhook: id = '' } = useParams();
  const path = url(['/api/v1/webhooks', id]);
  const hook = useRead<Webhook>(path);
  const deliveries = usePages<Delivery>([path, '/deliveries'], { limit: 100 }, { refreshMillis: REFRESH_MILLIS });
  const [isRemoving, setRemoving] = useState(false);
  const { isRunning, run } = useAction();
  const navigate = useNavigate();

  async function remove() {
    if (await run({ done: 'The webhook was deleted', failed: 'The webhook was not deleted' }, () => json(path, { method: 'DELETE' }))) {
      void navigate('/access?tab=webhooks');
    }
  }

  return (
    <PageFrame
      title="Webhook"
      name={id}
      above={[
        ['Access', '/access'],
        ['Webhooks', '/access?tab=webhooks'],
      ]}
      actions={
        hook.data && (
          <>
            <Button
              isDisabled={isRunning}
              onClick={() => void run({ done: 'A test event is on its way', failed: 'No test event was sent' }, () => json(`${path}/test`, { method: 'POST' }))}
            >
              Send a test event
            </Button>
            <Button variant="secondary" isDanger onClick={() => setRemoving(true)}>
              Delete
            </Button>
          </>
        )
      }
    >
      <Loaded query={hook} what="the webhook">
        {(found) => (
          <p>
            <UserText text={found.url} /> is told of {(found.events as string[]).map((event) => event.replace('io.bitstack.', '')).join(', ')}.
          </p>
        )}
      </Loaded>
      <Listing
        query={deliveries}
        what="the deliveries"
        empty={<Empty title="Nothing was delivered yet">Send a test event to try the address.</Empty>}
      >
        {(items) => (
          <Table aria-label="Deliveries" variant="compact">
            <Thead>
              <Tr>
                <Th>Event</Th>
                <Th>Subject</Th>
                <Th>State</Th>
                <Th>Attempts</Th>
                <Th>Answer</Th>
                <Th>When</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {items.map((item) => (
                <Tr key={item.id}>
                  <Td dataLabel="Event">{item.type.replace('io.bitstack.', '')}</Td>
                  <Td dataLabel="Subject">
                    <UserText text={item.subject} />
                  </Td>
                  <Td dataLabel="State">
                    <State state={item.state} />
                  </Td>
                  <Td dataLabel="Attempts">{item.attempts}</Td>
                  <Td dataLabel="Answer">
                    {item.responseStatus ?? ''} {item.error && <UserText text={item.error} />}
                  </Td>
                  <Td dataLabel="When" modifier="nowrap">
                    <Time iso={item.deliveredAt ?? item.createdAt} />
                  </Td>
                  <Td dataLabel="Actions" isActionCell>
                    {item.state !== 'pending' && (
                      <Button
                        variant="link"
                        isDisabled={isRunning}
                        onClick={() =>
                          void run({ done: 'It is sent once more', failed: 'It was not sent again' }, () =>
                            json(url([path, '/deliveries', String(item.id), '/redeliver']), { method: 'POST' }),
                          )
                        }
                      >
                        Send again<span className="for-readers"> delivery {item.id}</span>
                      </Button>
                    )}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
      {isRemoving && (
        <Confirm title={`Delete the webhook of ${hook.data?.url ?? id}?`} verb="Delete" isDanger onConfirm={remove} onClose={() => setRemoving(false)}>
          Its deliveries are deleted with it. This cannot be undone.
        </Confirm>
      )}
    </PageFrame>
  );
}
