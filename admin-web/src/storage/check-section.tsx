import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { Found } from '../api/types';
import { useAction } from '../ui/action';
import { Digest } from '../ui/copy';
import { bytes, count } from '../ui/format';
import { Section } from '../ui/section';

interface Bad {
  digest: string;
  sizeBytes: number;
  fault: string;
}

const MOST_SHOWN = 200;

/** Whether the store has each blob that is named, with its size. */
export function CheckSection() {
  const [blobs, setBlobs] = useState<number | null>(null);
  const [bad, setBad] = useState<Bad[]>([]);
  const { isRunning, run } = useAction();

  async function check() {
    await run({ done: 'The check is done', failed: 'The check broke off' }, async () => {
      let seen = 0;
      let found: Bad[] = [];
      let after: string | null | undefined;
      do {
        const page: Found = await json<Found>(url(['/api/v1/storage/check'], { after }), { method: 'POST', patienceMillis: 120_000 });
        seen += page.checkedBlobs;
        found = [...found, ...(page.bad as Bad[])];
        setBlobs(seen);
        setBad(found);
        after = page.next;
      } while (after);
    });
  }

  return (
    <Section title="Scrub">
      <p role="status">
        {blobs === null
          ? 'Looks whether the store has each blob that is named, with its size.'
          : `${count(blobs)} blobs looked at, ${bad.length === 0 ? 'all there' : `${count(bad.length)} missing or of another size`}`}
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
      <Button variant="secondary" isLoading={isRunning} isDisabled={isRunning} onClick={() => void check()}>
        Check all blobs
      </Button>
    </Section>
  );
}
