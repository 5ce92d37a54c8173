import { Content, Label, LabelGroup } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Model, Version } from './api';
import { bytes, count, number, time } from './format';
import { ListSection } from './list-section';

export function Models() {
  return (
    <ListSection<Model>
      title="Models"
      path="models"
      refreshMillis={3000}
      empty="Register a model with POST /api/v1/models and have it compressed with POST /api/v1/jobs."
    >
      {(models, titleId) => <ModelTable models={models} titleId={titleId} />}
    </ListSection>
  );
}

export function ModelTable({ models, titleId }: { models: Model[]; titleId: string }) {
  return (
    <Table aria-labelledby={titleId} variant="compact">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>Newest version</Th>
          <Th>Aliases</Th>
          <Th>Codec</Th>
          <Th>Weights</Th>
          <Th>Bits per weight</Th>
          <Th>Size</Th>
          <Th>Perplexity, all blocks</Th>
          <Th>Published</Th>
        </Tr>
      </Thead>
      <Tbody>
        {models.map((model) => (
          <Tr key={model.name}>
            <Td dataLabel="Name">
              <strong>{model.name}</strong>
              {model.description && <Content component="small">{model.description}</Content>}
            </Td>
            {model.newest ? <Published version={model.newest} model={model} /> : <NotPublished />}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Published({ version, model }: { version: Version; model: Model }) {
  return (
    <>
      <Td dataLabel="Newest version">{version.version}</Td>
      <Td dataLabel="Aliases">
        {model.aliases.length === 0 ? (
          '–'
        ) : (
          <LabelGroup aria-label={`Aliases of ${model.name}`}>
            {model.aliases.map((alias) => (
              <Label key={alias.alias} isCompact color="blue">
                {alias.alias} → {alias.version}
              </Label>
            ))}
          </LabelGroup>
        )}
      </Td>
      <Td dataLabel="Codec">{version.codec}</Td>
      <Td dataLabel="Weights">{count(version.weights)}</Td>
      <Td dataLabel="Bits per weight">
        {number(version.minimalBpw, 2)} – {number(version.bpw, 2)}
      </Td>
      <Td dataLabel="Size">
        {bytes(version.minimalBytes)} – {bytes(version.sizeBytes)}
      </Td>
      <Td dataLabel="Perplexity, all blocks">
        {number(version.bestPerplexity, 2)}
        {version.fullPerplexity != null && (
          <Content component="small">uncompressed {number(version.fullPerplexity, 2)}</Content>
        )}
      </Td>
      <Td dataLabel="Published">{time(version.createdAt)}</Td>
    </>
  );
}

function NotPublished() {
  return (
    <Td dataLabel="Newest version" colSpan={8}>
      no version published yet
    </Td>
  );
}
