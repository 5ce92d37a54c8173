import { Button, Progress } from '@patternfly/react-core';
import { useRef, useState } from 'react';
import { DropArea } from '../ui/drop-area';
import { bytes, percent } from '../ui/format';
import { UserText } from '../ui/text';
import { MOST_TEXT } from './wish';

const PIECE_BYTES = 256 * 1024;
/** Four bytes of UTF-8 make one character at most. */
const MOST_BYTES = 4 * MOST_TEXT;

interface Props {
  onText: (text: string) => void;
}

/** Takes a text file that is dropped or chosen, and reads it piece by piece. */
export function TextDrop({ onText }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState<{ name: string; read: number; size: number } | null>(null);
  const [fault, setFault] = useState('');

  async function take(file: File | undefined) {
    if (!file) {
      return;
    }
    setFault('');
    if (file.size > MOST_BYTES) {
      setFault(`${bytes(file.size)} is more than a text may have that is sent; put it on the server and give its path.`);
      return;
    }
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let text = '';
    try {
      for (let at = 0; at < file.size; at += PIECE_BYTES) {
        text += decoder.decode(await file.slice(at, at + PIECE_BYTES).arrayBuffer(), { stream: true });
        setSaid({ name: file.name, read: Math.min(file.size, at + PIECE_BYTES), size: file.size });
      }
      text += decoder.decode();
      onText(text);
    } catch {
      setFault('This is not a text in UTF-8.');
      setSaid(null);
      onText('');
    }
  }

  function drop(what: DataTransfer) {
    void take(what.files[0]);
  }

  return (
    <DropArea onDrop={drop}>
      <p>Drop a text file here (.txt or .jsonl, UTF-8), or</p>
      <Button variant="secondary" onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".txt,.jsonl,text/plain"
        className="pf-v6-screen-reader"
        aria-label="Calibration text"
        tabIndex={-1}
        onChange={(event) => void take(event.target.files?.[0])}
      />
      <div role="status">
        {said && (
          <Progress
            value={percent(said.read, said.size)}
            title={`${said.name}, ${bytes(said.size)}`}
            size="sm"
            aria-label={`Reading ${said.name}`}
          />
        )}
        {fault && <UserText text={fault} />}
      </div>
    </DropArea>
  );
}
