import { Button } from '@patternfly/react-core';
import { useState } from 'react';

const LONGEST = 300;

/**
 * Text that somebody wrote: kept apart from the page's own direction of writing, broken where it is long, and cut where it is very
 * long until the reader asks for the rest.
 */
export function UserText({ text, longest = LONGEST }: { text: string; longest?: number }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > longest;
  return (
    <>
      <bdi className="user-text">{isLong && !isWhole ? `${text.slice(0, longest)}…` : text}</bdi>
      {isLong && (
        <>
          {' '}
          <Button variant="link" isInline onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'show less' : `show all ${text.length.toLocaleString('en-US')} characters`}
          </Button>
        </>
      )}
    </>
  );
}

/** A time in the reader's zone; the exact one on hover. */
export function Time({ iso }: { iso: string | null | undefined }) {
  if (!iso) {
    return '–';
  }
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) {
    return <UserText text={iso} />;
  }
  return (
    <time dateTime={iso} title={`${at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })} (${iso})`}>
      {at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}
