import { ActionGroup, Button, Form, FormGroup, Spinner, TextArea } from '@patternfly/react-core';
import { lazy, Suspense, useState } from 'react';
import { json, url } from '../api/client';
import type { Model } from '../api/types';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Empty } from '../ui/states';

const Markdown = lazy(() => import('../ui/markdown'));

/** The model's description, which is Markdown; publishers may write it. */
export function ReadmeTab({ model }: { model: Model }) {
  const [draft, setDraft] = useState<string | null>(null);
  const mayPublish = useMay('publish');
  const { isRunning, run } = useAction();

  async function save() {
    const before = model.description;
    const path = url(['/api/v1/models', model.name]);
    const undo = () =>
      void run({ done: 'The README is as it was', failed: 'The README is not as it was' }, () =>
        json(path, { method: 'PATCH', body: { description: before } }),
      );
    if (
      await run({ done: `README of ${model.name} saved`, failed: `README of ${model.name} not saved`, undo }, () =>
        json(path, { method: 'PATCH', body: { description: draft } }),
      )
    ) {
      setDraft(null);
    }
  }

  if (draft !== null) {
    return (
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="README, as Markdown" fieldId="readme">
          <TextArea id="readme" rows={16} value={draft} onChange={(_event, text) => setDraft(text)} resizeOrientation="vertical" />
        </FormGroup>
        <ActionGroup>
          <Button isLoading={isRunning} isDisabled={isRunning} onClick={() => void save()}>
            Save
          </Button>
          <Button variant="link" onClick={() => setDraft(null)}>
            Cancel
          </Button>
        </ActionGroup>
      </Form>
    );
  }
  return (
    <>
      {model.description === '' ? (
        <Empty title="No README yet" />
      ) : (
        <Suspense fallback={<Spinner aria-label="Loading the README" />}>
          <Markdown text={model.description} />
        </Suspense>
      )}
      {mayPublish && (
        <Button variant="secondary" className="more" onClick={() => setDraft(model.description)}>
          Edit
        </Button>
      )}
    </>
  );
}
