import { ActionGroup, Button, Form, FormGroup, FormHelperText, FormSelect, FormSelectOption, Grid, GridItem, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { ApiError } from '../api/error';
import { useAll } from '../api/queries';
import type { Node } from '../api/types';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { Go } from '../ui/go';
import { PageFrame } from '../ui/page';
import { Empty, Loaded, NoPermission } from '../ui/states';
import { ask, curl, type Message, type Question } from './chat';
import { Parameters, useParameters } from './parameters';
import { Side, type Turn } from './side';

const MOST_NODES = 1000;
const REFRESH_MILLIS = 2000;

/** Chats with one model at two sizes at once. */
export default function PlaygroundPage() {
  const nodes = useAll<Node>(['/api/v1/nodes'], MOST_NODES, { refreshMillis: REFRESH_MILLIS });
  const mayInfer = useMay('infer');
  return (
    <PageFrame title="Playground">
      {mayInfer ? (
        <Loaded query={nodes} what="the nodes">
          {(all) => <Ready nodes={all.filter((node) => node.state === 'ready' && node.model)} />}
        </Loaded>
      ) : (
        <NoPermission what="the Playground" />
      )}
    </PageFrame>
  );
}

function Ready({ nodes }: { nodes: Node[] }) {
  const [wanted, setWanted] = useAddress('model');
  const models = [...new Set(nodes.map((node) => node.model ?? ''))].sort();
  const model = models.includes(wanted) ? wanted : models[0];
  if (model === undefined) {
    return <Empty title="No node is ready" action={<Go to="/deployments?new=1">Deploy a model</Go>}>Deploy a model; as soon as a node holds its minimal prefix it can be asked.</Empty>;
  }
  const bySize = nodes.filter((node) => node.model === model).sort((a, b) => (a.bpw ?? 0) - (b.bpw ?? 0));
  return (
    <>
      <FormGroup label="Model" fieldId="playground-model" className="narrow">
        <FormSelect id="playground-model" value={model} onChange={(_event, value) => setWanted(value)}>
          {models.map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
      </FormGroup>
      <Chat key={model} model={model} nodes={bySize} />
    </>
  );
}

type SideName = 'left' | 'right';
const SIDES: SideName[] = ['left', 'right'];

function Chat({ model, nodes }: { model: string; nodes: Node[] }) {
  const [left, setLeft] = useAddress('left', nodes[0]?.name ?? '');
  const [right, setRight] = useAddress('right', nodes.at(-1)?.name ?? '');
  const chosen = { left, right };
  const [turns, setTurns] = useState<Record<SideName, Turn[]>>({ left: [], right: [] });
  const [text, setText] = useState('');
  const [running, setRunning] = useState<AbortController | null>(null);
  const parameters = useParameters();
  const current = useRef<AbortController | null>(null);

  useEffect(() => () => current.current?.abort(), []);

  function question(side: SideName, asked: string): Question {
    const messages: Message[] = turns[side]
      .filter((turn) => !turn.error)
      .flatMap((turn): Message[] => [
        { role: 'user', content: turn.question },
        { role: 'assistant', content: turn.answer },
      ]);
    return { ...parameters.values, model, node: chosen[side], messages: [...messages, { role: 'user', content: asked }] };
  }

  function change(side: SideName, part: (turn: Turn) => Turn) {
    setTurns((before) => {
      const all = before[side];
      const last = all.at(-1);
      return last ? { ...before, [side]: [...all.slice(0, -1), part(last)] } : before;
    });
  }

  async function answer(side: SideName, asked: string, stop: AbortController) {
    const wanted = question(side, asked);
    try {
      const measured = await ask(wanted, stop.signal, (piece, measured) => change(side, (turn) => ({ ...turn, answer: turn.answer + piece, measured })));
      change(side, (turn) => ({ ...turn, measured }));
    } catch (cause) {
      const error = stop.signal.aborted
        ? 'Stopped'
        : cause instanceof ApiError
          ? `${cause.code ? `${cause.code}: ` : ''}${cause.message} ${cause.advice}`
          : String(cause);
      change(side, (turn) => ({ ...turn, error }));
    }
  }

  async function send(event?: FormEvent) {
    event?.preventDefault();
    const asked = text.trim();
    if (asked === '' || running) {
      return;
    }
    const stop = new AbortController();
    current.current = stop;
    setRunning(stop);
    setText('');
    setTurns((before) => ({ left: [...before.left, { question: asked, answer: '' }], right: [...before.right, { question: asked, answer: '' }] }));
    await Promise.all(SIDES.map((side) => answer(side, asked, stop)));
    setRunning(null);
  }

  function onKey(event: KeyboardEvent) {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  }

  return (
    <>
      <Grid hasGutter>
        {SIDES.map((side) => (
          <GridItem key={side} lg={6}>
            <Side
              id={side}
              title={side === 'left' ? 'Left' : 'Right'}
              nodes={nodes}
              node={nodes.find((node) => node.name === chosen[side])}
              onNode={side === 'left' ? setLeft : setRight}
              turns={turns[side]}
              isRunning={running !== null}
              curl={curl(window.location.origin, question(side, text.trim() || (turns[side].at(-1)?.question ?? 'Hello')))}
            />
          </GridItem>
        ))}
      </Grid>
      <Form onSubmit={(event) => void send(event)} className="ask">
        <FormGroup label="Ask both" fieldId="ask">
          <TextArea id="ask" rows={3} maxLength={100_000} value={text} onChange={(_event, value) => setText(value)} onKeyDown={onKey} resizeOrientation="vertical" aria-describedby="ask-help" />
          <FormHelperText>
            <HelperText id="ask-help">
              <HelperTextItem>Enter sends, Shift+Enter begins a new line.</HelperTextItem>
            </HelperText>
          </FormHelperText>
        </FormGroup>
        <ActionGroup>
          {running ? (
            <Button variant="danger" onClick={() => running.abort()}>
              Stop
            </Button>
          ) : (
            <Button type="submit" isDisabled={text.trim() === ''}>
              Send
            </Button>
          )}
          <Button variant="link" isDisabled={running !== null || turns.left.length === 0} onClick={() => setTurns({ left: [], right: [] })}>
            Begin anew
          </Button>
        </ActionGroup>
        <Parameters {...parameters} />
      </Form>
    </>
  );
}
