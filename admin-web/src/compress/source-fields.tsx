import { Alert, Button, FormFieldGroup, FormFieldGroupHeader, FormGroup, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { json } from '../api/client';
import type { CheckedSource } from '../api/types';
import { bytes, count } from '../ui/format';
import { Failure } from '../ui/states';
import { UploadDrop } from '../upload/upload-drop';
import { Field } from './field';
import type { Wish } from './wish';

interface Props {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  fault: (name: string) => string | undefined;
  takesUploads: boolean;
}

/** Where the model comes from. A place on the server can be looked at before anything is started. */
export function SourceFields({ wish, change, fault, takesUploads }: Props) {
  const [checked, setChecked] = useState<CheckedSource | null>(null);
  const [refusal, setRefusal] = useState<Error | null>(null);
  const [isChecking, setChecking] = useState(false);

  async function check() {
    setChecking(true);
    setRefusal(null);
    setChecked(null);
    try {
      setChecked(await json<CheckedSource>('/api/v1/source-checks', { method: 'POST', body: { path: wish.path } }));
    } catch (cause) {
      setRefusal(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setChecking(false);
    }
  }

  return (
    <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: 'Source', id: 'group-source' }} />}>
      <FormGroup role="radiogroup" label="Where the model is" fieldId="kind">
        <Radio id="kind-path" name="kind" label="A directory or GGUF file on the server" isChecked={wish.kind === 'path'} onChange={() => change({ kind: 'path' })} />
        <Radio id="kind-upload" name="kind" label="Files from here" isDisabled={!takesUploads} description={takesUploads ? undefined : 'This platform takes no uploads.'} isChecked={wish.kind === 'upload'} onChange={() => change({ kind: 'upload' })} />
        <Radio id="kind-hub" name="kind" label="A model hub" isChecked={wish.kind === 'hub'} onChange={() => change({ kind: 'hub' })} />
        <Radio id="kind-s3" name="kind" label="A bucket" isChecked={wish.kind === 's3'} onChange={() => change({ kind: 's3' })} />
      </FormGroup>
      {wish.kind === 'path' && (
        <>
          <Field
            id="path"
            label="Path"
            isRequired
            value={wish.path}
            fault={fault('path')}
            help="Below a directory that the operator allowed."
            onChange={(path) => {
              setChecked(null);
              change({ path });
            }}
          />
          <div>
            <Button variant="secondary" isLoading={isChecking} isDisabled={isChecking || wish.path === ''} onClick={() => void check()}>
              Check the source
            </Button>
          </div>
          <div role="status">
            {checked && (
              <Alert isInline variant="success" component="p" title={`${checked.architecture} with ${count(checked.weights)} weights`}>
                {count(checked.tensors)} tensors, {bytes(checked.sizeBytes)}
              </Alert>
            )}
            {refusal && <Failure error={refusal} title="The source is not in order" />}
          </div>
        </>
      )}
      {wish.kind === 'upload' && takesUploads && (
        <>
          <UploadDrop id="model-upload" what="the model's files or its directory (config.json, tokenizer.json, *.safetensors, or a GGUF file)" onDone={(upload) => change({ upload: upload.id })} />
          {wish.upload && <p className="said">Chosen: upload <code>{wish.upload}</code></p>}
          {fault('upload') && <Alert isInline isPlain variant="danger" component="p" title={fault('upload')} />}
        </>
      )}
      {wish.kind === 'hub' && (
        <>
          <Field id="repository" label="Repository" isRequired placeholder="owner/name" value={wish.repository} fault={fault('repository')} onChange={(repository) => change({ repository })} />
          <Field id="revision" label="Revision" value={wish.revision} help="A branch, tag or commit; pinned to the commit that it is now." onChange={(revision) => change({ revision })} />
          <Field id="file" label="File" value={wish.file} help="A GGUF file of the repository; empty for the safetensors files." onChange={(file) => change({ file })} />
        </>
      )}
      {wish.kind === 's3' && (
        <>
          <Field id="bucket" label="Bucket" isRequired value={wish.bucket} fault={fault('bucket')} onChange={(bucket) => change({ bucket })} />
          <Field id="prefix" label="Prefix" value={wish.prefix} help="Below a prefix that the operator allowed." onChange={(prefix) => change({ prefix })} />
          <Field id="file" label="File" value={wish.file} help="A GGUF file; empty for the safetensors files." onChange={(file) => change({ file })} />
        </>
      )}
    </FormFieldGroup>
  );
}
