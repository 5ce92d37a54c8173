import { Button } from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useEffect, useState } from 'react';
import { shortDigest } from './format';

const SAY_MILLIS = 2000;

interface Props {
  text: string;
  /** What is copied, for those who cannot see what stands beside the button. */
  label: string;
  /** Also shown on the button. */
  shown?: string;
}

/** Copies a text and says whether that went well. */
export function CopyButton({ text, label, shown }: Props) {
  const [said, setSaid] = useState<'' | 'copied' | 'not copied'>('');

  useEffect(() => {
    if (said === '') {
      return;
    }
    const timer = setTimeout(() => setSaid(''), SAY_MILLIS);
    return () => clearTimeout(timer);
  }, [said]);

  return (
    <>
      <Button
        variant={shown ? 'secondary' : 'plain'}
        size="sm"
        {...(shown ? {} : { hasNoPadding: true, 'aria-label': label })}
        icon={said === 'copied' ? <CheckIcon /> : <CopyIcon />}
        onClick={() => void copy(text).then((isCopied) => setSaid(isCopied ? 'copied' : 'not copied'))}
      >
        {shown}
      </Button>
      <span role="status" className={said === 'not copied' ? 'said' : 'pf-v6-screen-reader'}>
        {said === '' ? '' : `${label}: ${said}`}
      </span>
    </>
  );
}

/** The beginning of a digest, and a button that copies all of it. */
export function Digest({ digest, of }: { digest: string; of: string }) {
  return (
    <span className="digest">
      <code title={digest}>{shortDigest(digest)}</code>
      <CopyButton text={digest} label={`Copy the digest of ${of}`} />
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
