import { ActionGroup, Alert, Button, ExpandableSection, Form, FormFieldGroup, FormFieldGroupHeader, FormGroup, FormSelect, FormSelectOption, Radio } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { json, url } from '../api/client';
import { ApiError } from '../api/error';
import { useAll } from '../api/queries';
import type { Model } from '../api/types';
import type { Job } from '../api/types';
import { useMay } from '../session/session';
import { useToasts } from '../ui/toasts';
import { PageFrame } from '../ui/page';
import { Failure, NoPermission } from '../ui/states';
import { UploadDrop } from '../upload/upload-drop';
import type { Upload } from '../api/types';
import { useTakesUploads } from '../upload/use-upload';
import { Field } from './field';
import { ORDERS, CODECS } from './parameters';
import { ParameterTable } from './parameter-table';
import { SourceFields } from './source-fields';
import { TextDrop } from './text-drop';
import { addressOf, fromAddress } from './wish-address';
import { BLANK, body, faults, type Wish } from './wish';

const MOST_MODELS = 1000;
/** A model is registered if it is new, and a job begun that makes a version of it; nothing starts before all is in order. */
export default function CompressPage() {
  const [search, setSearch] = useSearchParams();
  const [wish, setWish] = useState(() => fromAddress(search));
  const [isTried, setTried] = useState(false);
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Error | null>(null);
  const mayPublish = useMay('publish');
  const models = useAll<Model>(['/api/v1/models'], MOST_MODELS);
  const navigate = useNavigate();
  const toasts = useToasts();
  const wrong = faults(wish);
  const takesUploads = useTakesUploads() ?? false;

  function change(part: Partial<Wish>) {
    const next = { ...wish, ...part };
    setWish(next);
    setRefusal(null);
    setSearch(addressOf(next), { replace: true, preventScrollReset: true });
  }

  function fault(name: string): string | undefined {
    return isTried || (wish[name as keyof Wish] !== undefined && wish[name as keyof Wish] !== '' && wish[name as keyof Wish] !== BLANK[name as keyof Wish])
      ? wrong[name]
      : undefined;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length > 0) {
      return;
    }
    setSending(true);
    setRefusal(null);
    try {
      if (wish.kind === 'path') {
        await json('/api/v1/source-checks', { method: 'POST', body: { path: wish.path } });
      }
      await register(wish.model);
      const job = await json<Job>('/api/v1/jobs', { method: 'POST', body: body(wish) });
      toasts.done(`The job of ${wish.model} was accepted`);
      void navigate(url(['/jobs', job.id]));
    } catch (cause) {
      setRefusal(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setSending(false);
    }
  }

  if (!mayPublish) {
    return (
      <PageFrame title="Register & compress">
        <NoPermission what="this form" />
      </PageFrame>
    );
  }
  const known = models.data?.some((model) => model.name === wish.model);
  return (
    <PageFrame title="Register & compress">
      <Form className="wide-form" onSubmit={(event) => void submit(event)} noValidate>
        <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: 'Model', id: 'group-model' }} />}>
          <Field
            id="model"
            label="Name"
            isRequired
            list="models"
            value={wish.model}
            fault={fault('model')}
            help={known === undefined ? 'A name that there is already gets another version, a new one is registered.' : known ? 'The job makes the next version of this model.' : 'A new name is registered.'}
            onChange={(model) => change({ model })}
          />
          <datalist id="models">
            {(models.data ?? []).map((model) => (
              <option key={model.name} value={model.name} />
            ))}
          </datalist>
        </FormFieldGroup>
        <SourceFields wish={wish} change={change} fault={fault} takesUploads={takesUploads} />
        <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: 'Texts', id: 'group-texts' }} />}>
          <FormGroup role="radiogroup" label="Calibration" fieldId="calibration">
            <Radio id="calibration-own" name="calibration" label="The model writes its own" description="Nothing is needed; quality is a little worse than with text of the kind it will see." isChecked={wish.calibration === 'own'} onChange={() => change({ calibration: 'own' })} />
            {takesUploads && <Radio id="calibration-built-in" name="calibration" label="A text that comes with the platform" description="General prose; better than none where the model's own kind of text is not at hand." isChecked={wish.calibration === 'built-in'} onChange={() => change({ calibration: 'built-in' })} />}
            <Radio id="calibration-file" name="calibration" label="A text file from here" isChecked={wish.calibration === 'file'} onChange={() => change({ calibration: 'file' })} />
            <Radio id="calibration-path" name="calibration" label="A text on the server" isChecked={wish.calibration === 'path'} onChange={() => change({ calibration: 'path' })} />
          </FormGroup>
          {wish.calibration === 'file' && (
            <>
              {takesUploads ? (
                <UploadDrop id="calibration-upload" what="a text file to calibrate on (.txt or .jsonl, UTF-8)" isText onDone={(upload) => change({ calibrationUpload: textOf(upload) })} />
              ) : (
                <TextDrop onText={(calibrationText) => change({ calibrationText })} />
              )}
              {wish.calibrationUpload && <p className="said">Chosen: <code>{wish.calibrationUpload}</code></p>}
              {fault('calibration') && <Alert isInline isPlain variant="danger" component="p" title={fault('calibration')} />}
            </>
          )}
          {wish.calibration === 'path' && (
            <Field id="calibrationPath" label="Path of the calibration text" isRequired value={wish.calibrationPath} fault={fault('calibrationPath')} onChange={(calibrationPath) => change({ calibrationPath })} />
          )}
          <Field
            id="evaluationPath"
            label="Path of the evaluation text"
            value={wish.evaluationPath}
            fault={fault('evaluationPath')}
            help="Held-out text on the server, for the quality curve; without one a text that comes with the platform is taken. It must not be the calibration text."
            onChange={(evaluationPath) => change({ evaluationPath })}
          />
          {takesUploads && (
            <UploadDrop id="evaluation-upload" what="a held-out text (.txt or .jsonl, UTF-8)" isText onDone={(upload) => change({ evaluationPath: textOf(upload) })} />
          )}
        </FormFieldGroup>
        <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: 'Codec', id: 'group-codec' }} />}>
          <FormGroup label="Codec" fieldId="codec">
            <FormSelect id="codec" value={wish.codec} onChange={(_event, codec) => change({ codec, parameters: {} })}>
              {Object.entries(CODECS).map(([name, { what }]) => (
                <FormSelectOption key={name} value={name} label={`${name}: ${what}`} />
              ))}
            </FormSelect>
          </FormGroup>
          <ExpandableSection toggleText="Parameters: the defaults suit most models">
            <FormGroup label="Order" fieldId="order">
              <FormSelect id="order" value={wish.order} onChange={(_event, order) => change({ order })}>
                <FormSelectOption value="" label="as usual for the codec" />
                {Object.entries(ORDERS).map(([name, words]) => (
                  <FormSelectOption key={name} value={name} label={words} />
                ))}
              </FormSelect>
            </FormGroup>
            <Field id="contextTokens" label="Tokens of a window" value={wish.contextTokens} fault={fault('contextTokens')} help="Longer windows take more memory and time." onChange={(contextTokens) => change({ contextTokens })} />
            <Field id="priority" label="Priority" value={wish.priority} fault={fault('priority')} help="Of the jobs that wait, those with the highest run first." onChange={(priority) => change({ priority })} />
            <ParameterTable wish={wish} change={change} faults={wrong} />
          </ExpandableSection>
        </FormFieldGroup>
        {refusal && <Failure error={refusal} title={refusal instanceof ApiError ? 'Nothing was started' : 'This failed'} />}
        {isTried && Object.keys(wrong).length > 0 && (
          <Alert isInline variant="danger" component="p" title="Some fields have to be changed first">
            {Object.values(wrong).join(' ')}
          </Alert>
        )}
        <ActionGroup>
          <Button type="submit" isLoading={isSending} isDisabled={isSending}>
            Check and start
          </Button>
        </ActionGroup>
      </Form>
    </PageFrame>
  );
}

/** How a job names the one text of an upload. */
function textOf(upload: Upload): string {
  return `upload:${upload.id}/${upload.files[0]?.name ?? ''}`;
}

/** Registers the model unless it is there. */
async function register(name: string): Promise<void> {
  try {
    await json('/api/v1/models', { method: 'POST', body: { name } });
  } catch (cause) {
    if (!(cause instanceof ApiError && cause.code === 'MODEL_EXISTS')) {
      throw cause;
    }
  }
}
