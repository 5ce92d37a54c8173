import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { url } from '../api/client';
import { follow } from '../api/events';
import { useRead } from '../api/queries';
import type { Job } from '../api/types';
import { isFinished } from './job';

/** A job that is followed by the server's events while it runs; what breaks off is taken up again. */
export function useLiveJob(id: string) {
  const path = url(['/api/v1/jobs', id]);
  const query = useRead<Job>(path);
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  const isRunning = query.data !== undefined && !isFinished(query.data);

  useEffect(() => {
    if (!isRunning) {
      return;
    }
    const ended = new AbortController();
    follow(
      `${path}/events`,
      ended.signal,
      (event) => {
        if (event.name !== 'job') {
          return false;
        }
        const job = JSON.parse(event.data) as Job;
        client.setQueryData([path], job);
        return isFinished(job);
      },
      setLive,
    )
      .catch(() => undefined)
      .finally(() => setLive(false));
    return () => ended.abort();
  }, [path, client, isRunning]);

  return { query, isLive };
}
