import { FormGroup, FormSelect, FormSelectOption, Grid, GridItem, Label, LabelGroup } from '@patternfly/react-core';
import { url } from '../api/client';
import { useAll, useAsk, useRead, useReads } from '../api/queries';
import type { Model, Node, PlanRow, Version } from '../api/types';
import { useNewest } from '../models/found';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { bytes, count, number, significant } from '../ui/format';
import { Go } from '../ui/go';
import { Plot, type Dot, type Line } from '../ui/plot';
import { Empty, Failure, Loaded, Missing } from '../ui/states';
import { BudgetSlider } from './budget-slider';
import { besides, EXTREMES, linePoints, MOST_BESIDE, reach } from './curve';
import { CurveTable } from './curve-table';
import { ReferenceSection } from './reference-section';
import { referencesOf } from './references';

const MOST_NODES = 200;
const CONTEXTS = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768];

/** Quality against size: measured points, the nodes that there are, other versions beside it, and what a budget would buy. */
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
  const numbers = besides(beside, version.version);
  const others = useReads<Version>(numbers.map((number) => url(['/api/v1/models', version.model, '/versions', String(number)])));
  const mayPublish = useMay('publish');

  const curve = version.curve ?? [];
  if (curve.length === 0) {
    return (
      <Empty title="No curve" action={mayPublish && <Go to={url(['/compress'], { model: version.model })}>Compress it again</Go>}>
        This version was published without one. A job measures it, on a held-out text of yours or one that comes with the platform.
      </Empty>
    );
  }
  const rows = plan.data?.rows ?? [];
  const marks = (nodes.data ?? []).flatMap((node, index) => {
    const row = rows[EXTREMES.length + index];
    return row?.heldBytes && row.budgetBytes === node.budgetBytes ? [{ label: node.name, x: row.heldBytes }] : [];
  });
  const answer = wanted > 0 ? rows.find((row, index) => index >= EXTREMES.length && row.budgetBytes === wanted) : undefined;
  const shown = [version, ...others.flatMap((other) => (other.data?.curve ? [other.data] : []))];

  const references = referencesOf(model.data?.tags);
  const dotsOf = (measure: 'perplexity' | 'klDivergence') =>
    references.flatMap((item): Dot[] => (item[measure] === null || item[measure] === 0 ? [] : [{ label: item.name, x: item.sizeBytes, y: item[measure] }]));

  function lines(measure: 'perplexity' | 'klDivergence'): Line[] {
    return shown.map((item) => ({ label: `version ${item.version}`, points: linePoints(item.curve ?? [], measure) }));
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
            <FormSelect id="beside" value="" isDisabled={numbers.length >= MOST_BESIDE} onChange={(_event, value) => setBeside([...numbers, value].join(','))}>
              <FormSelectOption value="" label={numbers.length >= MOST_BESIDE ? 'no more have room' : 'draw another version'} />
              {(versions.data ?? [])
                .filter((item) => item.version !== version.version && !numbers.includes(item.version))
                .map((item) => (
                  <FormSelectOption key={item.version} value={String(item.version)} label={`version ${item.version}`} />
                ))}
            </FormSelect>
          </FormGroup>
          {numbers.length > 0 && (
            <LabelGroup aria-label="Versions beside it" numLabels={MOST_BESIDE}>
              {numbers.map((number) => (
                <Label key={number} isCompact onClose={() => setBeside(numbers.filter((other) => other !== number).join(','))} closeBtnAriaLabel={`Draw version ${number} no more`}>
                  version {number}
                </Label>
              ))}
            </LabelGroup>
          )}
        </GridItem>
      </Grid>
      <Missing query={versions} what="the other versions" />
      <Missing query={nodes} what="the nodes, which are not marked" />
      <Missing query={model} what="what other formats make of the model" />
      {others.map((other, index) =>
        other.error ? (
          <Failure key={numbers[index]} error={other.error} title={`Version ${numbers[index] ?? ''} is not drawn`} onRetry={() => void other.refetch()} />
        ) : other.data && !other.data.curve?.length ? (
          <p key={numbers[index]} role="status">
            Version {numbers[index]} has no curve.
          </p>
        ) : null,
      )}
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
      <CurveTable versions={shown} rows={rows.slice(EXTREMES.length)} nodes={nodes.data ?? []} />
    </>
  );
}
