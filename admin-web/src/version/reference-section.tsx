import { Button, Form } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { CurvePoint } from '../api/types';
import { Field } from '../compress/field';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { bytes, number, parseBytes, significant } from '../ui/format';
import { Section } from '../ui/section';
import { UserText } from '../ui/text';
import { against, REFERENCE, tagOf, type Reference } from './references';

interface Props {
  model: string;
  references: Reference[];
  curve: CurvePoint[];
}

/** What other formats make of the same model, kept as tags of the model; drawn into the plots and compared size by size. */
export function ReferenceSection({ model, references, curve }: Props) {
  const [isAdding, setAdding] = useState(false);
  const mayPublish = useMay('publish');
  const { isRunning, run } = useAction();
  const path = url(['/api/v1/models', model, '/tags']);

  function remove(reference: Reference) {
    const key = `${REFERENCE}${reference.name}`;
    const undo = () =>
      void run({ done: `The reference ${reference.name} is back`, failed: `The reference ${reference.name} is not back` }, () =>
        json(path, { method: 'PATCH', body: { [key]: tagOf(reference) } }),
      );
    return run({ done: `The reference ${reference.name} was removed`, failed: `The reference ${reference.name} was not removed`, undo }, () =>
      json(url([path], { key }), { method: 'DELETE' }),
    );
  }

  if (references.length === 0 && !mayPublish) {
    return null;
  }
  return (
    <Section title="Other formats">
      {references.length === 0 ? (
        <p>None yet: write down what another format of this model takes and how good it is, and it is drawn beside the curve.</p>
      ) : (
        <Table aria-label="Other formats" variant="compact">
          <Thead>
            <Tr>
              <Th>Format</Th>
              <Th>Size</Th>
              <Th>KL divergence</Th>
              <Th>Perplexity</Th>
              <Th>This version with no more bytes</Th>
              {mayPublish && <Th screenReaderText="Actions" />}
            </Tr>
          </Thead>
          <Tbody>
            {references.map((item) => (
              <Tr key={item.name}>
                <Td dataLabel="Format">
                  <UserText text={item.name} />
                </Td>
                <Td dataLabel="Size">{bytes(item.sizeBytes)}</Td>
                <Td dataLabel="KL divergence">{significant(item.klDivergence)}</Td>
                <Td dataLabel="Perplexity">{number(item.perplexity, 2)}</Td>
                <Td dataLabel="This version with no more bytes">{against(item, curve)}</Td>
                {mayPublish && (
                  <Td dataLabel="Actions" isActionCell>
                    <Button variant="link" isDisabled={isRunning} onClick={() => void remove(item)}>
                      Remove<span className="for-readers"> the reference {item.name}</span>
                    </Button>
                  </Td>
                )}
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {mayPublish && (
        <Button variant="secondary" className="more" onClick={() => setAdding(true)}>
          Add a format
        </Button>
      )}
      {isAdding && <AddDialog path={path} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function AddDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const [size, setSize] = useState('');
  const [kl, setKl] = useState('');
  const [perplexity, setPerplexity] = useState('');
  const { run } = useAction();
  const sizeBytes = parseBytes(size);
  const measures = [kl, perplexity].map((text) => (text.trim() === '' ? null : Number(text)));
  const isNumber = measures.every((value) => value === null || (Number.isFinite(value) && value >= 0));
  const isGood = name.trim() !== '' && sizeBytes !== null && sizeBytes > 0 && isNumber && measures.some((value) => value !== null);
  const [klDivergence = null, measured = null] = measures;

  function add() {
    const reference = { name: name.trim(), sizeBytes: sizeBytes ?? 0, klDivergence, perplexity: measured };
    return run({ done: `${reference.name} is drawn beside the curve`, failed: `${reference.name} was not written down` }, () =>
      json(path, { method: 'PATCH', body: { [`${REFERENCE}${reference.name}`]: tagOf(reference) } }),
    );
  }

  return (
    <Confirm title="Add a format of the same model" verb="Add" isDisabled={!isGood} onConfirm={add} onClose={onClose}>
      <Form onSubmit={(event) => event.preventDefault()}>
        <Field id="reference-name" label="Name" isRequired placeholder="Q4_K_M" value={name} onChange={(text) => setName(text.slice(0, 200))} />
        <Field id="reference-size" label="Size" isRequired placeholder="105.5 MB" value={size} onChange={setSize} fault={size !== '' && !sizeBytes ? 'Write a size such as 105.5 MB or 105500000.' : undefined} help="With embeddings and scales, as this curve counts." />
        <Field id="reference-kl" label="KL divergence to the full model" value={kl} onChange={setKl} fault={isNumber ? undefined : 'KL divergence and perplexity are numbers, not below 0.'} />
        <Field id="reference-perplexity" label="Perplexity" value={perplexity} onChange={setPerplexity} help="On the same text; one of the two is enough." />
      </Form>
    </Confirm>
  );
}
