import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useToasts } from './toasts';

/**
 * Runs something that changes the platform: says what became of it, and has everything that is shown read anew.
 *
 * @returns whether one runs, and the function that runs one and answers whether it went well
 */
export function useAction() {
  const toasts = useToasts();
  const client = useQueryClient();
  const [isRunning, setRunning] = useState(false);
  const run = useCallback(
    async (what: { done: string; failed: string; undo?: () => void }, action: () => Promise<unknown>) => {
      setRunning(true);
      try {
        await action();
        toasts.done(what.done, what.undo);
        return true;
      } catch (cause) {
        toasts.failed(what.failed, cause);
        return false;
      } finally {
        setRunning(false);
        void client.invalidateQueries();
      }
    },
    [toasts, client],
  );
  return { isRunning, run };
}
