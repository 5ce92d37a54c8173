import { Button, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState, type ReactNode } from 'react';
import { json, url } from '../api/client';
import { useRead } from '../api/queries';
import type { Found, Signature, Version } from '../api/types';
import { useMay } from '../session/session';
import { Who } from '../session/who';
import { useAction } from '../ui/action';
import { Digest } from '../ui/copy';
import { bytes, count, number } from '../ui/format';
import { Section } from '../ui/section';
import { Empty, Loaded } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { checkSignature, type Verdict } from './signature';

/** Numbers, parameters, signatures and a check of everything that is stored. */
export function DetailsTab({ version }: { version: Version }) {
  const digest = version.stackDigest;
  return (
    <>
      <DescriptionList className="facts" isHorizontal isCompact columnModifier={{ lg: '2Col' }}>
        <Item term="Stack">
          <Digest digest={digest} of={`${version.model}@${version.version}`} />
        </Item>
        <Item term="Architecture">{version.architecture}</Item>
        <Item term="Codec">{version.codec}</Item>
        <Item term="Weights">{count(version.weights)}</Item>
        <Item term="Blocks">
          {count(version.blocks)}, of which {count(version.minimalBlocks)} are the minimal prefix
        </Item>
        <Item term="Base">{bytes(version.baseBytes)}</Item>
        <Item term="Minimal prefix">
          {bytes(version.minimalBytes)}, {number(version.minimalBpw, 2)} bits per weight
        </Item>
        <Item term="All blocks">
          {bytes(version.sizeBytes)}, {number(version.bpw, 2)} bits per weight
        </Item>
        <Item term="Published">
          <Time iso={version.createdAt} />, by <Who principal={version.createdBy} />
        </Item>
        <Item term="Manifest">
          <a href={url(['/api/v1/stacks', digest, '/manifest'])} download={`${version.model}-${version.version}.json`}>
            Download the manifest
          </a>
        </Item>
      </DescriptionList>
      <Signatures version={version} />
      <Whole version={version} />
      <Section title="Parameters">
        <Table aria-label="Parameters" variant="compact">
          <Thead>
            <Tr>
              <Th>Parameter</Th>
              <Th>Value</Th>
            </Tr>
          </Thead>
          <Tbody>
            {Object.entries(version.parameters ?? {}).map(([name, value]) => (
              <Tr key={name}>
                <Td dataLabel="Parameter">{name}</Td>
                <Td dataLabel="Value">
                  <UserText text={value} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </Section>
    </>
  );
}

function Item({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

/** Who signed the manifest; the browser itself checks the signatures over the manifest's exact bytes. */
function Signatures({ version }: { version: Version }) {
  const query = useRead<Signature[]>(url(['/api/v1/stacks', version.stackDigest, '/signatures']));
  const [verdicts, setVerdicts] = useState<Record<string, Verdict>>({});
  const [isChecking, setChecking] = useState(false);

  async function check(signatures: Signature[]) {
    setChecking(true);
    const found: Record<string, Verdict> = {};
    for (const signature of signatures) {
      found[signature.keyId] = await checkSignature(version.stackDigest, signature);
    }
    setVerdicts(found);
    setChecking(false);
  }

  return (
    <Section title="Signatures">
      <Loaded query={query} what="the signatures" isEmpty={(items) => items.length === 0} empty={<Empty title="Not signed" />}>
        {(signatures) => (
          <>
            <Table aria-label="Signatures" variant="compact">
              <Thead>
                <Tr>
                  <Th>Key</Th>
                  <Th>Algorithm</Th>
                  <Th>Signed</Th>
                  <Th>Checked here</Th>
                </Tr>
              </Thead>
              <Tbody>
                {signatures.map((signature) => (
                  <Tr key={signature.keyId}>
                    <Td dataLabel="Key">
                      <code title={signature.publicKey}>{signature.keyId}</code>
                    </Td>
                    <Td dataLabel="Algorithm">{signature.algorithm}</Td>
                    <Td dataLabel="Signed">
                      <Time iso={signature.createdAt} />
                    </Td>
                    <Td dataLabel="Checked here">
                      <span role="status">{verdicts[signature.keyId] ?? 'not yet'}</span>
                    </Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
            <Button variant="secondary" className="more" isLoading={isChecking} isDisabled={isChecking} onClick={() => void check(signatures)}>
              Check the signatures in this browser
            </Button>
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** Has the registry read every blob and compare its digest. */
function Whole({ version }: { version: Version }) {
  const mayPublish = useMay('publish');
  const { isRunning, run } = useAction();
  const [said, setSaid] = useState('');

  async function verify() {
    let blobs = 0;
    let bad = 0;
    await run({ done: 'All blobs were read', failed: 'The check broke off' }, async () => {
      let after: string | null | undefined;
      do {
        const found: Found = await json<Found>(url(['/api/v1/stacks', version.stackDigest, '/verify'], { after }), {
          method: 'POST',
          patienceMillis: 120_000,
        });
        blobs += found.checkedBlobs;
        bad += found.bad.length;
        setSaid(`${count(blobs)} blobs read, ${bad === 0 ? 'all whole' : `${count(bad)} missing or damaged`}`);
        after = found.next;
      } while (after);
    });
  }

  return (
    <Section title="Stored blobs">
      <p role="status">{said || 'Reads every blob of the stack and compares its digest.'}</p>
      {mayPublish && (
        <Button variant="secondary" isLoading={isRunning} isDisabled={isRunning} onClick={() => void verify()}>
          Check every blob
        </Button>
      )}
    </Section>
  );
}
