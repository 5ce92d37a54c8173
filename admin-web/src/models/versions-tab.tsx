import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Model, Version } from '../api/types';
import { bytes, count, number, range } from '../ui/format';
import { Digest } from '../ui/copy';
import { Aliases, Pairs, State } from '../ui/labels';
import { Empty, Loaded, More } from '../ui/states';
import { Time } from '../ui/text';

/** The versions of a model, the newest of those that were read first. */
export function VersionsTab({ model }: { model: Model }) {
  const query = usePages<Version>(['/api/v1/models', model.name, '/versions'], { limit: 200 }, { refreshMillis: 10_000 });
  return (
    <>
      <Loaded
        query={query}
        what="the versions"
        isEmpty={(versions) => versions.length === 0}
        empty={<Empty title="No versions yet">Have the model compressed; the job publishes its first version.</Empty>}
      >
        {(versions) => (
          <Table aria-label={`Versions of ${model.name}`} variant="compact">
            <Thead>
              <Tr>
                <Th>Version</Th>
                <Th>State</Th>
                <Th>Aliases</Th>
                <Th>Tags</Th>
                <Th>Codec</Th>
                <Th>Size</Th>
                <Th>Bits per weight</Th>
                <Th>Blocks</Th>
                <Th>Perplexity, all blocks</Th>
                <Th>Stack</Th>
                <Th>Published</Th>
              </Tr>
            </Thead>
            <Tbody>
              {[...versions]
                .sort((a, b) => b.version - a.version)
                .map((version) => (
                  <VersionRow key={version.version} model={model} version={version} />
                ))}
            </Tbody>
          </Table>
        )}
      </Loaded>
      <More query={query} />
    </>
  );
}

function VersionRow({ model, version }: { model: Model; version: Version }) {
  const name = `${model.name}@${version.version}`;
  return (
    <Tr className="row">
      <Td dataLabel="Version">
        <Link to={url(['/models', model.name, '/versions', String(version.version)])}>version {version.version}</Link>
      </Td>
      <Td dataLabel="State">
        <State state={version.state} />
      </Td>
      <Td dataLabel="Aliases">
        <Aliases of={name} aliases={model.aliases.filter((alias) => alias.version === version.version)} />
      </Td>
      <Td dataLabel="Tags">
        <Pairs of={`Tags of ${name}`} pairs={version.tags} />
      </Td>
      <Td dataLabel="Codec">{version.codec ?? '–'}</Td>
      <Td dataLabel="Size" modifier="nowrap">
        {range(bytes(version.minimalBytes), bytes(version.sizeBytes))}
      </Td>
      <Td dataLabel="Bits per weight" modifier="nowrap">
        {range(number(version.minimalBpw, 2), number(version.bpw, 2))}
      </Td>
      <Td dataLabel="Blocks">{count(version.blocks)}</Td>
      <Td dataLabel="Perplexity, all blocks">{number(version.bestPerplexity, 2)}</Td>
      <Td dataLabel="Stack" modifier="nowrap">
        {version.stackDigest ? <Digest digest={version.stackDigest} of={name} /> : 'none'}
      </Td>
      <Td dataLabel="Published" modifier="nowrap">
        <Time iso={version.createdAt} />
      </Td>
    </Tr>
  );
}
