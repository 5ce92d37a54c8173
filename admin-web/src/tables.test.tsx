import { render, screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Job, Model, Node } from './api';
import { JobTable } from './jobs';
import { ModelTable } from './models';
import { NodeTable, usedBytes } from './nodes';

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
  for (const text of ['ready', 'demo @3', '420', '100 MB', '4.13', '31.50', '12.3', '2 running, 1 waiting']) {
    expect(within(row).getByText(text)).toBeInTheDocument();
  }
});

it('shows a model’s range of sizes, and one without a version', () => {
  const published: Model = {
    name: 'demo',
    description: 'a small one',
    createdAt: '2026-01-01T00:00:00Z',
    aliases: [{ alias: 'prod', version: 2 }],
    newest: {
      version: 2,
      stackDigest: 'sha256:00',
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
    },
  };
  const empty: Model = { name: 'empty', description: '', createdAt: '2026-01-01T00:00:00Z', aliases: [] };
  render(<ModelTable models={[published, empty]} titleId="t" />);
  expect(screen.getByText('3.20 – 8.40')).toBeInTheDocument();
  expect(screen.getByText('2.50 MB – 6.00 MB')).toBeInTheDocument();
  expect(screen.getByText('20.11')).toBeInTheDocument();
  expect(screen.getByText('prod → 2')).toBeInTheDocument();
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
    error: { code: 'WEIGHTS_NOT_FINITE', detail: 'element 7 is NaN' },
    createdAt: '2026-01-01T00:00:00Z',
  };
  render(<JobTable jobs={[running, failed]} titleId="t" />);
  expect(screen.getByRole('progressbar', { name: 'encode for demo' })).toHaveAttribute('aria-valuenow', '25');
  expect(screen.getByText('1 min 15 s')).toBeInTheDocument();
  expect(screen.getByText('model.layers.1.mlp.up_proj.weight')).toBeInTheDocument();
  expect(screen.getByText('WEIGHTS_NOT_FINITE')).toBeInTheDocument();
});
