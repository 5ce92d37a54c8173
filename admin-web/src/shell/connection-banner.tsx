import { Banner } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sleptSeconds, useConnection, watchSleep } from '../api/connection';
import { duration } from '../ui/format';
import { json } from '../api/client';

const TRY_MILLIS = 2000;

/** Says that the server is away, tries until it is back, and says that too. */
export function ConnectionBanner() {
  const connection = useConnection();
  const client = useQueryClient();

  useEffect(watchSleep, []);

  useEffect(() => {
    if (connection !== 'down') {
      return;
    }
    const timer = setInterval(() => void json('/api/v1/models?limit=1').catch(() => undefined), TRY_MILLIS);
    return () => clearInterval(timer);
  }, [connection]);

  useEffect(() => {
    if (connection === 'again' || connection === 'woke') {
      void client.invalidateQueries();
    }
  }, [connection, client]);

  return (
    <div role="status">
      {connection === 'down' && (
        <Banner color="orange" screenReaderText="Warning: ">
          The server does not answer. What is shown may be old; the page goes on trying.
        </Banner>
      )}
      {connection === 'woke' && (
        <Banner color="blue" screenReaderText="Information: ">
          This page slept for {duration(sleptSeconds())}. Everything is read anew.
        </Banner>
      )}
      {connection === 'again' && (
        <Banner color="green" screenReaderText="Success: ">
          The server answers again. Everything is read anew.
        </Banner>
      )}
    </div>
  );
}
