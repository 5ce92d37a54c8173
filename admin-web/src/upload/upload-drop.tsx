import { Alert, Button, Progress } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { json, url } from '../api/client';
import { useAction } from '../ui/action';
import { DropArea } from '../ui/drop-area';
import { bytes, count, percent, plural } from '../ui/format';
import { Failure } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { dropped } from './files';
import { forget, unfinished } from './memory';
import type { Upload } from '../api/types';
import { useUpload, type Stage } from './use-upload';

interface Props {
  id: string;
  /** What is to be dropped, as in "the model's files". */
  what: string;
  /** Text files alone, one at a time. */
  isText?: boolean;
  onDone: (upload: Upload) => void;
}

/** Takes files that are dropped or chosen and sends them, over lost connections and closed pages too. */
export function UploadDrop({ id, what, isText = false, onDone }: Props) {
  const files = useRef<HTMLInputElement>(null);
  const directory = useRef<HTMLInputElement>(null);
  const { stage, leftOut, begin, stop } = useUpload(onDone);
  const isSending = stage.kind === 'sending';

  function drop(what: DataTransfer) {
    if (!isSending) {
      void dropped(what).then((all) => begin(isText ? all.slice(0, 1) : all));
    }
  }

  function take(input: HTMLInputElement) {
    const all = [...(input.files ?? [])].filter((file) => file.webkitRelativePath.split('/').length <= 2);
    input.value = '';
    void begin(all);
  }

  return (
    <DropArea onDrop={drop}>
      <p>Drop {what} here, or</p>
      <div className="buttons centred">
        <Button variant="secondary" isDisabled={isSending} onClick={() => files.current?.click()}>
          {isText ? 'Choose a text file' : 'Choose files'}
        </Button>
        {!isText && (
          <Button variant="secondary" isDisabled={isSending} onClick={() => directory.current?.click()}>
            Choose a directory
          </Button>
        )}
      </div>
      <input
        ref={files}
        id={id}
        type="file"
        multiple={!isText}
        {...(isText ? { accept: '.txt,.jsonl,text/plain' } : {})}
        className="pf-v6-screen-reader"
        aria-label={isText ? `Text file: ${what}` : `Files: ${what}`}
        tabIndex={-1}
        onChange={(event) => take(event.target)}
      />
      {!isText && (
        <input
          ref={directory}
          type="file"
          {...{ webkitdirectory: '' }}
          className="pf-v6-screen-reader"
          aria-label={`Directory of ${what}`}
          tabIndex={-1}
          onChange={(event) => take(event.target)}
        />
      )}
      <Status stage={stage} onStop={stop} onAgain={(again) => void begin(again)} />
      {leftOut.length > 0 && (
        <p className="said">
          Left out: <UserText text={leftOut.join(', ')} longest={200} />
        </p>
      )}
      {stage.kind === 'nothing' && !isText && <Unfinished />}
    </DropArea>
  );
}

function Status({ stage, onStop, onAgain }: { stage: Stage; onStop: () => void; onAgain: (files: File[]) => void }) {
  return (
    <div className="upload-status">
      {(stage.kind === 'sending' || (stage.kind === 'stopped' && stage.progress)) && stage.progress && (
        <Progress
          value={percent(stage.progress.sentBytes, stage.progress.totalBytes)}
          title={`${bytes(stage.progress.sentBytes)} of ${bytes(stage.progress.totalBytes)}`}
          valueText={`${bytes(stage.progress.sentBytes)} of ${bytes(stage.progress.totalBytes)}`}
          size="sm"
          aria-label="Sent so far"
        />
      )}
      <div role="status">
        {stage.kind === 'sending' && stage.progress.waiting && <Alert isInline variant="warning" component="p" title="Waiting">{stage.progress.waiting}</Alert>}
        {stage.kind === 'sending' && !stage.progress.waiting && (
          <p className="said">
            Sending <UserText text={stage.progress.name} longest={80} />
          </p>
        )}
        {stage.kind === 'stopped' && <p className="said">Stopped. What was sent is kept for a day.</p>}
        {stage.kind === 'done' && (
          <Alert isInline variant="success" component="p" title={`${plural(stage.upload.files.length, 'file')}, ${bytes(stage.upload.sizeBytes)}: all there`}>
            {stage.upload.model && `${stage.upload.model.architecture} with ${count(stage.upload.model.weights)} weights`}
          </Alert>
        )}
      </div>
      {stage.kind === 'failed' && <Failure error={stage.error} title="Not sent" {...(stage.files.length > 0 ? { onRetry: () => onAgain(stage.files) } : {})} />}
      {stage.kind === 'sending' && (
        <Button variant="link" onClick={onStop}>
          Stop sending
        </Button>
      )}
      {stage.kind === 'stopped' && (
        <Button variant="link" onClick={() => onAgain(stage.files)}>
          Go on sending
        </Button>
      )}
    </div>
  );
}

/** What this browser began to send before and did not finish. */
function Unfinished() {
  const query = useQuery({ queryKey: ['uploads', 'unfinished'], queryFn: ({ signal }) => unfinished(signal), retry: false });
  const { isRunning, run } = useAction();
  return (query.data ?? []).map((upload) => (
    <Alert key={upload.id} isInline variant="info" component="p" title="An upload was not finished">
      <p>
        {plural(upload.files.length, 'file')} with <UserText text={upload.files[0]?.name ?? ''} longest={80} />, {bytes(upload.receivedBytes)} of {bytes(upload.sizeBytes)}, begun{' '}
        <Time iso={upload.createdAt} />. Choose the same files again and it goes on where it was.
      </p>
      <Button
        variant="link"
        isInline
        isDisabled={isRunning}
        onClick={() =>
          void run({ done: 'The unfinished upload was thrown away', failed: 'The unfinished upload was not thrown away' }, async () => {
            await json(url(['/api/v1/uploads', upload.id]), { method: 'DELETE' });
            forget(upload.id);
          })
        }
      >
        Throw it away
      </Button>
    </Alert>
  ));
}
