import { Content } from '@patternfly/react-core';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Model, Version } from './api';
import { bytes, count, number, range, time } from './format';
import { ListSection } from './list-section';
import { useOpenRows } from './open-rows';
import { Aliases, Perplexity, Versions } from './versions';

const COLUMNS = 10;

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
  const [open, setOpen] = useOpenRows();
  return (
    <Table aria-labelledby={titleId} variant="compact" isExpandable>
      <Thead>
        <Tr>
          <Th screenReaderText="Versions" />
          <Th modifier="wrap">Name</Th>
          <Th modifier="wrap">Newest version</Th>
          <Th modifier="wrap">Aliases</Th>
          <Th modifier="wrap">Codec</Th>
          <Th modifier="wrap">Weights</Th>
          <Th modifier="wrap">Bits per weight</Th>
          <Th modifier="wrap">Size</Th>
          <Th modifier="wrap">Perplexity, all blocks</Th>
          <Th modifier="wrap">Published</Th>
        </Tr>
      </Thead>
      {models.map((model, row) => (
        <ModelRows
          key={model.name}
          model={model}
          row={row}
          isOpen={open.has(model.name)}
          onToggle={(isOpen) => setOpen(model.name, isOpen)}
        />
      ))}
    </Table>
  );
}

interface RowProps {
  model: Model;
  row: number;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

function ModelRows({ model, row, isOpen, onToggle }: RowProps) {
  return (
    <Tbody isExpanded={isOpen}>
      <Tr isContentExpanded={isOpen}>
        <Td
          expand={{
            rowIndex: row,
            isExpanded: isOpen,
            expandId: 'versions-of-',
            onToggle: () => onToggle(!isOpen),
          }}
        />
        <Td dataLabel="Name">
          {/* The id by which the table names the button that opens the row. */}
          <strong id={`simple-node${row}`}>{model.name}</strong>
          {model.description && <Content component="small">{model.description}</Content>}
        </Td>
        {model.newest ? <Published version={model.newest} model={model} /> : <NotPublished />}
      </Tr>
      {isOpen && (
        <Tr isExpanded>
          <Td colSpan={COLUMNS} noPadding>
            <ExpandableRowContent>
              <div className="versions">
                <Versions model={model} />
              </div>
            </ExpandableRowContent>
          </Td>
        </Tr>
      )}
    </Tbody>
  );
}

function Published({ version, model }: { version: Version; model: Model }) {
  return (
    <>
      <Td dataLabel="Newest version">{version.version}</Td>
      <Td dataLabel="Aliases">
        <Aliases of={model.name} aliases={model.aliases} showsVersion />
      </Td>
      <Td dataLabel="Codec">{version.codec}</Td>
      <Td dataLabel="Weights">{count(version.weights)}</Td>
      <Td dataLabel="Bits per weight" modifier="nowrap">
        {range(number(version.minimalBpw, 2), number(version.bpw, 2))}
      </Td>
      <Td dataLabel="Size" modifier="nowrap">
        {range(bytes(version.minimalBytes), bytes(version.sizeBytes))}
      </Td>
      <Td dataLabel="Perplexity, all blocks">
        <Perplexity version={version} />
      </Td>
      <Td dataLabel="Published">{time(version.createdAt)}</Td>
    </>
  );
}

function NotPublished() {
  return (
    <Td dataLabel="Newest version" colSpan={COLUMNS - 2}>
      no version published yet
    </Td>
  );
}
