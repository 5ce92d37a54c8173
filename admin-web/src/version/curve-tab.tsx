import { FormGroup, FormSelect, FormSelectOption, Grid, GridItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { url } from '../api/client';
import { useAll, useAsk, useRead } from '../api/queries';
import type { Model, Node, PlanRow, Version } from '../api/types';
import { useNewest } from '../models/found';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { bytes, count, number, significant } from '../ui/format';
import { Go } from '../ui/go';
import { Plot, type Dot, type Line } from '../ui/plot';
import { Empty, Loaded } from '../ui/states';
import { BudgetSlider } from './budget-slider';
import { EXTREMES, linePoints, reach } from './curve';
import { ReferenceSection } from './reference-section';
import { referencesOf } from './references';

const MOST_NODES = 200;
const CONTEXTS = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768];

/** Quality against size: measured points, the nodes that there are, another version beside it, and what a budget would buy. */
export function CurveTab({ version }: { version: Version }) {
  const [context, setContext] = useAddress('context', '1024');
  const [beside, setBeside] = useAddress('beside');
  const [budget, setBudget] = useAddress('budget');
  const contextTokens = Number(context);
  const wanted = Number(budget);
  const question = { model: version.model, version: version.version, contextTokens };
  const nodes = useAll<Node>(['/api/v1/nodes'], MOST_NODES, { refreshMillis: 10_000 });
  const budgetsBytes = [...EXTREMES, ...(nodes.data ?? []).map((node) => Math.max(1, node.budgetBytes)), ...(wanted > 0 ? [wanted] : [])];
  const plan = useAsk<{ rows: PlanRow[] }>('/api/v1/resolve/what-if', { ...question, budgetsBytes });
  const versions = useNewest(version.model);
  const model = useRead<Model>(url(['/api/v1/models', version.model]));
  const other = useRead<Version>(url(['/api/v1/models', version.model, '/versions', beside]), { isEnabled: beside !== '' });

  const mayPublish = useMay('publish');

  const curve = version.curve ?? [];
  if (curve.length === 0) {
    return (
      <Empty title="No curve" action={mayPublish && <Go to={url(['/compress'], { model: version.model })}>Compress it again</Go>}>
        The job that made this version had no text to measure it on. Compress it again with an evaluation text.
      </Empty>
    );
  }
  const rows = plan.data?.rows ?? [];
  const marks = (nodes.data ?? []).flatMap((node, index) => {
    const row = rows[EXTREMES.length + index];
    return row?.heldBytes && row.budgetBytes === node.budgetBytes ? [{ label: node.name, x: row.heldBytes }] : [];
  });
  const answer = wanted > 0 ? rows.find((row, index) => index >= EXTREMES.length && row.budgetBytes === wanted) : undefined;
  const second = beside !== '' && other.data?.curve ? other.data : null;

  const references = referencesOf(model.data?.tags);
  const dotsOf = (measure: 'perplexity' | 'klDivergence') =>
    references.flatMap((item): Dot[] => (item[measure] === null || item[measure] === 0 ? [] : [{ label: item.name, x: item.sizeBytes, y: item[measure] }]));

  function lines(measure: 'perplexity' | 'klDivergence'): Line[] {
    return [
      { label: `version ${version.version}`, points: linePoints(curve, measure) },
      ...(second ? [{ label: `version ${second.version}`, points: linePoints(second.curve ?? [], measure) }] : []),
    ];
  }
  const shared = { xLabel: 'bytes of the model', formatX: bytes, marks, chosen: answer?.heldBytes ?? null };

  return (
    <>
      <Grid hasGutter>
        <GridItem md={4}>
          <FormGroup label="Context" fieldId="context">
            <FormSelect id="context" value={context} onChange={(_event, value) => setContext(value)}>
              {CONTEXTS.map((tokens) => (
                <FormSelectOption key={tokens} value={String(tokens)} label={`${count(tokens)} tokens`} />
              ))}
            </FormSelect>
          </FormGroup>
        </GridItem>
        <GridItem md={4}>
          <FormGroup label="Beside it" fieldId="beside">
            <FormSelect id="beside" value={beside} onChange={(_event, value) => setBeside(value)}>
              <FormSelectOption value="" label="no other version" />
              {(versions.data ?? [])
                .filter((item) => item.version !== version.version)
                .map((item) => (
                  <FormSelectOption key={item.version} value={String(item.version)} label={`version ${item.version}`} />
                ))}
            </FormSelect>
          </FormGroup>
        </GridItem>
      </Grid>
      <Loaded query={plan} what="what budgets buy">
        {({ rows: found }) => {
          const reached = reach(found, version.minimalBytes);
          return reached && <BudgetSlider reach={reached} budget={wanted} onBudget={setBudget} answer={answer} fullPerplexity={version.fullPerplexity} />;
        }}
      </Loaded>
      <Grid hasGutter>
        <GridItem xl={6}>
          <Plot
            {...shared}
            label={`KL divergence of ${version.model} version ${version.version} against its bytes; the table below has the numbers`}
            lines={lines('klDivergence')}
            dots={dotsOf('klDivergence')}
            yLabel="KL divergence"
            formatY={significant}
            isLogarithmic
          />
        </GridItem>
        <GridItem xl={6}>
          <Plot
            {...shared}
            label={`Perplexity of ${version.model} version ${version.version} against its bytes; the table below has the numbers`}
            lines={lines('perplexity')}
            dots={dotsOf('perplexity')}
            level={version.fullPerplexity == null ? null : { label: 'uncompressed', y: version.fullPerplexity }}
            yLabel="perplexity"
            formatY={(value) => number(value, 2)}
          />
        </GridItem>
      </Grid>
      <ReferenceSection model={version.model} references={references} curve={curve} />
      <CurveTable version={version} rows={rows.slice(EXTREMES.length)} nodes={nodes.data ?? []} />
    </>
  );
}

