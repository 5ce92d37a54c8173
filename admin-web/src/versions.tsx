import { Content, Label, LabelGroup } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Alias, Model, Version } from './api';
import { CopyableDigest } from './digest';
import { bytes, count, number, range, time } from './format';
import { NestedList } from './list-section';

/** All versions of a model, the newest first. */
export function Versions({ model }: { model: Model }) {
  return (
    <NestedList<Version>
      title="Versions"
      path={`models/${encodeURIComponent(model.name)}/versions`}
      refreshMillis={3000}
      empty="Have the model compressed with POST /api/v1/jobs."
    >
      {(versions) => <VersionTable model={model} versions={versions} />}
    </NestedList>
  );
}

export function VersionTable({ model, versions }: { model: Model; versions: Version[] }) {
  const newestFirst = [...versions].sort((a, b) => b.version - a.version);
  return (
    <Table aria-label={`Versions of ${model.name}`} variant="compact" borders={false} isNested>
      <Thead>
        <Tr>
          <Th modifier="wrap">Version</Th>
          <Th modifier="wrap">Aliases</Th>
          <Th modifier="wrap">Codec</Th>
          <Th modifier="wrap">Size</Th>
          <Th modifier="wrap">Bits per weight</Th>
          <Th modifier="wrap">Blocks</Th>
          <Th modifier="wrap">Perplexity, all blocks</Th>
          <Th modifier="wrap">Stack</Th>
          <Th modifier="wrap">Published</Th>
        </Tr>
      </Thead>
      <Tbody>
        {newestFirst.map((version) => (
          <VersionRow key={version.version} model={model} version={version} />
        ))}
      </Tbody>
    </Table>
  );
}

function VersionRow({ model, version }: { model: Model; version: Version }) {
  const name = `${model.name}@${version.version}`;
  return (
    <Tr>
      <Td dataLabel="Version">{version.version}</Td>
      <Td dataLabel="Aliases">
        <Aliases of={name} aliases={model.aliases.filter((alias) => alias.version === version.version)} />
      </Td>
      <Td dataLabel="Codec">{version.codec}</Td>
      <Td dataLabel="Size" modifier="nowrap">
        {range(bytes(version.minimalBytes), bytes(version.sizeBytes))}
      </Td>
      <Td dataLabel="Bits per weight" modifier="nowrap">
        {range(number(version.minimalBpw, 2), number(version.bpw, 2))}
      </Td>
      <Td dataLabel="Blocks">{count(version.blocks)}</Td>
      <Td dataLabel="Perplexity, all blocks">
        <Perplexity version={version} />
      </Td>
      <Td dataLabel="Stack" modifier="nowrap">
        <CopyableDigest digest={version.stackDigest} of={name} />
      </Td>
      <Td dataLabel="Published">{time(version.createdAt)}</Td>
    </Tr>
  );
}

/** Names that point somewhere; with `showsVersion` also where. */
export function Aliases({ of, aliases, showsVersion }: { of: string; aliases: Alias[]; showsVersion?: boolean }) {
  if (aliases.length === 0) {
    return '–';
  }
  return (
    <LabelGroup aria-label={`Aliases of ${of}`}>
      {aliases.map(({ alias, version }) => (
        <Label key={alias} isCompact color="blue">
          {showsVersion ? `${alias} → ${version}` : alias}
        </Label>
      ))}
    </LabelGroup>
  );
}

/** Perplexity of all blocks beside that of the model before it was compressed. */
export function Perplexity({ version }: { version: Version }) {
  return (
    <>
      {number(version.bestPerplexity, 2)}
      {version.fullPerplexity != null && (
        <Content component="small">full model {number(version.fullPerplexity, 2)}</Content>
      )}
    </>
  );
}
