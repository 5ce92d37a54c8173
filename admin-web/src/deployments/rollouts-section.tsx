import { Button, Progress } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { url } from '../api/client';
import { usePages, useRead } from '../api/queries';
import { useMay } from '../session/session';
import { Who } from '../session/who';
import { useAddress } from '../ui/address';
import { percent } from '../ui/format';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { Section } from '../ui/section';
import { Empty, Loaded } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { isOpen, stepWords, words, type Rollout } from './rollout';
import { RolloutActions } from './rollout-actions';

const REFRESH_MILLIS = 1500;

/** Rollouts under way and past, each step behind its gate. */
export function RolloutsSection() {
  const query = usePages<Rollout>(['/api/v1/rollouts'], { limit: 50 }, { refreshMillis: REFRESH_MILLIS });
  const [open, setOpen] = useAddress('rollout');
  const mayAdminister = useMay('administer');

  return (
    <Section title="Rollouts">
      <Listing
        query={query}
        what="the rollouts"
        empty={<Empty title="No rollouts yet">A rollout gives some nodes another version or size before the others.</Empty>}
      >
        {(items) => (
          <Table aria-label="Rollouts" variant="compact">
            <Thead>
              <Tr>
                <Th>Model</Th>
                <Th>Change</Th>
                <Th>State</Th>
                <Th>Step</Th>
                <Th>Begun</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {items.map((item) => (
                <Tr key={item.id}>
                  <Td dataLabel="Model">{item.model}</Td>
                  <Td dataLabel="Change">
                    {words(item.from)} → {words(item.to)}
                  </Td>
                  <Td dataLabel="State">
                    <State state={item.state} /> {item.reason && <UserText text={item.reason} />}
                  </Td>
                  <Td dataLabel="Step">
                    <Progress
                      value={percent(item.state === 'completed' ? item.steps.length : item.step, item.steps.length)}
                      title={isOpen(item) ? stepWords(item) : ''}
                      label={`${Math.min(item.step + 1, item.steps.length)} of ${item.steps.length}`}
                      valueText={`step ${Math.min(item.step + 1, item.steps.length)} of ${item.steps.length}`}
                      size="sm"
                      aria-label={`Progress of rollout ${item.id}`}
                    />
                  </Td>
                  <Td dataLabel="Begun" modifier="nowrap">
                    <Time iso={item.createdAt} />
                  </Td>
                  <Td dataLabel="Actions" isActionCell>
                    <Button variant="link" onClick={() => setOpen(open === String(item.id) ? '' : String(item.id))}>
                      History<span className="for-readers"> of rollout {item.id}</span>
                    </Button>
                    {mayAdminister && isOpen(item) && <RolloutActions of={item} />}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
      {open !== '' && <History id={open} />}
    </Section>
  );
}

function History({ id }: { id: string }) {
  const query = useRead<Rollout>(url(['/api/v1/rollouts', id]), { refreshMillis: REFRESH_MILLIS });
  return (
    <Loaded query={query} what="the rollout">
      {(rollout) => (
        <>
          <p>
            Changed so far: {(rollout.nodes ?? []).length === 0 ? 'no node' : (rollout.nodes ?? []).map((item) => `${item.node} (step ${item.step + 1})`).join(', ')}
          </p>
          <Table aria-label={`History of rollout ${id}`} variant="compact">
            <Thead>
              <Tr>
                <Th>When</Th>
                <Th>What</Th>
                <Th>Why</Th>
                <Th>By</Th>
              </Tr>
            </Thead>
            <Tbody>
              {(rollout.history ?? []).map((item, index) => (
                <Tr key={index}>
                  <Td dataLabel="When" modifier="nowrap">
                    <Time iso={item.at} />
                  </Td>
                  <Td dataLabel="What">{item.what}</Td>
                  <Td dataLabel="Why">{item.detail ? <UserText text={item.detail} /> : '–'}</Td>
                  <Td dataLabel="By"><Who principal={item.by} /></Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </>
      )}
    </Loaded>
  );
}
