/**
 * Names for the generated types. The documents do not say which members are always there (docs/api-registry.md and
 * docs/api-compression.md do), so each name lists those that may be left out.
 */
import type { components as compression } from './generated/compression';
import type { components } from './generated/registry';

type Schemas = components['schemas'];
type Compression = compression['schemas'];

/** All members are there, except the named ones, which may be left out or null. */
type Answer<T, Absent extends keyof T = never> = {
  [K in Exclude<keyof T, Absent>]-?: NonNullable<T[K]>;
} & { [K in Absent]?: T[K] | null };

export interface Page<T> {
  items: T[];
  next?: string | number | null;
}

export type Alias = Answer<Schemas['io.bitstack.registry.version.AliasView']>;
export type AliasChange = Answer<Schemas['io.bitstack.registry.version.AliasChange.View'], 'version'>;
export type Blob = Answer<Schemas['io.bitstack.registry.stack.ResidualBlock.BlockView']>;
export type CurvePoint = Answer<Schemas['io.bitstack.core.stack.StackManifest.CurvePoint']>;
export type Delivery = Answer<
  Schemas['io.bitstack.registry.webhook.Webhooks.DeliveryView'],
  'responseStatus' | 'error' | 'deliveredAt'
>;
export type Deployment = Answer<Schemas['io.bitstack.registry.deployment.DeploymentView'], 'alias' | 'version' | 'nodes' | 'selector' | 'sizing'>;
export type Difference = Answer<Schemas['io.bitstack.registry.compare.VersionDiff.Difference']>;
export type Found = Answer<Schemas['io.bitstack.registry.collect.StorageCheck.Found'], 'next'>;
export type Hit = Answer<Schemas['io.bitstack.registry.compare.VersionSearch.Hit'], 'architecture' | 'bestPerplexity' | 'blocks' | 'bpw' | 'codec' | 'minimalBytes' | 'sizeBytes' | 'stackDigest' | 'tags' | 'weights'>;
export type Key = Answer<Schemas['io.bitstack.registry.key.ApiKey.View'], 'expiresAt' | 'lastUsedAt' | 'prefix' | 'replacedBy' | 'revokedAt'>;
export type MadeKey = Answer<Schemas['io.bitstack.registry.key.Keys.Made'], 'expiresAt'>;
export type Lineage = Answer<
  Schemas['io.bitstack.registry.lineage.Lineages.View'],
  'calibration' | 'evaluation' | 'job' | 'parameters' | 'source' | 'tool'
>;
export type PlanRow = Answer<
  Schemas['io.bitstack.registry.resolve.PlanTable.Row'],
  Exclude<keyof Schemas['io.bitstack.registry.resolve.PlanTable.Row'], 'budgetBytes'>
>;
export type Report = Answer<Schemas['io.bitstack.registry.collect.CollectionReport']>;
export type Scope = Key['scope'];
type ScrubSchema = Schemas['io.bitstack.registry.scrub.ScrubResult'];
/** What a scrub of a node, or a check of a stack or the store, has found. */
export type ScrubResult = Answer<Omit<ScrubSchema, 'bad'>, 'subject' | 'endedAt'> & { bad: Answer<Schemas['io.bitstack.registry.scrub.BadBlob']>[] };
export type Signature = Answer<Schemas['io.bitstack.registry.signing.Signing.SignatureView']>;
export type SigningKey = Answer<Schemas['io.bitstack.registry.signing.Signing.KeyView']>;
export type Totals = Answer<Schemas['io.bitstack.registry.collect.StorageCheck.Totals']>;
export type Webhook = Answer<Schemas['io.bitstack.registry.webhook.Webhooks.View'], 'secret'>;

type Bare = Schemas['io.bitstack.registry.version.VersionView'];

export type Version = Answer<
  Omit<Bare, 'curve'>,
  'bestPerplexity' | 'condemnedAt' | 'createdBy' | 'description' | 'fullPerplexity' | 'job' | 'lineage' | 'parameters' | 'runId' | 'source' | 'tags'
> & { curve?: CurvePoint[] | null };

export type Model = Omit<
  Answer<Schemas['io.bitstack.registry.catalog.ModelView'], 'newest' | 'tags'>,
  'aliases' | 'newest'
> & { aliases: Alias[]; newest?: Version | null };

export type Ledger = Answer<Schemas['io.bitstack.registry.node.NodeReport.Ledger'], 'jvmBytes' | 'tablesBytes'>;

type NodeSchema = Omit<Schemas['io.bitstack.registry.node.NodeView'], 'accessToken' | 'cache' | 'drainedAt' | 'ledger' | 'memory' | 'revokedAt' | 'scrub'>;

export type Node = Answer<
  NodeSchema,
  | 'bpw'
  | 'desiredBudgetShare'
  | 'firstPrefixMillis'
  | 'probe'
  | 'requests'
  | 'settledOn'
  | 'startedAt'
  | 'contextTokens'
  | 'desiredBudgetBytes'
  | 'expectedPerplexity'
  | 'labels'
  | 'lastResizeMillis'
  | 'model'
  | 'problem'
  | 'stackDigest'
  | 'tokensPerSecond'
  | 'version'
> & {
  ledger?: Ledger | null;
  cache?: Answer<Schemas['io.bitstack.registry.node.NodeReport.Cache']> | null;
  memory?: Partial<Schemas['io.bitstack.registry.node.NodeReport.Memory']> | null;
  /** The last scrub of its cache that is done. */
  scrub?: Answer<Schemas['io.bitstack.registry.node.NodeReport.Scrub']> | null;
  /** Since when it is sent no requests, because somebody wanted so. */
  drainedAt?: string | null;
  /** Since when its key is good for nothing. */
  revokedAt?: string | null;
};

export type CheckedSource = Answer<Compression['io.bitstack.compression.source.CheckedSource']>;
export type LogLine = Answer<Compression['io.bitstack.compression.job.JobLog.Line']>;

type JobSchema = Omit<Compression['io.bitstack.compression.job.JobView'], 'error'>;

export type Job = Answer<
  JobSchema,
  | 'currentError'
  | 'currentMatrix'
  | 'etaSeconds'
  | 'finishedAt'
  | 'retryOf'
  | 'stackDigest'
  | 'startedAt'
  | 'step'
  | 'version'
> & { error?: Answer<Compression['io.bitstack.compression.job.JobView.Failure']> | null };

export type UploadFile = Answer<Compression['io.bitstack.compression.upload.UploadView.File']>;

type UploadSchema = Omit<Compression['io.bitstack.compression.upload.UploadView'], 'files' | 'model'>;

/** A set of files that is sent to the platform piece by piece. */
export type Upload = Answer<UploadSchema, 'expiresAt'> & {
  files: UploadFile[];
  /** What the files are, once all are there. */
  model?: Answer<Compression['io.bitstack.compression.upload.UploadView.Model']> | null;
};