function CurveTable({ version, rows, nodes }: { version: Version; rows: PlanRow[]; nodes: Node[] }) {
  return (
    <Grid hasGutter>
      <GridItem xl={6}>
        <Table aria-label="Measured sizes" variant="compact">
          <Thead>
            <Tr>
              <Th>Size</Th>
              <Th>Blocks</Th>
              <Th>Bits per weight</Th>
              <Th>KL divergence</Th>
              <Th>Perplexity</Th>
            </Tr>
          </Thead>
          <Tbody>
            {(version.curve ?? []).map((point) => (
              <Tr key={point.blocks}>
                <Td dataLabel="Size">{bytes(point.sizeBytes)}</Td>
                <Td dataLabel="Blocks">{count(point.blocks)}</Td>
                <Td dataLabel="Bits per weight">{number(point.bpw, 2)}</Td>
                <Td dataLabel="KL divergence">{significant(point.klDivergence)}</Td>
                <Td dataLabel="Perplexity">{number(point.perplexity, 2)}</Td>
              </Tr>
            ))}
            {version.fullPerplexity != null && (
              <Tr>
                <Td dataLabel="Size" colSpan={3}>
                  the model before it was compressed
                </Td>
                <Td dataLabel="KL divergence">0</Td>
                <Td dataLabel="Perplexity">{number(version.fullPerplexity, 2)}</Td>
              </Tr>
            )}
          </Tbody>
        </Table>
      </GridItem>
      <GridItem xl={6}>
        {nodes.length > 0 && (
          <Table aria-label="What each node would hold" variant="compact">
            <Thead>
              <Tr>
                <Th>Node</Th>
                <Th>Budget</Th>
                <Th>Would hold</Th>
                <Th>Bits per weight</Th>
                <Th>Expected perplexity</Th>
              </Tr>
            </Thead>
            <Tbody>
              {nodes.map((node, index) => {
                const row = rows[index];
                return (
                  <Tr key={node.name}>
                    <Td dataLabel="Node">{node.name}</Td>
                    <Td dataLabel="Budget">{bytes(node.budgetBytes)}</Td>
                    <Td dataLabel="Would hold">{row?.missingBytes ? `nothing: ${bytes(row.missingBytes)} missing` : bytes(row?.heldBytes)}</Td>
                    <Td dataLabel="Bits per weight">{number(row?.bpw, 2)}</Td>
                    <Td dataLabel="Expected perplexity">{number(row?.expectedPerplexity, 2)}</Td>
                  </Tr>
                );
              })}
            </Tbody>
          </Table>
        )}
      </GridItem>
    </Grid>
  );
}
