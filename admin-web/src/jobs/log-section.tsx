import { Button } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { count } from '../ui/format';
import { Section } from '../ui/section';
import { Empty, Loaded } from '../ui/states';
import { Time } from '../ui/text';
import type { LogLine } from '../api/types';

const MOST_SHOWN = 500;

/** The log, scrolled to its end while the reader does not look further up. */
export function LogSection({ query }: { query: UseQueryResult<LogLine[], Error> }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [isWhole, setWhole] = useState(false);
  const many = query.data?.length ?? 0;

  useEffect(() => {
    if (box.current && isAtEnd.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [many]);

  return (
    <Section
      title="Log"
      actions={
        many > MOST_SHOWN && (
          <Button variant="link" onClick={() => setWhole(!isWhole)}>
            {isWhole ? `The last ${count(MOST_SHOWN)} lines` : `All ${count(many)} lines`}
          </Button>
        )
      }
    >
      <Loaded query={query} what="the log" isEmpty={(lines) => lines.length === 0} empty={<Empty title="Nothing logged yet" />}>
        {(lines) => (
          <div
            ref={box}
            className="log"
            tabIndex={0}
            role="log"
            aria-label="Log of the job"
            onScroll={({ currentTarget: it }) => {
              isAtEnd.current = it.scrollHeight - it.scrollTop - it.clientHeight < 40;
            }}
          >
            {(isWhole ? lines : lines.slice(-MOST_SHOWN)).map((line) => (
              <div key={line.sequence}>
                <Time iso={line.at} style={{ timeStyle: 'medium' }} />{' '}
                <bdi>{line.message}</bdi>
              </div>
            ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
