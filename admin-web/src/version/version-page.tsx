import { Button, Flex, FlexItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useParams } from 'react-router';
import { json, url } from '../api/client';
import { useRead } from '../api/queries';
import type { Version } from '../api/types';
import { useMay } from '../session/session';
import { TagsTab } from '../models/tags-tab';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { Go } from '../ui/go';
import { State } from '../ui/labels';
import { PageFrame } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { PageTabs } from '../ui/tabs';
import { CompareTab } from './compare-tab';
import { CurveTab } from './curve-tab';
import { DetailsTab } from './details-tab';
import { LineageTab } from './lineage-tab';
import { StackTab } from './stack-tab';

/** One version: what each size of it is worth, what it is made of, and where it came from. */
export default function VersionPage() {
  const { model = '', version: number = '' } = useParams();
  const path = url(['/api/v1/models', model, '/versions', number]);
  const query = useRead<Version>(path, { refreshMillis: 15_000 });
  const name = `${model}@${number}`;
  return (
    <PageFrame
      title="Version"
      name={name}
      above={[
        ['Models', '/models'],
        [model, url(['/models', model])],
      ]}
      actions={query.data && <Actions version={query.data} path={path} />}
    >
      <Loaded query={query} what={`the version ${name}`}>
        {(version) =>
          version.stackDigest ? (
            <PageTabs
              label={`Parts of ${name}`}
              tabs={[
                { key: 'curve', title: 'Quality against size', content: () => <CurveTab version={version} /> },
                { key: 'stack', title: 'Stack', content: () => <StackTab version={version} /> },
                { key: 'compare', title: 'Compare', content: () => <CompareTab version={version} /> },
                { key: 'lineage', title: 'Lineage', content: () => <LineageTab version={version} /> },
                { key: 'details', title: 'Details', content: () => <DetailsTab version={version} /> },
                { key: 'tags', title: 'Tags', content: () => <TagsTab path={`${path}/tags`} of={name} tags={version.tags ?? {}} /> },
              ]}
            />
          ) : (
            <Empty title="This version has no stack">It is a draft without files here; publish a stack under its number.</Empty>
          )
        }
      </Loaded>
    </PageFrame>
  );
}

const NEXT: Record<string, { state: string; verb: string }> = {
  ready: { state: 'archived', verb: 'Archive' },
  archived: { state: 'ready', verb: 'Make ready' },
  draft: { state: 'ready', verb: 'Make ready' },
};

function Actions({ version, path }: { version: Version; path: string }) {
  const mayPublish = useMay('publish');
  const mayAdminister = useMay('administer');
  const [isDeleting, setDeleting] = useState(false);
  const { isRunning, run } = useAction();
  const name = `${version.model}@${version.version}`;
  const next = NEXT[version.state];

  function become(state: string, undo?: () => void) {
    return run({ done: `${name} is ${state}`, failed: `${name} did not become ${state}`, ...(undo ? { undo } : {}) }, () =>
      json(path, { method: 'PATCH', body: { state } }),
    );
  }

  async function remove() {
    await run(
      { done: `${name} was deleted`, failed: `${name} was not deleted`, undo: () => void become('archived') },
      () => json(path, { method: 'DELETE' }),
    );
  }

  return (
    <Flex>
      <FlexItem>
        <State state={version.state} />
      </FlexItem>
      {mayAdminister && version.state === 'ready' && version.stackDigest && (
        <FlexItem>
          <Go to={url(['/deployments'], { new: '1', model: version.model, target: `version ${version.version}` })}>Deploy</Go>
        </FlexItem>
      )}
      {version.stackDigest && (
        <FlexItem>
          <Button variant="secondary" component="a" href={url(['/api/v1/stacks', version.stackDigest, '/export'])} download={`${version.model}-${version.version}.bitstack`}>
            Download
          </Button>
        </FlexItem>
      )}
      {mayPublish && next && (
        <FlexItem>
          <Button variant="secondary" isDisabled={isRunning} onClick={() => void become(next.state, () => void become(version.state))}>
            {next.verb}
          </Button>
        </FlexItem>
      )}
      {mayPublish && version.state !== 'condemned' && (
        <FlexItem>
          <Button variant="secondary" isDanger onClick={() => setDeleting(true)}>
            Delete
          </Button>
        </FlexItem>
      )}
      {isDeleting && (
        <Confirm title={`Delete ${name}?`} verb="Delete" isDanger onConfirm={remove} onClose={() => setDeleting(false)}>
          It becomes invisible at once; until the next collection after the grace period it can be taken back.
        </Confirm>
      )}
    </Flex>
  );
}
