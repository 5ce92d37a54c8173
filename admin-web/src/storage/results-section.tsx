import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { ScrubResult } from '../api/types';
import { Who } from '../session/who';
import { useAddress } from '../ui/address';
import { Digest } from '../ui/copy';
import { Choice } from '../ui/filters';
import { bytes, count } from '../ui/format';
import { State } from '../ui/labels';
import { Listing } from '../ui/listing';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';
import { found, stateOf } from './results';

const REFRESH_MILLIS = 10_000;
const MOST_NAMED = 5;

const KINDS: [string, string][] = [
  ['', 'Everything that is looked through'],
  ['node', 'Caches of nodes'],
  ['stack', 'Stacks'],
  ['store', 'The whole store'],
];

/** What scrubs of nodes, checks of stacks and checks of the store have found lately: the registry keeps the last of each. */
export function ResultsSection() {
  const [kind, setKind] = useAddress('scrubs');
  const query = usePages<ScrubResult>(['/api/v1/storage/scrubs'], { kind: kind || undefined, limit: 50 }, { refreshMillis: REFRESH_MILLIS });
  return (
    <Section title="Scrub results">
      <Listing
        query={query}
        what="the results"
        filters={<Choice label="What was looked through" value={kind} onChange={setKind} options={KINDS} />}
        empty={<Empty title="No results yet">A node tells when it has read its whole cache, every six hours by default. Stacks are checked on the pages of their versions.</Empty>}
      >
        {(results) => (
          <Table aria-label="Scrub results" variant="compact">
            <Thead>
              <Tr>
                <Th>What</Th>
                <Th>Result</Th>
                <Th>Looked at</Th>
                <Th>Ended</Th>
                <Th>By</Th>
              </Tr>
            </Thead>
            <Tbody>
              {results.map((result) => (
                <ResultRow key={result.id} of={result} />
              ))}
            </Tbody>
          </Table>
        )}
      </Listing>
    </Section>
  );
}

function ResultRow({ of }: { of: ScrubResult }) {
  return (
    <Tr className="row">
      <Td dataLabel="What">
        <Subject of={of} />
      </Td>
      <Td dataLabel="Result">
        <State state={stateOf(of)} /> {found(of)}
        {of.bad.length > 0 && (
          <ul className="pairs" aria-label="Bad blobs">
            {of.bad.slice(0, MOST_NAMED).map((bad) => (
              <li key={bad.digest}>
                <Digest digest={bad.digest} of="the blob" /> {bad.fault}
              </li>
            ))}
            {of.bad.length > MOST_NAMED && <li>and {count(of.bad.length - MOST_NAMED)} more</li>}
          </ul>
        )}
      </Td>
      <Td dataLabel="Looked at">
        {count(of.checkedBlobs)}, {bytes(of.checkedBytes)}
      </Td>
      <Td dataLabel="Ended" modifier="nowrap">
        {of.endedAt ? <Time iso={of.endedAt} /> : 'not to the end'}
      </Td>
      <Td dataLabel="By">
        <Who principal={of.startedBy} />
      </Td>
    </Tr>
  );
}

function Subject({ of }: { of: ScrubResult }) {
  const subject = of.subject ?? '';
  if (of.kind === 'node') {
    return (
      <>
        cache of <Link to={url(['/nodes', subject])}>{subject}</Link>
      </>
    );
  }
  if (of.kind === 'store') {
    return 'the whole store';
  }
  return (
    <>
      stack <Digest digest={subject} of="the stack" />
      {of.versions.map((version) => {
        const slash = version.lastIndexOf('/');
        return (
          <span key={version}>
            {' '}
            <Link to={url(['/models', version.slice(0, slash), '/versions', version.slice(slash + 1)])}>{version}</Link>
          </span>
        );
      })}
    </>
  );
}
