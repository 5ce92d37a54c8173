import { Button, type ButtonProps } from '@patternfly/react-core';
import { useNavigate } from 'react-router';
import { json, url } from '../api/client';
import type { Job } from '../api/types';
import { useAction } from '../ui/action';

/** Begins a job that failed or was cancelled once more; what it has encoded is not encoded again. */
export function Retry({ job, variant = 'secondary' }: { job: Job; variant?: ButtonProps['variant'] }) {
  const { isRunning, run } = useAction();
  const navigate = useNavigate();
  return (
    <Button
      variant={variant}
      isInline={variant === 'link'}
      isDisabled={isRunning}
      onClick={() =>
        void run({ done: `The job of ${job.model} begins once more`, failed: `The job of ${job.model} was not begun once more` }, async () => {
          const again = await json<Job>(url(['/api/v1/jobs', job.id, '/retry']), { method: 'POST' });
          void navigate(url(['/jobs', again.id]));
        })
      }
    >
      Retry
      <span className="for-readers"> the job of {job.model}</span>
    </Button>
  );
}
