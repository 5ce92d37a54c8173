import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { json } from '../api/client';
import type { Node } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';

/** Takes a node out of service and back, and ends what its key is good for. */
export function NodeActions({ node, path }: { node: Node; path: string }) {
  const [asked, setAsked] = useState<'revoke' | 'forget' | null>(null);
  const { isRunning, run } = useAction();
  const navigate = useNavigate();
  const { name } = node;

  function drain(verb: 'drain' | 'undrain', undo?: () => void) {
    const done = verb === 'drain' ? `Node ${name} is drained: it is sent no new requests` : `Node ${name} is sent requests again`;
    return run({ done, failed: `Node ${name} did not ${verb}`, ...(undo ? { undo } : {}) }, () => json(`${path}/${verb}`, { method: 'POST' }));
  }

  function revoke() {
    return run({ done: `Node ${name} was revoked`, failed: `Node ${name} was not revoked` }, () => json(`${path}/revoke`, { method: 'POST' }));
  }

  async function forget() {
    if (await run({ done: `Node ${name} was forgotten`, failed: `Node ${name} was not forgotten` }, () => json(path, { method: 'DELETE' }))) {
      void navigate('/nodes');
    }
  }

  return (
    <>
      {!node.revokedAt &&
        (node.drainedAt ? (
          <Button variant="secondary" isDisabled={isRunning} onClick={() => void drain('undrain', () => void drain('drain'))}>
            Undrain
          </Button>
        ) : (
          <Button variant="secondary" isDisabled={isRunning} onClick={() => void drain('drain', () => void drain('undrain'))}>
            Drain
          </Button>
        ))}
      {!node.revokedAt && (
        <Button variant="secondary" isDanger onClick={() => setAsked('revoke')}>
          Revoke
        </Button>
      )}
      <Button variant="secondary" isDanger onClick={() => setAsked('forget')}>
        Forget
      </Button>
      {asked === 'revoke' && (
        <Confirm title={`Revoke the node ${name}?`} verb="Revoke" isDanger onConfirm={revoke} onClose={() => setAsked(null)}>
          Its key is good for nothing at once: its reports are refused and it is sent no requests. It stays in the list; with a new join token it may join again under
          its name.
        </Confirm>
      )}
      {asked === 'forget' && (
        <Confirm title={`Forget the node ${name}?`} verb="Forget" isDanger onConfirm={forget} onClose={() => setAsked(null)}>
          The key that it joined for is revoked. A node with a key of another kind appears again when it reports.
        </Confirm>
      )}
    </>
  );
}
