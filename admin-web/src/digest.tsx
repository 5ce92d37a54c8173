import { Button } from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useEffect, useState } from 'react';
import { shortDigest } from './format';

const SAY_MILLIS = 2000;

/** The beginning of a digest, and a button that copies all of it. */
export function CopyableDigest({ digest, of }: { digest: string; of: string }) {
  const [said, setSaid] = useState<'' | 'copied' | 'not copied'>('');

  useEffect(() => {
    if (said === '') {
      return;
    }
    const timer = setTimeout(() => setSaid(''), SAY_MILLIS);
    return () => clearTimeout(timer);
  }, [said]);

  return (
    <span className="digest">
      <code title={digest}>{shortDigest(digest)}</code>
      <Button
        variant="plain"
        size="sm"
        hasNoPadding
        aria-label={`Copy the digest of ${of}`}
        icon={said === 'copied' ? <CheckIcon /> : <CopyIcon />}
        onClick={() => void copy(digest).then((isCopied) => setSaid(isCopied ? 'copied' : 'not copied'))}
      />
      <span role="status" className={said === 'not copied' ? 'said' : 'pf-v6-screen-reader'}>
        {said}
      </span>
    </span>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers have no clipboard on pages that came by plain HTTP from another machine, and may refuse it elsewhere.
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'pf-v6-screen-reader';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
  }
}
