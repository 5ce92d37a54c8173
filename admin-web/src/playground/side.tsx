import { Alert, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import type { Node } from '../api/types';
import { CopyButton } from '../ui/copy';
import { bytes, count, number } from '../ui/format';
import { Section } from '../ui/section';
import type { Measured } from './chat';

/** One turn of a side: what was asked, and as much of the answer as there is. */
export interface Turn {
  question: string;
  answer: string;
  measured?: Measured;
  error?: string;
}

interface Props {
  title: string;
  id: string;
  nodes: Node[];
  node: Node | undefined;
  onNode: (name: string) => void;
  turns: Turn[];
  isRunning: boolean;
  curl: string;
}

/** The conversation with one node, and at which size it answers. */
export function Side({ title, id, nodes, node, onNode, turns, isRunning, curl }: Props) {
  return (
    <Section title={title} actions={<CopyButton text={curl} label={`${title} as curl`} shown="Copy as curl" />}>
      <FormGroup label="Node" fieldId={`${id}-node`}>
        <FormSelect id={`${id}-node`} value={node?.name ?? ''} onChange={(_event, name) => onNode(name)} isDisabled={isRunning}>
          {nodes.map((item) => (
            <FormSelectOption key={item.name} value={item.name} label={`${item.name}: ${number(item.bpw, 2)} bits per weight`} />
          ))}
        </FormSelect>
      </FormGroup>
      {node && (
        <p className="size">
          {node.model}@{node.version}, {count(node.blocks)} blocks, {bytes(node.heldBytes)}, <strong>{number(node.bpw, 2)} bits per weight</strong>, expected
          perplexity {number(node.expectedPerplexity, 2)}
        </p>
      )}
      <div className="turns" role="log" aria-label={`Conversation with ${node?.name ?? title}`} aria-busy={isRunning} tabIndex={0}>
        {turns.map((turn, index) => (
          <div key={index}>
            <p className="question">
              <bdi>{turn.question}</bdi>
            </p>
            <p className="answer-text" data-side={id}>
              <bdi>{turn.answer}</bdi>
              {isRunning && index === turns.length - 1 && <span className="cursor" aria-hidden="true" />}
            </p>
            {turn.measured && (
              <p className={isRunning && index === turns.length - 1 && turn.measured.finishReason === '' ? 'measuring' : 'measured'}>
                {count(turn.measured.tokens)} tokens, {number(turn.measured.tokensPerSecond, 1)} tokens/s, first after{' '}
                {number(turn.measured.firstTokenMillis, 0)} ms
                {turn.measured.finishReason && `, ended by ${turn.measured.finishReason}`}
              </p>
            )}
            {turn.error && <Alert isInline variant="danger" component="p" title={turn.error} />}
          </div>
        ))}
      </div>
    </Section>
  );
}
