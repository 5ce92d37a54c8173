import type { ReactNode } from 'react';
import { json } from '../api/client';
import { useAction } from './action';
import { Confirm } from './confirm';

const WORDS = {
  revoke: { verb: 'Revoke', button: 'Revoke', done: 'revoked' },
  end: { verb: 'End', button: 'End it', done: 'ended' },
} as const;

interface Props {
  /** What is ended, as in "key ci". */
  of: string;
  how: keyof typeof WORDS;
  /** Where it is deleted. */
  path: string;
  /** What becomes of it. */
  children: ReactNode;
  onClose: () => void;
}

/** Asks before something is ended that cannot be had back, and ends it. */
export function Ending({ of, how, path, children, onClose }: Props) {
  const { run } = useAction();
  const { verb, button, done } = WORDS[how];
  return (
    <Confirm
      title={`${verb} the ${of}?`}
      verb={button}
      isDanger
      onConfirm={() => run({ done: `The ${of} was ${done}`, failed: `The ${of} was not ${done}` }, () => json(path, { method: 'DELETE' }))}
      onClose={onClose}
    >
      {children}
    </Confirm>
  );
}
