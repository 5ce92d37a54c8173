import { FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { url } from '../api/client';
import { useRead } from '../api/queries';
import type { CurvePoint, Difference, Version } from '../api/types';
import { useNewest } from '../models/found';
import { useAddress } from '../ui/address';
import { bytes, count, number, significant } from '../ui/format';
import { Plot } from '../ui/plot';
import { Empty, Loaded } from '../ui/states';
import { UserText } from '../ui/text';
import { bestWithin, linePoints } from './curve';


type Side = { model: string; version: number; stack: Record<string, number | string>; curve?: CurvePoint[] };

/** Two versions of a model side by side: what differs in bytes, parameters and quality. */
export function CompareTab({ version }: { version: Version }) {
  const [to, setTo] = useAddress('to');
  const versions = useNewest(version.model);
  const others = (versions.data ?? []).filter((item) => item.version !== version.version && item.stackDigest);
  const chosen = to || String(others[0]?.version ?? '');
  const difference = useRead<Difference>(
    url(['/api/v1/models', version.model, '/versions', String(version.version), '/diff'], { to: chosen }),
    { isEnabled: chosen !== '' },
  );
  return (
    <Loaded
      query={versions}
      what="the versions"
      isEmpty={() => others.length === 0}
      empty={<Empty title="Nothing to compare with">This is the model&apos;s only version.</Empty>}
    >
      {() => (
        <>
          <FormGroup label="Compare with" fieldId="to">
            <FormSelect id="to" value={chosen} onChange={(_event, value) => setTo(value)}>
              {others.map((item) => (
                <FormSelectOption key={item.version} value={String(item.version)} label={`version ${item.version}`} />
              ))}
            </FormSelect>
          </FormGroup>
          <Loaded query={difference} what="the difference">
            {(found) => <Found difference={found} />}
          </Loaded>
        </>
      )}
    </Loaded>
  );
}

function Found({ difference }: { difference: Difference }) {
  const from = difference.from as unknown as Side;
  const to = difference.to as unknown as Side;
  const sizes = (from.curve ?? []).map((point) => point.sizeBytes);
  const changed = Object.entries((difference.parameters ?? {}) as Record<string, { from?: string; to?: string }>);
  return (
    <>
      <p>
        {bytes(difference.sharedBytes)} in {count(difference.sharedBlobs)} blobs are the same. Going from version {from.version} to
        version {to.version} pulls {bytes(difference.pullBytes)} and drops {bytes(difference.dropBytes)}.
      </p>
      {(from.curve ?? []).length > 0 && (to.curve ?? []).length > 0 && (
        <>
          <Plot
            label={`KL divergence of versions ${from.version} and ${to.version} against bytes; the table below has the numbers`}
            lines={[from, to].map((side) => ({ label: `version ${side.version}`, points: linePoints(side.curve ?? [], 'klDivergence') }))}
            xLabel="bytes of the model"
            yLabel="KL divergence"
            formatX={bytes}
            formatY={significant}
            isLogarithmic
          />
          <Table aria-label="Quality at the same size" variant="compact">
            <Thead>
              <Tr>
                <Th>Within</Th>
                <Th>KL divergence, version {from.version}</Th>
                <Th>KL divergence, version {to.version}</Th>
                <Th>Perplexity, version {from.version}</Th>
                <Th>Perplexity, version {to.version}</Th>
              </Tr>
            </Thead>
            <Tbody>
              {sizes.map((size) => {
                const a = bestWithin(from.curve ?? [], size);
                const b = bestWithin(to.curve ?? [], size);
                return (
                  <Tr key={size}>
                    <Td dataLabel="Within">{bytes(size)}</Td>
                    <Td dataLabel={`KL divergence, version ${from.version}`}>{significant(a?.klDivergence)}</Td>
                    <Td dataLabel={`KL divergence, version ${to.version}`}>{significant(b?.klDivergence)}</Td>
                    <Td dataLabel={`Perplexity, version ${from.version}`}>{number(a?.perplexity, 2)}</Td>
                    <Td dataLabel={`Perplexity, version ${to.version}`}>{number(b?.perplexity, 2)}</Td>
                  </Tr>
                );
              })}
            </Tbody>
          </Table>
        </>
      )}
      {changed.length === 0 ? (
        <p>All parameters are the same.</p>
      ) : (
        <Table aria-label="Parameters that differ" variant="compact">
          <Thead>
            <Tr>
              <Th>Parameter</Th>
              <Th>Version {from.version}</Th>
              <Th>Version {to.version}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {changed.map(([name, values]) => (
              <Tr key={name}>
                <Td dataLabel="Parameter">{name}</Td>
                <Td dataLabel={`Version ${from.version}`}>
                  <UserText text={values.from ?? '–'} />
                </Td>
                <Td dataLabel={`Version ${to.version}`}>
                  <UserText text={values.to ?? '–'} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}
