import { Button, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { useRead } from '../api/queries';
import type { Totals } from '../api/types';
import { useMay } from '../session/session';
import { bytes, count } from '../ui/format';
import { PageFrame } from '../ui/page';
import { Section } from '../ui/section';
import { Loaded } from '../ui/states';
import { CheckSection } from './check-section';
import { CollectSection } from './collect-section';
import { ResultsSection } from './results-section';
import { ScrubSection } from './scrub-section';

/** What is stored, what could be thrown away, and whether all of it is there. */
export default function StoragePage() {
  const query = useRead<Totals>('/api/v1/storage', { refreshMillis: 10_000 });
  const mayAdminister = useMay('administer');
  return (
    <PageFrame
      title="Storage"
      actions={
        <Button variant="secondary" isDisabled={query.isFetching} onClick={() => void query.refetch()}>
          Count again
        </Button>
      }
    >
      <Section title="What is stored">
        <Loaded query={query} what="the storage">
          {(totals) => (
            <DescriptionList isHorizontal isCompact columnModifier={{ lg: '2Col' }}>
              {(
                [
                  ['Models', count(totals.models)],
                  ['Versions', count(totals.versions)],
                  ['Stacks', count(totals.stacks)],
                  ['Blobs', `${count(totals.blobs)}, ${bytes(totals.blobBytes)}`],
                  ['To be collected', `${count(totals.condemnedBlobs)}, ${bytes(totals.condemnedBytes)}`],
                ] as const
              ).map(([term, words]) => (
                <DescriptionListGroup key={term}>
                  <DescriptionListTerm>{term}</DescriptionListTerm>
                  <DescriptionListDescription>{words}</DescriptionListDescription>
                </DescriptionListGroup>
              ))}
            </DescriptionList>
          )}
        </Loaded>
      </Section>
      {mayAdminister && (
        <>
          <CollectSection />
          <CheckSection />
        </>
      )}
      <ScrubSection />
      <ResultsSection />
    </PageFrame>
  );
}
