import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { MemoryRouter, useLocation } from 'react-router';
import { afterEach, expect, it, vi } from 'vitest';
import type { Job, Model, Node, Version } from './api';
import { JobTable } from './jobs';
import { ModelTable } from './models';
import { NodeTable, usedBytes } from './nodes';
import { KeyContext } from './session';

afterEach(() => vi.unstubAllGlobals());

const node: Node = {
  name: 'edge-1',
  state: 'ready',
  budgetBytes: 200_000_000,
  model: 'demo',
  version: 3,
  blocks: 420,
  heldBytes: 100_000_000,
  ledger: { blocksBytes: 90_000_000, baseBytes: 10_000_000, kvCacheBytes: 40_000_000, scratchBytes: 10_000_000 },
  bpw: 4.126,
  expectedPerplexity: 31.5,
  tokensPerSecond: 12.34,
  activeRequests: 2,
  queuedRequests: 1,
};

it('shows what counts against a node’s budget', () => {
  expect(usedBytes(node)).toBe(150_000_000);
  render(<NodeTable nodes={[node]} titleId="t" />);
  const bar = screen.getByRole('progressbar', { name: 'Memory used by edge-1' });
  expect(bar).toHaveAttribute('aria-valuenow', '75');
  const row = screen.getByRole('row', { name: /edge-1/ });
  for (const text of ['ready', 'demo@3', '420', 'held 100 MB, KV cache 40.0 MB, scratch 10.0 MB', '4.13', '31.50', '12.3', '2 running, 1 waiting']) {
    expect(within(row).getByText(text)).toBeInTheDocument();
  }
});

it('says what is wrong with a node, and which budget it is changing to', () => {
  const troubled: Node = {
    ...node,
    budgetBytes: 120_000_000,
    desiredBudgetBytes: 80_000_000,
    state: 'loading',
    problem: 'the budget is 5 MB too small',
  };
  render(<NodeTable nodes={[troubled]} titleId="t" />);
  expect(screen.getByText('the budget is 5 MB too small')).toBeInTheDocument();
  expect(screen.getByText('changing to a budget of 80.0 MB')).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Memory used by edge-1' })).toHaveAttribute('aria-valuenow', '100');
});

function Address() {
  return <output>{useLocation().search}</output>;
}

function renderModels(models: Model[], address: string) {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <KeyContext.Provider value="bsk_test">
        <MemoryRouter initialEntries={[address]}>
          <ModelTable models={models} titleId="t" />
          <Address />
        </MemoryRouter>
      </KeyContext.Provider>
    </QueryClientProvider>,
  );
}

const version2: Version = {
  version: 2,
  stackDigest: `sha256:0123456789abcdef${'0'.repeat(48)}`,
  architecture: 'LlamaForCausalLM',
  codec: 'nested',
  weights: 5_000_000,
  blocks: 200,
  minimalBytes: 2_500_000,
  sizeBytes: 6_000_000,
  minimalBpw: 3.2,
  bpw: 8.4,
  fullPerplexity: 20.04,
  bestPerplexity: 20.11,
  createdAt: '2026-01-02T00:00:00Z',
};

const published: Model = {
  name: 'demo',
  description: 'a small one',
  createdAt: '2026-01-01T00:00:00Z',
  aliases: [{ alias: 'prod', version: 1 }],
  newest: version2,
};

it('opens a model’s versions and keeps that in the address', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    const version1: Version = { ...version2, version: 1, codec: 'iabd', bestPerplexity: 33.5, minimalBytes: 6_000_000 };
    return Promise.resolve(new Response(JSON.stringify({ items: [version1, version2], next: null })));
  });
  const user = userEvent.setup();
  renderModels([published], '/?other=kept');

  await user.click(screen.getByRole('button', { name: /demo/ }));
  const table = await screen.findByRole('grid', { name: 'Versions of demo' });
  expect(asked[0]).toBe('/api/v1/models/demo/versions?limit=200');
  const rows = within(table).getAllByRole('row').slice(1);
  expect(rows).toHaveLength(2);
  for (const text of ['2', 'nested', '3.20 – 8.40', '20.11', 'full model 20.04', 'sha256:0123456789ab', '–']) {
    expect(within(rows[0]!).getByText(text)).toBeInTheDocument();
  }
  for (const text of ['1', 'iabd', '6.00 MB', '33.50', 'prod']) {
    expect(within(rows[1]!).getByText(text)).toBeInTheDocument();
  }
  expect(screen.getByText('?other=kept&open=demo')).toBeInTheDocument();

  await user.click(within(rows[0]!).getByRole('button', { name: 'Copy the digest of demo@2' }));
  expect(await navigator.clipboard.readText()).toBe(version2.stackDigest);
  expect(within(rows[0]!).getByRole('status')).toHaveTextContent('copied');

  await user.click(screen.getByRole('button', { name: /Details|demo$/ }));
  expect(screen.queryByRole('grid', { name: 'Versions of demo' })).not.toBeInTheDocument();
  expect(screen.getByText('?other=kept')).toBeInTheDocument();
});

it('shows the rows open that the address names', async () => {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(JSON.stringify({ detail: 'the database is away', code: 'INTERNAL_ERROR' }), { status: 500 })),
  );
  renderModels([published], '/?open=demo');
  expect(await screen.findByText(/the database is away \(INTERNAL_ERROR\)/)).toBeInTheDocument();
});

it('shows a model’s range of sizes, and one without a version', () => {
  const empty: Model = { name: 'empty', description: '', createdAt: '2026-01-01T00:00:00Z', aliases: [] };
  renderModels([published, empty], '/');
  expect(screen.getByText('3.20 – 8.40')).toBeInTheDocument();
  expect(screen.getByText('2.50 MB – 6.00 MB')).toBeInTheDocument();
  expect(screen.getByText('20.11')).toBeInTheDocument();
  expect(screen.getByText('prod → 1')).toBeInTheDocument();
  expect(screen.getByText('no version published yet')).toBeInTheDocument();
});

it('shows a job’s progress, and why one failed', () => {
  const running: Job = {
    id: '1',
    model: 'demo',
    state: 'encoding',
    step: 'encode',
    matricesDone: 5,
    matricesTotal: 20,
    bytesWritten: 1_000_000,
    etaSeconds: 75,
    currentMatrix: 'model.layers.1.mlp.up_proj.weight',
    createdAt: '2026-01-01T00:00:00Z',
  };
  const failed: Job = {
    id: '2',
    model: 'broken',
    state: 'failed',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:01:30Z',
    error: { code: 'WEIGHTS_NOT_FINITE', detail: 'element 7 is NaN' },
    createdAt: '2026-01-01T00:00:00Z',
  };
  render(<JobTable jobs={[running, failed]} titleId="t" />);
  expect(screen.getByRole('progressbar', { name: 'encode' })).toHaveAttribute('aria-valuenow', '25');
  expect(screen.getByText('1 min 15 s')).toBeInTheDocument();
  expect(screen.getByText('model.layers.1.mlp.up_proj.weight')).toBeInTheDocument();
  expect(screen.getByText('5 of 20 matrices')).toBeInTheDocument();
  expect(screen.getByText('WEIGHTS_NOT_FINITE')).toBeInTheDocument();
  expect(screen.getByText('element 7 is NaN')).toBeInTheDocument();
  expect(screen.getByText('took 1 min 30 s')).toBeInTheDocument();
});
