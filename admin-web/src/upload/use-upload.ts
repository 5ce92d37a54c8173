import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { json } from '../api/client';
import { ApiError } from '../api/error';
import { fit } from './files';
import { forget, uploadFor } from './memory';
import type { Upload } from '../api/types';
import { send, type Progress } from './upload';

/** Whether this platform takes uploads; undefined until that is known. */
export function useTakesUploads(): boolean | undefined {
  const query = useQuery({
    queryKey: ['uploads', 'taken'],
    queryFn: async ({ signal }) => {
      try {
        await json('/api/v1/uploads?limit=1', { signal });
        return true;
      } catch (cause) {
        if (cause instanceof ApiError && cause.status === 404) {
          return false;
        }
        throw cause;
      }
    },
    staleTime: Infinity,
  });
  return query.data;
}

export type Stage =
  | { kind: 'nothing' }
  | { kind: 'sending'; progress: Progress }
  | { kind: 'stopped'; progress: Progress | null; files: File[] }
  | { kind: 'failed'; error: Error; files: File[] }
  | { kind: 'done'; upload: Upload };

/** Sends files, one set at a time; stops when the page is left, and goes on where it was when the same files are chosen again. */
export function useUpload(onDone: (upload: Upload) => void) {
  const [stage, setStage] = useState<Stage>({ kind: 'nothing' });
  const [leftOut, setLeftOut] = useState<string[]>([]);
  const running = useRef<AbortController | null>(null);
  const done = useRef(onDone);
  done.current = onDone;

  useEffect(() => () => running.current?.abort(), []);

  async function begin(all: File[]) {
    running.current?.abort();
    const { files, leftOut: others } = fit(all);
    setLeftOut(others);
    if (files.length === 0) {
      setStage(all.length === 0 ? { kind: 'nothing' } : { kind: 'failed', error: new Error('None of these files has a name that can be sent.'), files: [] });
      return;
    }
    const stop = new AbortController();
    running.current = stop;
    let last: Progress = { sentBytes: 0, totalBytes: files.reduce((sum, file) => sum + file.size, 0), name: files[0]?.name ?? '', waiting: '' };
    setStage({ kind: 'sending', progress: last });
    try {
      const upload = await uploadFor(files, stop.signal);
      const complete = await send(upload, new Map(files.map((file) => [file.name, file])), stop.signal, (progress) => {
        last = progress;
        if (!stop.signal.aborted) {
          setStage({ kind: 'sending', progress });
        }
      });
      forget(complete.id);
      setStage({ kind: 'done', upload: complete });
      done.current(complete);
    } catch (cause) {
      if (running.current === stop) {
        setStage(
          stop.signal.aborted
            ? { kind: 'stopped', progress: last, files }
            : { kind: 'failed', error: cause instanceof Error ? cause : new Error(String(cause)), files },
        );
      }
    }
  }

  return { stage, leftOut, begin, stop: () => running.current?.abort() };
}
