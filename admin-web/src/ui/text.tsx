import { Button } from '@patternfly/react-core';
import { useState } from 'react';

const LONGEST = 300;

interface Props {
  text: string;
  longest?: number;
  /** Shown on hover: what the text stands for. */
  title?: string;
}

/**
 * Text that somebody wrote: kept apart from the page's own direction of writing, broken where it is long, and cut where it is very
 * long until the reader asks for the rest.
 */
export function UserText({ text, longest = LONGEST, title }: Props) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > longest;
  return (
    <>
      <bdi className="user-text" title={title}>
        {isLong && !isWhole ? `${text.slice(0, longest)}…` : text}
      </bdi>
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

const USUAL: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

/** A time in the reader's zone; the exact one on hover. */
export function Time({ iso, style = USUAL }: { iso: string | null | undefined; style?: Intl.DateTimeFormatOptions }) {
  if (!iso) {
    return '–';
  }
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) {
    return <UserText text={iso} />;
  }
  return (
    <time dateTime={iso} title={`${at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })} (${iso})`}>
      {at.toLocaleString(undefined, style)}
    </time>
  );
}
