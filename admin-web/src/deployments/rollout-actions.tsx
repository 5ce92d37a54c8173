import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { words, type Rollout } from './rollout';

/** Holds a rollout, has it go on, or takes it back. */
export function RolloutActions({ of, isInline = false }: { of: Rollout; isInline?: boolean }) {
  const [isAborting, setAborting] = useState(false);
  const { isRunning, run } = useAction();

  function send(verb: 'pause' | 'resume' | 'abort', done: string) {
    return run({ done, failed: `The rollout of ${of.model} did not ${verb}` }, () => json(url(['/api/v1/rollouts', String(of.id), `/${verb}`]), { method: 'POST' }));
  }

  return (
    <>
      {of.state === 'running' ? (
        <Button variant="link" isInline={isInline} isDisabled={isRunning} onClick={() => void send('pause', `The rollout of ${of.model} is paused`)}>
          Pause<span className="for-readers"> rollout {of.id}</span>
        </Button>
      ) : (
        <Button variant="link" isInline={isInline} isDisabled={isRunning} onClick={() => void send('resume', `The rollout of ${of.model} goes on`)}>
          Resume<span className="for-readers"> rollout {of.id}</span>
        </Button>
      )}
      <Button variant="link" isInline={isInline} isDanger onClick={() => setAborting(true)}>
        Take back<span className="for-readers"> rollout {of.id}</span>
      </Button>
      {isAborting && (
        <Confirm
          title={`Take the rollout of ${of.model} back?`}
          verb="Take it back"
          isDanger
          onConfirm={() => send('abort', `The rollout of ${of.model} is being taken back`)}
          onClose={() => setAborting(false)}
        >
          Every node becomes again what it was: {words(of.from)}.
        </Confirm>
      )}
    </>
  );
}
