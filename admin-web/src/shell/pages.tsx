import { lazy } from 'react';
import { Link, Route, Routes } from 'react-router';
import { OverviewPage } from '../overview/overview-page';
import { PageFrame } from '../ui/page';

// Each page but the first is read when it is gone to.
const ModelsPage = lazy(() => import('../models/models-page'));
const ModelPage = lazy(() => import('../models/model-page'));
const VersionPage = lazy(() => import('../version/version-page'));
const CompressPage = lazy(() => import('../compress/compress-page'));
const JobsPage = lazy(() => import('../jobs/jobs-page'));
const JobPage = lazy(() => import('../jobs/job-page'));
const NodesPage = lazy(() => import('../nodes/nodes-page'));
const NodePage = lazy(() => import('../nodes/node-page'));
const DeploymentsPage = lazy(() => import('../deployments/deployments-page'));
const PlaygroundPage = lazy(() => import('../playground/playground-page'));
const AccessPage = lazy(() => import('../access/access-page'));
const WebhookPage = lazy(() => import('../access/webhook-page'));
const StoragePage = lazy(() => import('../storage/storage-page'));

/** Which page is at which address. */
export function Pages() {
  return (
    <Routes>
      <Route path="/" element={<OverviewPage />} />
      <Route path="/models" element={<ModelsPage />} />
      <Route path="/models/:model" element={<ModelPage />} />
      <Route path="/models/:model/versions/:version" element={<VersionPage />} />
      <Route path="/compress" element={<CompressPage />} />
      <Route path="/jobs" element={<JobsPage />} />
      <Route path="/jobs/:job" element={<JobPage />} />
      <Route path="/nodes" element={<NodesPage />} />
      <Route path="/nodes/:node" element={<NodePage />} />
      <Route path="/deployments" element={<DeploymentsPage />} />
      <Route path="/playground" element={<PlaygroundPage />} />
      <Route path="/access" element={<AccessPage />} />
      <Route path="/access/webhooks/:webhook" element={<WebhookPage />} />
      <Route path="/storage" element={<StoragePage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function NotFound() {
  return (
    <PageFrame title="There is no such page">
      <p>
        <Link to="/">Go to the overview</Link>
      </p>
    </PageFrame>
  );
}
