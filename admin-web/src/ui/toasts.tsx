import { Alert, AlertActionCloseButton, AlertActionLink, AlertGroup } from '@patternfly/react-core';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from '../api/error';

interface Toast {
  id: number;
  variant: 'success' | 'danger' | 'info';
  title: string;
  detail?: string;
  undo?: (() => void) | undefined;
}

export interface Toasts {
  /** Says that something was done, and offers to take it back. */
  done: (title: string, undo?: () => void) => void;
  /** Says that something was not done, and why. */
  failed: (title: string, cause: unknown) => void;
}

const Context = createContext<Toasts>({ done: () => undefined, failed: () => undefined });

const SHOWN_MILLIS = 8000;
/** Who wants to take something back has to read it, and to reach the button. */
const SHOWN_WITH_UNDO_MILLIS = 20_000;
const MOST = 4;
let last = 0;

/** Feedback about actions, read out by screen readers; failures stay until they are closed. */
export function ToastHost({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback((toast: Omit<Toast, 'id'>) => {
    last += 1;
    const id = last;
    setToasts((before) => [...before, { ...toast, id }].slice(-MOST));
  }, []);
  const remove = useCallback((id: number) => setToasts((before) => before.filter((toast) => toast.id !== id)), []);
  const value = useMemo<Toasts>(
    () => ({
      done: (title, undo) => add({ variant: 'success', title, undo }),
      failed: (title, cause) => {
        const code = cause instanceof ApiError && cause.code ? `${cause.code}: ` : '';
        const advice = cause instanceof ApiError ? ` ${cause.advice}` : '';
        const message = cause instanceof Error ? cause.message : String(cause);
        add({ variant: 'danger', title, detail: `${code}${message}${advice}` });
      },
    }),
    [add],
  );
  return (
    <Context.Provider value={value}>
      {children}
      <AlertGroup isToast isLiveRegion hasAnimations={false}>
        {toasts.map((toast) => (
          <Alert
            key={toast.id}
            variant={toast.variant}
            title={toast.title}
            component="p"
            timeout={toast.variant === 'danger' ? false : toast.undo ? SHOWN_WITH_UNDO_MILLIS : SHOWN_MILLIS}
            onTimeout={() => remove(toast.id)}
            actionClose={<AlertActionCloseButton title={toast.title} onClose={() => remove(toast.id)} />}
            actionLinks={
              toast.undo && (
                <AlertActionLink
                  onClick={() => {
                    remove(toast.id);
                    toast.undo?.();
                  }}
                >
                  Undo
                </AlertActionLink>
              )
            }
          >
            {toast.detail && <bdi className="user-text">{toast.detail}</bdi>}
          </Alert>
        ))}
      </AlertGroup>
    </Context.Provider>
  );
}

export function useToasts(): Toasts {
  return useContext(Context);
}
