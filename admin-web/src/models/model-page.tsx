import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { json, url } from '../api/client';
import { useRead } from '../api/queries';
import type { Model } from '../api/types';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { PageFrame } from '../ui/page';
import { Loaded } from '../ui/states';
import { PageTabs } from '../ui/tabs';
import { AliasesTab } from './aliases-tab';
import { ReadmeTab } from './readme-tab';
import { TagsTab } from './tags-tab';
import { VersionsTab } from './versions-tab';

/** One model: its versions, aliases, README and tags. */
export default function ModelPage() {
  const { model: name = '' } = useParams();
  const path = url(['/api/v1/models', name]);
  const query = useRead<Model>(path, { refreshMillis: 5000 });
  const mayPublish = useMay('publish');
  const [isDeleting, setDeleting] = useState(false);
  const { run } = useAction();
  const navigate = useNavigate();

  async function remove() {
    const undo = () =>
      void run({ done: `Model ${name} is back`, failed: `Model ${name} is not back` }, () => json(`${path}/restore`, { method: 'POST' }));
    const isDone = await run({ done: `Model ${name} was deleted`, failed: `Model ${name} was not deleted`, undo }, () =>
      json(path, { method: 'DELETE' }),
    );
    if (isDone) {
      void navigate('/models');
    }
  }

  return (
    <PageFrame
      title="Model"
      name={name}
      above={[['Models', '/models']]}
      actions={
        mayPublish && (
          <>
            <Button variant="secondary" component={(props) => <Link {...props} to={url(['/compress'], { model: name })} />}>
              Compress a version
            </Button>
            <Button variant="secondary" isDanger onClick={() => setDeleting(true)}>
              Delete
            </Button>
          </>
        )
      }
    >
      <Loaded query={query} what={`the model ${name}`}>
        {(model) => (
          <PageTabs
            label={`Parts of the model ${name}`}
            tabs={[
              { key: 'versions', title: 'Versions', content: () => <VersionsTab model={model} /> },
              { key: 'aliases', title: 'Aliases', content: () => <AliasesTab model={model} /> },
              { key: 'readme', title: 'README', content: () => <ReadmeTab model={model} /> },
              {
                key: 'tags',
                title: 'Tags',
                content: () => <TagsTab path={`${path}/tags`} of={name} tags={model.tags ?? {}} />,
              },
            ]}
          />
        )}
      </Loaded>
      {isDeleting && (
        <Confirm title={`Delete the model ${name}?`} verb="Delete" isDanger onConfirm={remove} onClose={() => setDeleting(false)}>
          It and its versions become invisible at once. Until the next collection after the grace period it can be taken back.
        </Confirm>
      )}
    </PageFrame>
  );
}
