import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { json, url } from '../api/client';
import type { Found } from '../api/types';
import { useAction } from '../ui/action';
import { Digest } from '../ui/copy';
import { bytes, count } from '../ui/format';
import { Section } from '../ui/section';
import { Time } from '../ui/text';

interface Bad {
  digest: string;
  sizeBytes: number;
  fault: string;
}

interface Result {
  at: string;
  blobs: number;
  bytes: number;
  bad: Bad[];
  /** Whether it went through to the end. */
  isWhole: boolean;
}

const KEPT = ['storage check'];
const MOST_SHOWN = 200;

/** Whether the store has each blob that is named, with its size. */
export function CheckSection() {
  const client = useQueryClient();
  // Kept while the page is open, so that coming back shows what the last check has found.
  const { data: result } = useQuery<Result | null>({ queryKey: KEPT, queryFn: () => null, initialData: null, enabled: false, gcTime: Infinity });
  const { isRunning, run } = useAction();
  const bad = result?.bad ?? [];

  async function check() {
    await run({ done: 'The check is done', failed: 'The check broke off' }, async () => {
      let seen = 0;
      let seenBytes = 0;
      let found: Bad[] = [];
      let after: string | null | undefined;
      do {
        const page: Found = await json<Found>(url(['/api/v1/storage/check'], { after }), { method: 'POST', patienceMillis: 120_000 });
        seen += page.checkedBlobs;
        found = [...found, ...(page.bad as Bad[])];
        after = page.next;
        seenBytes += page.checkedBytes;
        client.setQueryData<Result>(KEPT, { at: new Date().toISOString(), blobs: seen, bytes: seenBytes, bad: found, isWhole: !after });
      } while (after);
    });
  }

  return (
    <Section title="Check of the store">
      <p role="status">
        {result === null
          ? 'Looks whether the store has each blob that is named, with its size.'
          : `${count(result.blobs)} blobs, ${bytes(result.bytes)}, looked at${result.isWhole ? '' : ' so far'}, ${bad.length === 0 ? 'all there' : `${count(bad.length)} missing or of another size`}; last at `}
        {result && <Time iso={result.at} />}
      </p>
      {bad.length > 0 && (
        <Table aria-label="Bad blobs" variant="compact">
          <Thead>
            <Tr>
              <Th>Blob</Th>
              <Th>Size</Th>
              <Th>Fault</Th>
            </Tr>
          </Thead>
          <Tbody>
            {bad.slice(0, MOST_SHOWN).map((item) => (
              <Tr key={item.digest}>
                <Td dataLabel="Blob">
                  <Digest digest={item.digest} of="the blob" />
                </Td>
                <Td dataLabel="Size">{bytes(item.sizeBytes)}</Td>
                <Td dataLabel="Fault">{item.fault}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {bad.length > MOST_SHOWN && <p>and {count(bad.length - MOST_SHOWN)} more</p>}
      <Button variant="secondary" className="more" isLoading={isRunning} isDisabled={isRunning} onClick={() => void check()}>
        Check all blobs
      </Button>
    </Section>
  );
}
