import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json } from '../api/client';
import type { Report } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { bytes, count } from '../ui/format';
import { Section } from '../ui/section';

const PATIENCE_MILLIS = 600_000;

/** Garbage collection; nothing is thrown away before a dry run has said what would be. */
export function CollectSection() {
  const [report, setReport] = useState<Report | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { isRunning, run } = useAction();

  function collect(dryRun: boolean) {
    return run(
      { done: dryRun ? 'The dry run is done' : 'Garbage was collected', failed: dryRun ? 'The dry run failed' : 'Nothing more was collected' },
      async () => {
        setReport(await json<Report>('/api/v1/storage/collect', { method: 'POST', body: { dryRun }, patienceMillis: PATIENCE_MILLIS }));
      },
    );
  }

  return (
    <Section title="Garbage collection">
      <p>Blobs that nothing names any more are condemned first and thrown away when the grace period is over.</p>
      {report && (
        <Table aria-label="Result of the collection" variant="compact" className="narrow">
          <Thead>
            <Tr>
              <Th>{report.dryRun ? 'It would' : 'It did'}</Th>
              <Th>How many</Th>
            </Tr>
          </Thead>
          <Tbody>
            {(
              [
                ['purge versions', count(report.purgedVersions)],
                ['remove stacks', count(report.removedStacks)],
                ['condemn blobs', `${count(report.condemnedBlobs)}, ${bytes(report.condemnedBytes)}`],
                ['throw blobs away', `${count(report.collectedBlobs)}, ${bytes(report.collectedBytes)}`],
              ] as const
            ).map(([what, many]) => (
              <Tr key={what}>
                <Td dataLabel="What">{what}</Td>
                <Td dataLabel="How many">{many}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      <div className="buttons">
        <Button variant="secondary" isLoading={isRunning} isDisabled={isRunning} onClick={() => void collect(true)}>
          Dry run
        </Button>
        <Button variant="secondary" isDanger isDisabled={isRunning || !report?.dryRun} onClick={() => setAsking(true)}>
          Collect
        </Button>
      </div>
      {isAsking && report && (
        <Confirm title={`Throw away ${bytes(report.collectedBytes)}?`} verb="Collect" isDanger onConfirm={() => collect(false)} onClose={() => setAsking(false)}>
          {count(report.collectedBlobs)} blobs are deleted and cannot be had back; {count(report.condemnedBlobs)} more are condemned.
        </Confirm>
      )}
    </Section>
  );
}
