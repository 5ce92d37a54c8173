import { Alert } from '@patternfly/react-core';
import { CopyButton } from './copy';

/** A secret that the platform shows this once, with what it is of and a button that copies it. */
export function SecretOnce({ of, secret, copy }: { of: string; secret: string; copy: string }) {
  return (
    <Alert isInline variant="success" component="p" title={`${of}: copy it now, it is not shown again`}>
      <code className="secret">{secret}</code> <CopyButton text={secret} label={copy} />
    </Alert>
  );
}
