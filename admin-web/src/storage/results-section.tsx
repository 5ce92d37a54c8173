import { FormSelect, FormSelectOption, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { ScrubResult } from '../api/types';
import { useAddress } from '../ui/address';
import { Digest } from '../ui/copy';
import { bytes, count } from '../ui/format';
import { State } from '../ui/labels';
import { Section } from '../ui/section';
import { Empty, Loaded, More } from '../ui/states';
import { Time, UserText } from '../ui/text';
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
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <FormSelect aria-label="What was looked through" value={kind} onChange={(_event, value) => setKind(value)}>
              {KINDS.map(([value, label]) => (
                <FormSelectOption key={value} value={value} label={label} />
              ))}
            </FormSelect>
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <Loaded
        query={query}
        what="the results"
        isEmpty={(results) => results.length === 0}
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
      </Loaded>
      <More query={query} />
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
        <UserText text={of.startedBy} longest={40} />
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
