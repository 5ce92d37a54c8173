import { Button, Progress } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import { usePages, useRead } from '../api/queries';
import { useMay } from '../session/session';
import { Who } from '../session/who';
import { useAction } from '../ui/action';
import { useAddress } from '../ui/address';
import { Confirm } from '../ui/confirm';
import { percent } from '../ui/format';
import { State } from '../ui/labels';
import { Section } from '../ui/section';
import { Empty, Loaded, More } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { isOpen, stepWords, words, type Rollout } from './rollout';

const REFRESH_MILLIS = 1500;

/** Rollouts under way and past, each step behind its gate; left out where the platform has none. */
export function RolloutsSection() {
  const query = usePages<Rollout>(['/api/v1/rollouts'], { limit: 50 }, { refreshMillis: REFRESH_MILLIS });
  const [open, setOpen] = useAddress('rollout');
  const [aborting, setAborting] = useState<Rollout | null>(null);
  const mayAdminister = useMay('administer');
  const { isRunning, run } = useAction();

  function send(rollout: Rollout, verb: 'pause' | 'resume' | 'abort', done: string) {
    return run({ done, failed: `The rollout of ${rollout.model} did not ${verb}` }, () =>
      json(url(['/api/v1/rollouts', String(rollout.id), `/${verb}`]), { method: 'POST' }),
    );
  }

  return (
    <Section title="Rollouts">
      <Loaded
        query={query}
        what="the rollouts"
        isEmpty={(items) => items.length === 0}
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
                    {mayAdminister && isOpen(item) && (
                      <>
                        {item.state === 'running' ? (
                          <Button variant="link" isDisabled={isRunning} onClick={() => void send(item, 'pause', `The rollout of ${item.model} is paused`)}>
                            Pause<span className="for-readers"> rollout {item.id}</span>
                          </Button>
                        ) : (
                          <Button variant="link" isDisabled={isRunning} onClick={() => void send(item, 'resume', `The rollout of ${item.model} goes on`)}>
                            Resume<span className="for-readers"> rollout {item.id}</span>
                          </Button>
                        )}
                        <Button variant="link" isDanger onClick={() => setAborting(item)}>
                          Take back<span className="for-readers"> rollout {item.id}</span>
                        </Button>
                      </>
                    )}
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Loaded>
      <More query={query} />
      {open !== '' && <History id={open} />}
      {aborting && (
        <Confirm
          title={`Take the rollout of ${aborting.model} back?`}
          verb="Take it back"
          isDanger
          onConfirm={() => send(aborting, 'abort', `The rollout of ${aborting.model} is being taken back`)}
          onClose={() => setAborting(null)}
        >
          Every node becomes again what it was: {words(aborting.from)}.
        </Confirm>
      )}
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
