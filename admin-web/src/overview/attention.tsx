import { Alert, Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Link } from 'react-router';
import { isOpen } from '../deployments/rollout';
import { RolloutActions } from '../deployments/rollout-actions';
import { Retry } from '../jobs/retry';
import { useMay } from '../session/session';
import { Time, UserText } from '../ui/text';
import type { Trouble } from './troubles';

const MOST = 6;

/** What somebody should look at, each with what can be done about it. */
export function Attention({ troubles }: { troubles: Trouble[] }) {
  const [isAll, setAll] = useState(false);
  if (troubles.length === 0) {
    return (
      <p role="status" className="attention">
        Nothing needs attention.
      </p>
    );
  }
  return (
    <section aria-label="Needs attention" className="attention">
      {troubles.slice(0, isAll ? undefined : MOST).map((trouble) => (
        <Alert key={trouble.id} isInline variant="warning" component="h2" title={trouble.title} actionLinks={<Actions of={trouble} />}>
          {trouble.at && (
            <p>
              {trouble.at[0]} <Time iso={trouble.at[1]} />.
            </p>
          )}
          {trouble.detail !== '' && <UserText text={trouble.detail} />}
        </Alert>
      ))}
      {troubles.length > MOST && (
        <Button variant="link" isInline onClick={() => setAll(!isAll)}>
          {isAll ? 'Show the first alone' : `Show ${troubles.length - MOST} more`}
        </Button>
      )}
    </section>
  );
}

function Actions({ of }: { of: Trouble }) {
  const mayPublish = useMay('publish');
  const mayAdminister = useMay('administer');
  return (
    <>
      <Link to={of.to}>{of.action}</Link>
      {of.job && mayPublish && <Retry job={of.job} variant="link" />}
      {of.rollout && isOpen(of.rollout) && mayAdminister && <RolloutActions of={of.rollout} isInline />}
    </>
  );
}
